// Weights of 4 bits in blocks along the depth: w[r, k] = (q[r, k] - zero[r, b]) * scale[r, b], q
// and zero 0..15.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/aligned_buffer.h"
#include "engine/base/array_place.h"
#include "engine/base/tensor.h"

namespace transept {

// Whether the tensor already holds such integers, in blocks of a multiple of 16, so that they may
// be kept.
bool holds_int4(const Tensor& tensor);

// Rows [first, first + count): q [count, cols padded to the block], padding 0; scale, zero
// [count, blocks]. A tensor that holds such integers keeps them, its scales and its zero points,
// which larger blocks repeat; any other is quantised block by block: from least to largest value,
// or a range up to a tenth narrower where the squares of the errors then add up to less.
// REQUIRES: as read_rows; block 16 or 32, and a divisor of a kept tensor's own.
void read_rows_int4(const Tensor& tensor, std::size_t first, std::size_t count, std::size_t block,
                    std::uint8_t* q, float* scale, std::uint8_t* zero);

// A matrix as GemmI4 multiplies it.
struct Int4Panels {
  std::size_t block = 0;  // 0: no matrix
  std::size_t depth = 0;  // inputs in the file's order, which its blocks need
  // [depth] or empty: input k of the file is the layer's input gather[k]
  std::vector<std::uint32_t> gather;
  AlignedBuffer<std::uint8_t> panels;  // [ceil(out / 16)][depth padded to the block / 8][16][4]
  AlignedBuffer<float> scale;          // [ceil(out / 16)][blocks][16]
  AlignedBuffer<std::uint8_t> zero;    // likewise; empty: all are 8

  std::size_t blocks() const { return (depth + block - 1) / block; }
  std::size_t bytes() const { return panels.size_bytes() + scale.size_bytes() + zero.size_bytes(); }
};

// A matrix whose output o is row order[o] of the tensor, -1: 0; empty: as they are.
struct Int4Part {
  const Tensor* weight;
  std::span<const std::int32_t> order = {};

  std::size_t out() const { return order.empty() ? weight->rows : order.size(); }
};

// Parts laid one under the other, their arrays placed but not written. inputs: input i of the layer
// is column inputs[i] of the tensors, -1: unused; empty: as they are. REQUIRES: equal columns, each
// of them once in inputs.
Int4Panels place_int4(std::span<const Int4Part> parts, std::span<const std::int32_t> inputs,
                      ArrayPlace& place);

// Zeros for the last panel, which may have less than 16 columns; before any rows.
void clear_last_int4(Int4Panels& panels);

// Outputs [first, last) of a part whose first one is column `column`.
void pack_int4_rows(const Int4Part& part, std::size_t first, std::size_t last, std::size_t column,
                    Int4Panels& panels);

}  // namespace transept
