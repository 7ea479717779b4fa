// Sizes of packed weights, which kernel_table.h defines.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/kernels/kernel_table.h"

namespace transept {

// Raise it with every change to the place or meaning of a packed number: stored weights of another
// layout are not used.
inline constexpr std::uint32_t kPackedLayout = 1;

constexpr std::size_t padded(std::size_t columns) {
  return (columns + kPanel - 1) / kPanel * kPanel;
}
constexpr std::size_t depth_padded(std::size_t depth) {
  return (depth + kDepthGroup - 1) / kDepthGroup * kDepthGroup;
}
constexpr std::size_t pairs_of(std::size_t depth) { return (depth + 1) / 2; }

}  // namespace transept
