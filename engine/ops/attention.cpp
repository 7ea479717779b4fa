#include "engine/ops/attention.h"

#include <bit>

#include "engine/kernels/kernel_table.h"

namespace transept {

std::size_t HeadShape::lanes() const {
  return heads <= kPanel ? std::bit_ceil(heads) : (heads + kPanel - 1) / kPanel * kPanel;
}

std::size_t HeadShape::width() const { return (d_head * lanes() + kPanel - 1) / kPanel * kPanel; }

std::vector<std::int32_t> interleaved_order(HeadShape shape) {
  std::vector<std::int32_t> order(shape.width(), -1);
  for (std::size_t d = 0; d < shape.d_head; ++d) {
    for (std::size_t h = 0; h < shape.heads; ++h) {
      order[d * shape.lanes() + h] = static_cast<std::int32_t>(h * shape.d_head + d);
    }
  }
  return order;
}

}  // namespace transept
