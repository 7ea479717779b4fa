// The kernels for AVX-512 with VNNI and dot products of bfloat16.
#include "engine/base/cpu_features.h"
#include "engine/kernels/kernel_table.h"
#include "engine/kernels/vec/vec_avx512.h"

namespace {
// The register tile of generic/tiles.inl.h.
constexpr int kGemmRows = 6;
constexpr int kGemmPanels = 4;
// And that of generic/attention.inl.h, at most transept::kAttentionRows.
constexpr int kAttentionTile = 4;
}  // namespace

// Bodies, once per instruction set.
#include "engine/kernels/generic/all.inl.h"

namespace transept {

const KernelTable& kernels_avx512bf16() {
  static constexpr KernelTable table =
      make_table("avx512bf16", kCpuAvx512 | kCpuAvx512Vnni | kCpuAvx512Bf16);
  return table;
}

}  // namespace transept
