#include "engine/network/cell_format.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/network/layers.h"

namespace transept {

std::size_t CellFormat::bytes() const {
  const std::size_t width = shape.width();
  if (numbers == CellNumbers::float32) return width * sizeof(float);
  const std::size_t stride = std::max(shape.lanes(), kPanel);
  const std::size_t pairs = (width / stride + 1) / 2;
  return pairs * stride * sizeof(std::uint32_t);
}

void CellFormat::store(const KernelTable& kernels, const float* x, std::byte* to) const noexcept {
  if (numbers == CellNumbers::float32) {
    std::memcpy(to, x, bytes());
  } else {
    kernels.pair_bf16(x, shape.width(), shape.lanes(), reinterpret_cast<std::uint32_t*>(to));
  }
}

CellFormat cell_format(const Network& network) {
  const Stack& stack = network.architecture().decoder;
  return {stack.layers, head_shape(stack),
          network.compute() == Compute::float32 ? CellNumbers::float32 : CellNumbers::bfloat16};
}

}  // namespace transept
