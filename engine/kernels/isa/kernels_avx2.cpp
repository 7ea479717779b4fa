// The kernels for AVX2 with FMA.
#include "engine/base/cpu_features.h"
#include "engine/kernels/kernel_table.h"
#include "engine/kernels/vec/vec_avx2.h"

namespace {
// The register tile of generic/tiles.inl.h.
constexpr int kGemmRows = 6;
constexpr int kGemmPanels = 1;
// And that of generic/attention.inl.h, at most transept::kAttentionRows.
constexpr int kAttentionTile = 2;
}  // namespace

// Bodies, once per instruction set.
#include "engine/kernels/generic/all.inl.h"

namespace transept {

const KernelTable& kernels_avx2() {
  static constexpr KernelTable table = make_table("avx2", kCpuAvx2Fma);
  return table;
}

}  // namespace transept
