// KernelTable: the contract of all kernels, and one table of them per instruction set.
//
// Pointers are raw, shapes are arguments; nothing here checks, allocates or fails: ops did that
// before. Every kernel gives the same bits on every instruction set and for any split of its rows
// or panels. This header is included by objects built with ISA flags: C headers only, nothing
// inline.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace transept {

// Columns of a packed matrix come in panels of 16: panel p holds columns [16 p, 16 p + 16).
constexpr size_t kPanel = 16;

// What happens to an output element after its dot product, in this order:
//   t = dot + bias;  t = activation(t);  y = t + residual
enum class Epilogue : uint8_t { none, relu, gelu, gelu_new, swish, quick_gelu };

// What every product has besides its factors.
struct GemmOutput {
  const float* bias;      // [cols padded to 16], or null
  const float* residual;  // [rows, cols], row stride ldr, or null; may be y
  size_t ldr;
  float* y;  // [rows, cols], row stride ldy; none of the factors
  size_t ldy;
  size_t rows, cols;
  Epilogue epilogue;
};

// y[r, c] = epilogue(sum_k x[r, k] * b[k, c]), k in order, one fused accumulator an element.
struct GemmF32 {
  const float* x;  // [rows, depth], row stride ldx
  size_t ldx;
  const float* panels;  // b in panels [cols / 16][depth][16]
  size_t depth;
  GemmOutput out;
};

// Depth of a packed int8 matrix comes in groups of 4: the products of one group are summed by one
// instruction.
constexpr size_t kDepthGroup = 4;

// y[r, c] = epilogue(float(sum_k q[r, k] * w[k, c]) * (x_scale[r] * w_scale[c])), the sum exact in
// int32. q is stored with 128 added, so that it is unsigned; w [-128, 127] in panels
// [cols / 16][depth / 4][16][4].
struct GemmI8 {
  // q + 128: [rows, depth padded to 4], row stride ldx bytes; padding has any value
  const uint8_t* x;
  size_t ldx;
  const float* x_scale;  // [rows]
  const int8_t* panels;  // padding of depth and columns is 0
  const float* w_scale;  // [cols padded to 16]
  // [cols padded to 16]: -128 * sum_k w[k, c], which takes the added 128 out again
  const int32_t* offset;
  size_t depth;
  GemmOutput out;
};

// y[r, c] = epilogue(sum_k x[r, k] * w[k, c]), x and w rounded to bfloat16, the sum as in GemmF32:
// k in order, one fused float32 accumulator an element. So the bits are those of gemm_f32 on the
// rounded numbers, except that the instruction for it takes numbers below 2^-126 for 0.
// A word holds two: the even k in its high half, which the instruction (VDPBF16PS) adds first.
struct GemmBf16 {
  const uint32_t* x;  // [rows, ceil(depth / 2)], row stride ldx words
  size_t ldx;
  const uint32_t* panels;  // [cols / 16][ceil(depth / 2)][16]
  size_t depth;
  GemmOutput out;
};

// y[r, c] = epilogue(x_scale[r] * sum_b w_scale[b, c] * float(sum_{k in b} q[r, k] * (w[k, c] -
// zero[b, c]))): weights of 4 bits in blocks along the depth, each block's sum exact in int32,
// blocks in order, one fused float32 accumulator an element.
struct GemmI4 {
  // q: [rows, depth padded to the block], row stride ldx bytes; padding is 0
  const int8_t* x;
  size_t ldx;
  const int32_t* minus_sum;  // [rows, blocks]: -sum_{k in b} q[r, k]
  const float* x_scale;      // [rows]
  // [cols / 16][depth padded / 8][16][4]: byte j holds element j of a group of 8 in its low bits, j
  // + 4 in the high ones
  const uint8_t* panels;
  const float* w_scale;  // [cols / 16][blocks][16]
  const uint8_t* zero;   // [cols / 16][blocks][16], 0..15; null: all are 8
  size_t block;          // 16 or 32
  size_t depth;
  GemmOutput out;
};

// Rows of queries that one attend() call scores at a time, at most: what its scratch is made for.
constexpr size_t kAttentionRows = 4;

// What keys and values are kept as. bfloat16 rounds them to nearest, ties to even, and puts two
// vectors into one of words: with the vectors of the same heads numbered along the width, word i of
// pair j holds float i of vector 2 j in its high half and that of vector 2 j + 1 (0 where there is
// none) in its low half. See pair_bf16.
enum class CellNumbers : uint8_t { float32, bfloat16 };

// Attention of `rows` queries over `steps` positions, all heads at once, heads interleaved: float f
// of a query, key, value or result belongs to head f % lanes; heads that only fill the lanes up are
// zero.
//   s_t = scale * sum_d q[d] k_t[d], d in order, then lanes of one head by halving distances;
//   p = softmax(s), t in order; out[d] = sum_t p_t v_t[d], t in order
struct Attention {
  const float* q;  // [rows, width], row stride ldq
  size_t ldq;
  const void* const* cells;  // [steps]
  size_t key_offset;         // bytes, in every cell: where the key [width] begins
  size_t value_offset;       // and the value
  CellNumbers numbers;
  size_t rows, steps, heads;
  size_t lanes;  // 1, 2, 4, 8 or a multiple of 16, at least heads
  size_t width;  // a multiple of 16 and of lanes
  float scale;
  float* scores;  // scratch [min(rows, kAttentionRows), steps, 16]
  float* out;     // [rows, width], row stride ldo
  size_t ldo;
  float* probabilities;  // [heads, rows, steps], or null: not wanted
};

// The best columns of one row, found chunk by chunk.
struct TopColumns {
  int32_t* tokens;  // [capacity], best first
  float* logits;    // [capacity]
  uint32_t size;
  uint32_t capacity;  // at least 1
};

struct KernelTable {
  const char* name;
  uint32_t needs;  // mask of CpuFeature

  void (*gemm_f32)(const GemmF32& g);

  void (*gemm_i8)(const GemmI8& g);

  // q[r, k] = rint(x[r, k] * 127 / max_k |x[r, k]|) + 128, scale[r] = max / 127 (0 for a row of
  // zeros).
  // x: [rows, depth], row stride ldx; q: row stride ldq >= depth padded to 4, padding written as
  // 128.
  void (*quantize_rows)(const float* x, size_t ldx, size_t rows, size_t depth, uint8_t* q,
                        size_t ldq, float* scale);

  void (*gemm_bf16)(const GemmBf16& g);

  // Rows as GemmBf16 has them, rounded to nearest, ties to even. x: [rows, depth], row stride ldx;
  // words: row stride ldw >= ceil(depth / 2), an odd depth filled up with 0.
  void (*round_rows_bf16)(const float* x, size_t ldx, size_t rows, size_t depth, uint32_t* words,
                          size_t ldw);

  void (*gemm_i4)(const GemmI4& g);

  // The activations of GemmI4: q[r, k] = rint(x[r, k] * 127 / max_k |x[r, k]|), scale[r] = max /
  // 127 (0 for a row of zeros). x: [rows, depth], row stride ldx; q:
  // [rows, depth padded to the block], dense; minus_sum: [rows, blocks].
  void (*quantize_rows_i4)(const float* x, size_t ldx, size_t rows, size_t depth, size_t block,
                           int8_t* q, int32_t* minus_sum, float* scale);

  // y[r, c] = (x[r, c] - mean_r) / sqrt(var_r + eps) * gamma[c] + beta[c], two passes.
  // x, y: [rows, cols] row-major; in place allowed. Source: Ba et al. 2016, eq. 4.
  void (*layer_norm)(const float* x, const float* gamma, const float* beta, float eps, size_t rows,
                     size_t cols, float* y);

  // y[r, c] = x[r, c] / sqrt(mean_c x[r, c]^2 + eps) * gamma[c]; in place allowed.
  // x, y: [rows, cols] row-major. Source: Zhang and Sennrich 2019, eq. 4.
  void (*rms_norm)(const float* x, const float* gamma, float eps, size_t rows, size_t cols,
                   float* y);

  void (*attend)(const Attention& a);

  // A key or value as CellNumbers::bfloat16 has it. x: [width], words:
  // [ceil(width / stride / 2), stride], the stride from one vector of some heads to the next being
  // 16, or lanes where that is more.
  void (*pair_bf16)(const float* x, size_t width, size_t lanes, uint32_t* words);

  // y[c] = x[c] * scale + add[c]; in place allowed.
  void (*scale_add)(const float* x, float scale, const float* add, size_t cols, float* y);

  // y[i] = x[i] * by[i]; in place allowed.
  void (*multiply)(const float* x, const float* by, size_t count, float* y);

  // y = epilogue(y + bias) + residual for [rows, cols] that another library multiplied.
  void (*finish_rows)(const GemmOutput& out);

  // max of x[0, cols) and sum of exp(x - max) over 16 lanes; cols >= 1. When all are -inf: max
  // -inf, sum 0.
  void (*log_sum_exp_parts)(const float* x, size_t cols, float* max, float* sum);

  // Merges x[0, cols), whose first column is token `first`, into the best so far; ties: lower token
  // first.
  // REQUIRES: chunks come in ascending order. -inf never enters.
  void (*merge_top)(const float* x, size_t cols, int32_t first, TopColumns* best);
};

const KernelTable& kernels_scalar();
const KernelTable& kernels_avx2();
const KernelTable& kernels_avx512();
const KernelTable& kernels_avx512vnni();
const KernelTable& kernels_avx512bf16();
const KernelTable& kernels_avxvnni();

}  // namespace transept
