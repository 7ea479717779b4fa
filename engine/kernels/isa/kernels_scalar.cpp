// The kernels for plain C++: runs anywhere and is the oracle of the others.
#include "engine/base/cpu_features.h"
#include "engine/kernels/kernel_table.h"
#include "engine/kernels/vec/vec_scalar.h"

namespace {
// The register tile of generic/tiles.inl.h.
constexpr int kGemmRows = 4;
constexpr int kGemmPanels = 1;
// And that of generic/attention.inl.h, at most transept::kAttentionRows.
constexpr int kAttentionTile = 1;
}  // namespace

// Bodies, once per instruction set.
#include "engine/kernels/generic/all.inl.h"

namespace transept {

const KernelTable& kernels_scalar() {
  static constexpr KernelTable table = make_table("scalar", 0);
  return table;
}

}  // namespace transept
