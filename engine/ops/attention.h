// Scaled dot-product attention of some rows over one segment's keys and values (encoder self, cross).
//
//   out = softmax(scale * Q K^T) V   for each head (Vaswani et al. 2017, eq. 1)
//
// Keys and values are laid out once so that both products run on the panel kernels; a segment attends to its
// own rows only, so there is no padding and no mask.
#pragma once

#include <cstddef>

#include "engine/base/aligned_buffer.h"
#include "engine/kernels/kernel_table.h"

namespace transept {

struct HeadShape {
  std::size_t heads;
  std::size_t d_head;
  std::size_t width() const { return heads * d_head; }
};

// Floats that lay_out_memory writes for src_len positions.
std::size_t memory_floats(HeadShape shape, std::size_t src_len);

// keys, values: [src_len, heads * d_head], row stride ld. memory: for each head K^T in panels over positions
// [ceil(src_len / 16)][d_head][16], then V in panels over its columns [ceil(d_head / 16)][src_len][16].
void lay_out_memory(const KernelTable& kernels, HeadShape shape, const float* keys, const float* values,
                    std::size_t ld, std::size_t src_len, float* memory) noexcept;

// q: [rows, heads * d_head] with stride ldq; out: [rows, heads * d_head] dense.
// scratch: at least attention_scratch(rows, src_len) floats. probabilities (null: not wanted): [heads, rows, src_len].
void attend(const KernelTable& kernels, HeadShape shape, const float* q, std::size_t ldq, std::size_t rows,
            const float* memory, std::size_t src_len, float scale, float* scratch, float* out,
            float* probabilities) noexcept;

std::size_t attention_scratch(std::size_t rows, std::size_t src_len);

}  // namespace transept
