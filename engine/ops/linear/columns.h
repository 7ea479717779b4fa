// Columns of packed matrices: rows of a file put where they belong, and some of them picked out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "engine/base/aligned_buffer.h"
#include "engine/ops/linear/any_nan.h"
#include "engine/ops/linear/ordered_rows.h"
#include "engine/ops/linear/pack.h"
#include "engine/ops/linear/panel_layout.h"

namespace transept {

inline void read_floats(const Tensor& tensor, std::size_t first, std::size_t count, float* rows,
                        float* /*scale*/) {
  read_rows(tensor, first, count, rows);
}

// Outputs of the layer before those of a part.
inline std::size_t outputs_before(const LinearSource& source, std::size_t part) {
  std::size_t outputs = 0;
  for (std::size_t i = 0; i < part; ++i) outputs += source.parts[i].out();
  return outputs;
}

// use(first, count, rows, scale) over a share, by the outputs of the layer. False: the rows, or the
// scales of integers, hold NaN.
template <class T, class Read, class Use>
bool for_each_block(const LinearSource& source, const LinearShare& share, Read read, Use use) {
  const LinearPart& part = source.parts[share.part];
  const std::size_t before = outputs_before(source, share.part);
  bool nan = false;
  for_each_row_block<T>(
      *part.weight, part.order, source.inputs, share.first, share.last, read,
      [&](std::size_t first, std::size_t count, const T* rows, const float* scale) {
        if constexpr (std::is_same_v<T, float>) {
          const std::size_t depth =
              source.inputs.empty() ? part.weight->cols : source.inputs.size();
          nan = nan || any_nan(rows, count * depth);
        } else {
          nan = nan || any_nan(scale, count);
        }
        use(before + first, count, rows, scale);
      });
  return !nan;
}

// A row of a matrix to its column in panels of 16.
template <class T>
void place_column(const T* row, std::size_t depth, std::size_t column, T* panels) {
  T* to = panels + column / kPanel * kPanel * depth + column % kPanel;
  for (std::size_t k = 0; k < depth; ++k) to[k * kPanel] = row[k];
}

// Zeros the last `unit` numbers of an array.
template <class T>
void clear_last(AlignedBuffer<T>& array, std::size_t unit) {
  std::fill_n(array.data() + array.size() - unit, unit, T{});
}

// Columns of panels to columns 0, 1, ... of others, whose last panel is zero where it has none.
// kGroup: numbers of one column at one step of the depth. An array without numbers stays so.
template <std::size_t kGroup = 1, class T>
void choose_panel_columns(const AlignedBuffer<T>& from, std::size_t depth,
                          std::span<const std::int32_t> columns, AlignedBuffer<T>& chosen) {
  if (from.size() == 0) return;
  constexpr std::size_t kStep = kPanel * kGroup;
  T* to = chosen.ensure(padded(columns.size()) * depth * kGroup);
  for (std::size_t first = 0; first < columns.size(); first += kPanel) {
    // A panel that lacks columns repeats its last one, and is cleared behind it.
    const std::size_t count = std::min(kPanel, columns.size() - first);
    const T* source[kPanel];
    for (std::size_t c = 0; c < kPanel; ++c) {
      const auto column = static_cast<std::size_t>(columns[first + std::min(c, count - 1)]);
      source[c] = from.data() + (column / kPanel * kPanel * depth + column % kPanel) * kGroup;
    }
    for (std::size_t k = 0; k < depth; ++k, to += kStep) {
      for (std::size_t c = 0; c < kPanel; ++c) {
        std::memcpy(to + c * kGroup, source[c] + k * kStep, kGroup * sizeof(T));
      }
      if (count < kPanel) std::fill(to + count * kGroup, to + kStep, T{});
    }
  }
}

}  // namespace transept
