// Linear layers: y = epilogue(x W^T + b) (+ residual), weights packed once for the kernels
// (pack.h), in one of several forms (form.h).
//
// Immutable after packing; linear() may run on any number of threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/aligned_buffer.h"
#include "engine/base/team.h"
#include "engine/kernels/kernel_table.h"
#include "engine/ops/linear/int4_weights.h"

namespace transept {

struct LinearForm;

struct Linear {
  std::size_t in = 0;
  std::size_t out = 0;
  const LinearForm* form = nullptr;  // whose arrays hold the weights; null: no layer
  AlignedBuffer<float> panels;       // [ceil(out / 16)][in][16], float32
  AlignedBuffer<float> plain;        // [out, in], blas
  // [ceil(out / 16)][ceil(in / 4)][16][4], int8
  AlignedBuffer<std::int8_t> panels_i8;
  AlignedBuffer<float> scale_i8;          // [out padded to 16]
  AlignedBuffer<std::int32_t> offset_i8;  // [out padded to 16], see GemmI8
  // [ceil(out / 16)][ceil(in / 2)][16], bfloat16
  AlignedBuffer<std::uint32_t> panels_bf16;
  Int4Panels int4;
  AlignedBuffer<float> bias;  // [out padded to 16], or empty

  std::size_t bytes() const;
};

// Makes `chosen` the layer of these outputs alone, each with the bits it has in `layer`. Reuses the
// memory of `chosen`, which must be empty or chosen from the same layer. REQUIRES: outputs inside
// the layer.
void choose_outputs(const Linear& layer, std::span<const std::int32_t> outputs, Linear& chosen);

// Temporaries of one thread's products, and who helps it.
struct LinearScratch {
  Team* team = nullptr;  // threads that share each product's columns; null: none
  AlignedBuffer<std::uint8_t> quantized;
  AlignedBuffer<float> scale;
  AlignedBuffer<std::uint32_t> words;
  AlignedBuffer<std::int8_t> quantized_i4;
  AlignedBuffer<std::int32_t> minus_sum;
  AlignedBuffer<float> gathered;
};

// Rows in the form a layer multiplies: as they are, quantised row by row, or rounded to bfloat16.
struct LinearInput {
  const float* x;  // [rows, in]
  std::size_t rows;
  const std::uint8_t* quantized = nullptr;  // [rows, in padded to 4], with int8 layers
  const float* scale = nullptr;             // [rows]
  // [rows, ceil(in / 2)], see GemmBf16, with bfloat16 layers
  const std::uint32_t* words = nullptr;
  // [rows, in padded to the block], see GemmI4, with int4 layers
  const std::int8_t* quantized_i4 = nullptr;
  const std::int32_t* minus_sum = nullptr;  // [rows, blocks]
  std::size_t blocks = 0;
  std::size_t block = 0;
  std::size_t in = 0;

  // Rows [first, first + count) alone.
  LinearInput rows_from(std::size_t first, std::size_t count) const;
};

// Valid until the scratch is used again. x: [rows, in] row-major.
LinearInput linear_input(const KernelTable& kernels, const Linear& layer, const float* x,
                         std::size_t rows, LinearScratch& scratch);

// Where a product goes and what happens to it on the way.
struct LinearOutput {
  float* y;  // [rows, cols]
  std::size_t ldy;
  Epilogue epilogue = Epilogue::none;
  const float* residual = nullptr;  // [rows, cols], row stride ldy; may be y
};

// Only columns [first, first + cols) of the layer; first is a multiple of 16.
void linear_columns(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
                    std::size_t first, std::size_t cols, const LinearOutput& output) noexcept;

// The same with the columns shared out among the team, if there is one: no bit depends on it.
void linear_columns(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
                    std::size_t first, std::size_t cols, const LinearOutput& output,
                    Team* team) noexcept;

// All columns. x: [rows, in], y, residual: [rows, out], dense.
void linear(const KernelTable& kernels, const Linear& layer, const float* x, std::size_t rows,
            LinearScratch& scratch, float* y, Epilogue epilogue = Epilogue::none,
            const float* residual = nullptr);

}  // namespace transept
