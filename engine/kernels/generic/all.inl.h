// All bodies in the order they need each other, and the table made of them.

// clang-format off
#include "engine/kernels/generic/unroll.inl.h"
#include "engine/kernels/generic/math.inl.h"
#include "engine/kernels/generic/rows.inl.h"
#include "engine/kernels/generic/tiles.inl.h"
#include "engine/kernels/generic/attention.inl.h"
#include "engine/kernels/generic/gemm_f32.inl.h"
#include "engine/kernels/generic/gemm_i8.inl.h"
#include "engine/kernels/generic/gemm_bf16.inl.h"
#include "engine/kernels/generic/gemm_i4.inl.h"
// clang-format on

namespace {

constexpr transept::KernelTable make_table(const char* name, uint32_t needs) {
  return {
      .name = name,
      .needs = needs,
      .gemm_f32 = gemm_f32,
      .gemm_i8 = gemm_i8,
      .quantize_rows = quantize_rows,
      .gemm_bf16 = gemm_bf16,
      .round_rows_bf16 = round_rows_bf16,
      .gemm_i4 = gemm_i4,
      .quantize_rows_i4 = quantize_rows_i4,
      .layer_norm = layer_norm,
      .rms_norm = rms_norm,
      .attend = attend,
      .pair_bf16 = pair_bf16,
      .scale_add = scale_add,
      .multiply = multiply,
      .finish_rows = finish_rows,
      .log_sum_exp_parts = log_sum_exp_parts,
      .merge_top = merge_top,
  };
}

}  // namespace
