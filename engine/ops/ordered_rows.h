// The rows of a layer's weights in the order in which the layer has its outputs and inputs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/tensor.h"

namespace transept {

// Rows handed out at once: a few panels, so that they stay in cache.
inline constexpr std::size_t kRowsAtOnce = 64;

// Calls use(first, count, rows [count, inputs], scale [count]) for all outputs in ascending blocks.
//   read(tensor, first, count, rows [count, cols], scale [count]) reads rows of the tensor.
//   order: output o is row order[o] of the tensor; inputs: input i is its column inputs[i]; -1: zeros; empty: as they are.
template <class T, class Read, class Use>
void for_each_row_block(const Tensor& weight, std::span<const std::int32_t> order, std::span<const std::int32_t> inputs,
                        Read read, Use use) {
  const std::size_t cols = weight.cols;
  std::vector<float> scale;
  if (order.empty() && inputs.empty()) {
    std::vector<T> rows(kRowsAtOnce * cols);
    scale.resize(kRowsAtOnce);
    for (std::size_t first = 0; first < weight.rows; first += kRowsAtOnce) {
      const std::size_t count = std::min(kRowsAtOnce, weight.rows - first);
      read(weight, first, count, rows.data(), scale.data());
      use(first, count, rows.data(), scale.data());
    }
    return;
  }

  // Rows come from anywhere, and one at a time they would be slow to read: all at once.
  std::vector<T> all(weight.rows * cols);
  std::vector<float> all_scales(weight.rows);
  read(weight, 0, weight.rows, all.data(), all_scales.data());
  const std::size_t outputs = order.empty() ? weight.rows : order.size();
  const std::size_t width = inputs.empty() ? cols : inputs.size();
  std::vector<T> rows(kRowsAtOnce * width);
  scale.resize(kRowsAtOnce);
  for (std::size_t first = 0; first < outputs; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, outputs - first);
    for (std::size_t r = 0; r < count; ++r) {
      const std::int32_t from = order.empty() ? static_cast<std::int32_t>(first + r) : order[first + r];
      const T* source = from < 0 ? nullptr : all.data() + static_cast<std::size_t>(from) * cols;
      T* row = rows.data() + r * width;
      for (std::size_t i = 0; i < width; ++i) {
        const std::int32_t column = inputs.empty() ? static_cast<std::int32_t>(i) : inputs[i];
        row[i] = source == nullptr || column < 0 ? T{} : source[column];
      }
      scale[r] = from < 0 ? 0.0f : all_scales[static_cast<std::size_t>(from)];
    }
    use(first, count, rows.data(), scale.data());
  }
}

}  // namespace transept
