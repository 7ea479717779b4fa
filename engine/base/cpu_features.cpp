#include "engine/base/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace transept {
namespace {

uint32_t detect() {
  uint32_t found = 0;
#if defined(__x86_64__)
  // __builtin_cpu_supports also checks through XGETBV that the registers survive a context switch.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found |= kCpuAvx2Fma;
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    // leaf 7, sub-leaf 1, EAX; unknown to g++ 12's builtin
    constexpr unsigned kAvxVnniBit = 1u << 4;
    if (__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & kAvxVnniBit) != 0) {
      found |= kCpuAvxVnni;
    }
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    found |= kCpuAvx512;
    if (__builtin_cpu_supports("avx512vnni")) found |= kCpuAvx512Vnni;
    if (__builtin_cpu_supports("avx512bf16")) found |= kCpuAvx512Bf16;
  }
#endif
  return found;
}

}  // namespace

uint32_t cpu_features() {
  static const uint32_t features = detect();
  return features;
}

}  // namespace transept
