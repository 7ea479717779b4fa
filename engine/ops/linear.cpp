#include "engine/ops/linear.h"

#include <algorithm>
#include <vector>

#include "engine/base/try.h"
#include "engine/kernels/gemm_blas.h"
#include "engine/ops/int8_weights.h"

namespace transept {
namespace {

// Rows [first, first + count) of the parts laid one under the other, as float32 [count, in].
void read_part_rows(std::span<const LinearPart> parts, std::size_t first, std::size_t count, float* out) {
  std::size_t begin = 0;
  for (const LinearPart& part : parts) {
    const std::size_t end = begin + part.weight->rows;
    const std::size_t from = std::max(begin, first);
    const std::size_t to = std::min(end, first + count);
    if (from < to) {
      read_rows(*part.weight, from - begin, to - from, out + (from - first) * part.weight->cols);
    }
    begin = end;
  }
}

constexpr std::size_t padded(std::size_t columns) { return (columns + kPanel - 1) / kPanel * kPanel; }
constexpr std::size_t depth_padded(std::size_t depth) {
  return (depth + kDepthGroup - 1) / kDepthGroup * kDepthGroup;
}

// Unpacked rows handled at once: a few panels, so that they stay in cache.
constexpr std::size_t kRowsAtOnce = 4 * kPanel;

void pack_float32(const KernelTable& kernels, std::span<const LinearPart> parts, Linear& layer) {
  std::vector<float> rows(kRowsAtOnce * layer.in);
  float* panels = layer.panels.ensure(padded(layer.out) * layer.in);
  for (std::size_t first = 0; first < layer.out; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, layer.out - first);
    read_part_rows(parts, first, count, rows.data());
    kernels.pack_transposed_f32(rows.data(), layer.in, count, layer.in, panels + first * layer.in);
  }
}

constexpr std::size_t pairs_of(std::size_t depth) { return (depth + 1) / 2; }

void pack_bfloat16(const KernelTable& kernels, std::span<const LinearPart> parts, Linear& layer) {
  const std::size_t pairs = pairs_of(layer.in);
  std::vector<float> rows(kRowsAtOnce * layer.in);
  std::vector<std::uint32_t> words(kRowsAtOnce * pairs);
  std::uint32_t* panels = layer.panels_bf16.ensure(padded(layer.out) * pairs);
  for (std::size_t first = 0; first < layer.out; first += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, layer.out - first);
    read_part_rows(parts, first, count, rows.data());
    kernels.round_rows_bf16(rows.data(), layer.in, count, layer.in, words.data(), pairs);
    kernels.pack_transposed_bf16(words.data(), count, pairs, panels + first * pairs);
  }
}

// Row `column` of a matrix to its place in the panels: 4 bytes of depth at a time. Returns the sum of the row.
std::int32_t place_int8(const std::int8_t* row, std::size_t depth, std::size_t column, std::int8_t* panels) {
  std::int8_t* to = panels + column / kPanel * kPanel * depth_padded(depth) + column % kPanel * kDepthGroup;
  std::int32_t sum = 0;
  for (std::size_t k = 0; k < depth; k += kDepthGroup, to += kPanel * kDepthGroup) {
    const std::size_t n = std::min(kDepthGroup, depth - k);
    for (std::size_t i = 0; i < n; ++i) {
      to[i] = row[k + i];
      sum += row[k + i];
    }
  }
  return sum;
}

void pack_int8(std::span<const LinearPart> parts, Linear& layer) {
  std::vector<std::int8_t> rows(kRowsAtOnce * layer.in);
  const std::size_t panel_bytes = padded(layer.out) * depth_padded(layer.in);
  std::int8_t* panels = layer.panels_i8.ensure(panel_bytes);
  float* scale = layer.scale_i8.ensure(padded(layer.out));
  std::int32_t* offset = layer.offset_i8.ensure(padded(layer.out));
  std::fill_n(panels, panel_bytes, std::int8_t{0});
  std::fill_n(scale, padded(layer.out), 0.0f);
  std::fill_n(offset, padded(layer.out), 0);
  std::size_t column = 0;
  for (const LinearPart& part : parts) {
    for (std::size_t first = 0; first < part.weight->rows; first += kRowsAtOnce) {
      const std::size_t count = std::min(kRowsAtOnce, part.weight->rows - first);
      read_rows_int8(*part.weight, first, count, rows.data(), scale + column);
      for (std::size_t r = 0; r < count; ++r, ++column) {
        offset[column] = -128 * place_int8(rows.data() + r * layer.in, layer.in, column, panels);
      }
    }
  }
}

}  // namespace

Linear pack_linear(const KernelTable& kernels, std::span<const LinearPart> parts, Compute compute,
                   Gemm gemm) {
  Linear layer;
  layer.in = parts.front().weight->cols;
  bool has_bias = false;
  for (const LinearPart& part : parts) {
    TRANSEPT_DCHECK(part.weight->cols == layer.in);
    layer.out += part.weight->rows;
    has_bias = has_bias || part.bias != nullptr;
  }

  if (has_bias) {
    std::fill_n(layer.bias.ensure(padded(layer.out)), padded(layer.out), 0.0f);
    std::size_t at = 0;
    for (const LinearPart& part : parts) {
      if (part.bias != nullptr) read_rows(*part.bias, 0, 1, layer.bias.data() + at);
      at += part.weight->rows;
    }
  }

  if (compute == Compute::int8) {
    pack_int8(parts, layer);
  } else if (compute == Compute::bfloat16) {
    pack_bfloat16(kernels, parts, layer);
  } else if (gemm == Gemm::openblas) {
    read_part_rows(parts, 0, layer.out, layer.plain.ensure(layer.out * layer.in));
  } else {
    pack_float32(kernels, parts, layer);
  }
  return layer;
}

std::size_t Linear::bytes() const {
  return panels.size_bytes() + plain.size_bytes() + panels_i8.size_bytes() + scale_i8.size_bytes() +
         offset_i8.size_bytes() + panels_bf16.size_bytes() + bias.size_bytes();
}

LinearInput LinearInput::rows_from(std::size_t first, std::size_t count) const {
  return {.x = x + first * in,
          .rows = count,
          .quantized = quantized == nullptr ? nullptr : quantized + first * depth_padded(in),
          .scale = scale == nullptr ? nullptr : scale + first,
          .words = words == nullptr ? nullptr : words + first * pairs_of(in),
          .in = in};
}

LinearInput linear_input(const KernelTable& kernels, const Linear& layer, const float* x, std::size_t rows,
                         LinearScratch& scratch) {
  LinearInput input{.x = x, .rows = rows, .in = layer.in};
  if (layer.is_int8()) {
    const std::size_t ldq = depth_padded(layer.in);
    std::uint8_t* quantized = scratch.quantized.ensure(rows * ldq);
    float* scale = scratch.scale.ensure(rows);
    kernels.quantize_rows(x, layer.in, rows, layer.in, quantized, ldq, scale);
    input.quantized = quantized;
    input.scale = scale;
  } else if (layer.is_bfloat16()) {
    const std::size_t pairs = pairs_of(layer.in);
    std::uint32_t* words = scratch.words.ensure(rows * pairs);
    kernels.round_rows_bf16(x, layer.in, rows, layer.in, words, pairs);
    input.words = words;
  }
  return input;
}

void linear_columns(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
                    std::size_t first, std::size_t cols, const LinearOutput& output) noexcept {
  TRANSEPT_DCHECK(first % kPanel == 0 && first + cols <= layer.out);
  const float* bias = layer.bias.size() > 0 ? layer.bias.data() + first : nullptr;
  if (layer.is_int8()) {
    kernels.gemm_i8({.x = input.quantized,
                     .ldx = depth_padded(layer.in),
                     .x_scale = input.scale,
                     .panels = layer.panels_i8.data() + first * depth_padded(layer.in),
                     .w_scale = layer.scale_i8.data() + first,
                     .offset = layer.offset_i8.data() + first,
                     .bias = bias,
                     .residual = output.residual,
                     .ldr = output.ldy,
                     .y = output.y,
                     .ldy = output.ldy,
                     .rows = input.rows,
                     .depth = layer.in,
                     .cols = cols,
                     .epilogue = output.epilogue});
    return;
  }
  if (layer.is_bfloat16()) {
    kernels.gemm_bf16({.x = input.words,
                       .ldx = pairs_of(layer.in),
                       .panels = layer.panels_bf16.data() + first * pairs_of(layer.in),
                       .bias = bias,
                       .residual = output.residual,
                       .ldr = output.ldy,
                       .y = output.y,
                       .ldy = output.ldy,
                       .rows = input.rows,
                       .depth = layer.in,
                       .cols = cols,
                       .epilogue = output.epilogue});
    return;
  }
  const GemmF32 gemm = {.x = input.x,
                        .ldx = layer.in,
                        .panels = layer.panels.data() + first * layer.in,
                        .panel_stride = layer.in * kPanel,
                        .k_stride = kPanel,
                        .bias = bias,
                        .residual = output.residual,
                        .ldr = output.ldy,
                        .y = output.y,
                        .ldy = output.ldy,
                        .rows = input.rows,
                        .depth = layer.in,
                        .cols = cols,
                        .alpha = 1.0f,
                        .epilogue = output.epilogue};
  if (layer.plain.size() > 0) {
    blas_multiply(input.x, input.rows, layer.plain.data() + first * layer.in, cols, layer.in, output.y,
                  output.ldy);
    kernels.finish_rows(gemm);
  } else {
    kernels.gemm_f32(gemm);
  }
}

void linear(const KernelTable& kernels, const Linear& layer, const float* x, std::size_t rows,
            LinearScratch& scratch, float* y, Epilogue epilogue, const float* residual) {
  linear_columns(kernels, layer, linear_input(kernels, layer, x, rows, scratch), 0, layer.out,
                 {.y = y, .ldy = layer.out, .epilogue = epilogue, .residual = residual});
}

}  // namespace transept
