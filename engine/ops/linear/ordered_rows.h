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

// Calls use(first, count, rows [count, inputs], scale [count]) for outputs [begin, end) in
// ascending blocks.
//
//   read(tensor, first, count, rows [count, cols], scale [count]) reads rows of the tensor.
//   order: output o is row order[o] of the tensor; inputs: input i is its column inputs[i];
//          -1: zeros; empty: as they are.
template <class T, class Read, class Use>
void for_each_row_block(const Tensor& weight, std::span<const std::int32_t> order,
                        std::span<const std::int32_t> inputs, std::size_t begin, std::size_t end,
                        Read read, Use use) {
  const std::size_t cols = weight.cols;
  std::vector<float> scale;
  if (order.empty() && inputs.empty()) {
    std::vector<T> rows(kRowsAtOnce * cols);
    scale.resize(kRowsAtOnce);
    for (std::size_t first = begin; first < end; first += kRowsAtOnce) {
      const std::size_t count = std::min(kRowsAtOnce, end - first);
      read(weight, first, count, rows.data(), scale.data());
      use(first, count, rows.data(), scale.data());
    }
    return;
  }

  // Rows come from anywhere, and one at a time they would be slow to read: all at once.
  std::vector<T> all(weight.rows * cols);
  std::vector<float> all_scales(weight.rows);
  read(weight, 0, weight.rows, all.data(), all_scales.data());
  const std::size_t width = inputs.empty() ? cols : inputs.size();
  std::vector<T> rows(kRowsAtOnce * width);
  scale.resize(kRowsAtOnce);
  for (std::size_t first = begin; first < end; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, end - first);
    for (std::size_t r = 0; r < count; ++r) {
      const std::int32_t from =
          order.empty() ? static_cast<std::int32_t>(first + r) : order[first + r];
      const T* source = from < 0 ? nullptr : all.data() + static_cast<std::size_t>(from) * cols;
      scale[r] = from < 0 ? 0.0f : all_scales[static_cast<std::size_t>(from)];
      T* row = rows.data() + r * width;
      if (source == nullptr) {
        std::fill_n(row, width, T{});
      } else if (inputs.empty()) {
        std::copy_n(source, width, row);
      } else {
        for (std::size_t i = 0; i < width; ++i) row[i] = inputs[i] < 0 ? T{} : source[inputs[i]];
      }
    }
    use(first, count, rows.data(), scale.data());
  }
}

}  // namespace transept
