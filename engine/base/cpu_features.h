// What this processor can do, as a bit mask. Plain C types only: kernel files include this too.
#pragma once

#include <stdint.h>

namespace transept {

enum CpuFeature : uint32_t {
  kCpuAvx2Fma = 1u << 0,  // AVX2, FMA, F16C
  kCpuAvx512 = 1u << 1,   // AVX-512 F, BW, DQ, VL
  kCpuAvx512Vnni = 1u << 2,
  kCpuAvx512Bf16 = 1u << 3,
  kCpuAvxVnni = 1u << 4,  // the 256-bit form
};

// Asked once, then remembered; thread-safe. Only what the operating system saves is reported.
uint32_t cpu_features();

}  // namespace transept
