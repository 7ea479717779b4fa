#include "engine/ops/linear.h"

#include <algorithm>
#include <cstring>

#include "engine/base/try.h"
#include "engine/kernels/gemm_blas.h"
#include "engine/ops/panel_layout.h"

namespace transept {
namespace {

// Columns of panels to columns 0, 1, ... of others, whose last panel is zero where it has none.
// kGroup: numbers of one column at one step of the depth. A buffer without numbers stays so.
template <std::size_t kGroup = 1, class T>
void choose_columns(const AlignedBuffer<T>& from, std::size_t depth,
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
      for (std::size_t c = 0; c < kPanel; ++c)
        std::memcpy(to + c * kGroup, source[c] + k * kStep, kGroup * sizeof(T));
      if (count < kPanel) std::fill(to + count * kGroup, to + kStep, T{});
    }
  }
}

void choose_rows(const AlignedBuffer<float>& from, std::size_t width,
                 std::span<const std::int32_t> rows, AlignedBuffer<float>& to) {
  if (from.size() == 0) return;
  float* chosen = to.ensure(rows.size() * width);
  for (const std::int32_t row : rows) {
    chosen = std::copy_n(from.data() + static_cast<std::size_t>(row) * width, width, chosen);
  }
}

}  // namespace

void choose_outputs(const Linear& layer, std::span<const std::int32_t> outputs, Linear& chosen) {
  chosen.in = layer.in;
  chosen.out = outputs.size();
  choose_columns(layer.panels, layer.in, outputs, chosen.panels);
  choose_rows(layer.plain, layer.in, outputs, chosen.plain);
  choose_columns<kDepthGroup>(layer.panels_i8, depth_padded(layer.in) / kDepthGroup, outputs,
                              chosen.panels_i8);
  choose_columns(layer.scale_i8, 1, outputs, chosen.scale_i8);
  choose_columns(layer.offset_i8, 1, outputs, chosen.offset_i8);
  choose_columns(layer.panels_bf16, pairs_of(layer.in), outputs, chosen.panels_bf16);
  choose_columns(layer.bias, 1, outputs, chosen.bias);
  if (!layer.is_int4()) return;
  const std::size_t blocks = layer.int4.blocks();
  chosen.int4.block = layer.int4.block;
  chosen.int4.depth = layer.int4.depth;
  chosen.int4.gather = layer.int4.gather;
  choose_columns<4>(layer.int4.panels, blocks * layer.int4.block / 8, outputs, chosen.int4.panels);
  choose_columns(layer.int4.scale, blocks, outputs, chosen.int4.scale);
  choose_columns(layer.int4.zero, blocks, outputs, chosen.int4.zero);
}

std::size_t Linear::bytes() const {
  return panels.size_bytes() + plain.size_bytes() + panels_i8.size_bytes() + scale_i8.size_bytes() +
         offset_i8.size_bytes() + panels_bf16.size_bytes() + int4.bytes() + bias.size_bytes();
}

LinearInput LinearInput::rows_from(std::size_t first, std::size_t count) const {
  return {.x = x + first * in,
          .rows = count,
          .quantized = quantized == nullptr ? nullptr : quantized + first * depth_padded(in),
          .scale = scale == nullptr ? nullptr : scale + first,
          .words = words == nullptr ? nullptr : words + first * pairs_of(in),
          .quantized_i4 = quantized_i4 == nullptr ? nullptr : quantized_i4 + first * blocks * block,
          .minus_sum = minus_sum == nullptr ? nullptr : minus_sum + first * blocks,
          .blocks = blocks,
          .block = block,
          .in = in};
}

namespace {

// Fills in what GemmI4 takes; the activations first in the order of the file's blocks.
void quantize_int4(const KernelTable& kernels, const Int4Panels& w, std::size_t rows,
                   LinearScratch& scratch, LinearInput& input) {
  const float* x = input.x;
  if (!w.gather.empty()) {
    float* gathered = scratch.gathered.ensure(rows * w.depth);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t k = 0; k < w.depth; ++k)
        gathered[r * w.depth + k] = x[r * input.in + w.gather[k]];
    }
    x = gathered;
  }
  const std::size_t blocks = w.blocks();
  std::int8_t* quantized = scratch.quantized_i4.ensure(rows * blocks * w.block);
  std::int32_t* minus_sum = scratch.minus_sum.ensure(rows * blocks);
  float* scale = scratch.scale.ensure(rows);
  kernels.quantize_rows_i4(x, w.depth, rows, w.depth, w.block, quantized, minus_sum, scale);
  input.quantized_i4 = quantized;
  input.minus_sum = minus_sum;
  input.scale = scale;
  input.blocks = blocks;
  input.block = w.block;
}

}  // namespace

LinearInput linear_input(const KernelTable& kernels, const Linear& layer, const float* x,
                         std::size_t rows, LinearScratch& scratch) {
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
  } else if (layer.is_int4()) {
    quantize_int4(kernels, layer.int4, rows, scratch, input);
  }
  return input;
}

void linear_columns(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
                    std::size_t first, std::size_t cols, const LinearOutput& output) noexcept {
  TRANSEPT_DCHECK(first % kPanel == 0 && first + cols <= layer.out);
  const GemmOutput out = {.bias = layer.bias.size() > 0 ? layer.bias.data() + first : nullptr,
                          .residual = output.residual,
                          .ldr = output.ldy,
                          .y = output.y,
                          .ldy = output.ldy,
                          .rows = input.rows,
                          .cols = cols,
                          .epilogue = output.epilogue};
  if (layer.is_int8()) {
    kernels.gemm_i8({.x = input.quantized,
                     .ldx = depth_padded(layer.in),
                     .x_scale = input.scale,
                     .panels = layer.panels_i8.data() + first * depth_padded(layer.in),
                     .w_scale = layer.scale_i8.data() + first,
                     .offset = layer.offset_i8.data() + first,
                     .depth = layer.in,
                     .out = out});
  } else if (layer.is_bfloat16()) {
    kernels.gemm_bf16({.x = input.words,
                       .ldx = pairs_of(layer.in),
                       .panels = layer.panels_bf16.data() + first * pairs_of(layer.in),
                       .depth = layer.in,
                       .out = out});
  } else if (layer.is_int4()) {
    const Int4Panels& w = layer.int4;
    const std::size_t blocks = w.blocks();
    kernels.gemm_i4({.x = input.quantized_i4,
                     .ldx = blocks * w.block,
                     .minus_sum = input.minus_sum,
                     .x_scale = input.scale,
                     .panels = w.panels.data() + first * blocks * w.block / 2,
                     .w_scale = w.scale.data() + first * blocks,
                     .zero = w.zero.size() > 0 ? w.zero.data() + first * blocks : nullptr,
                     .block = w.block,
                     .depth = w.depth,
                     .out = out});
  } else if (layer.plain.size() > 0) {
    blas_multiply(input.x, input.rows, layer.plain.data() + first * layer.in, cols, layer.in,
                  output.y, output.ldy);
    kernels.finish_rows(out);
  } else {
    kernels.gemm_f32({.x = input.x,
                      .ldx = layer.in,
                      .panels = layer.panels.data() + first * layer.in,
                      .depth = layer.in,
                      .out = out});
  }
}

void linear_columns(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
                    std::size_t first, std::size_t cols, const LinearOutput& output,
                    Team* team) noexcept {
  // A part is a whole number of the kernels' tiles wide, and there are some for each thread, so
  // that one that comes late still finds work. A part of less than this many products would not pay
  // for its claim.
  constexpr std::size_t kPartColumns = 4 * kPanel;
  constexpr std::size_t kPartsAThread = 3;
  constexpr std::size_t kPartProducts = 16384;
  // OpenBLAS takes a lock around its threads' setting, and threads of ours would wait for each
  // other there.
  if (team == nullptr || layer.plain.size() > 0)
    return linear_columns(kernels, layer, input, first, cols, output);
  const std::size_t column_products = std::max<std::size_t>(1, input.rows * layer.in);
  const std::size_t wanted = std::max((cols - 1) / (team->size() * kPartsAThread) + 1,
                                      (kPartProducts - 1) / column_products + 1);
  const std::size_t width = (wanted + kPartColumns - 1) / kPartColumns * kPartColumns;
  if (width >= cols) return linear_columns(kernels, layer, input, first, cols, output);
  team->run((cols - 1) / width + 1, [&](std::size_t part) {
    const std::size_t begin = part * width;
    LinearOutput columns = output;
    columns.y += begin;
    if (columns.residual != nullptr) columns.residual += begin;
    linear_columns(kernels, layer, input, first + begin, std::min(width, cols - begin), columns);
  });
}

void linear(const KernelTable& kernels, const Linear& layer, const float* x, std::size_t rows,
            LinearScratch& scratch, float* y, Epilogue epilogue, const float* residual) {
  linear_columns(kernels, layer, linear_input(kernels, layer, x, rows, scratch), 0, layer.out,
                 {.y = y, .ldy = layer.out, .epilogue = epilogue, .residual = residual},
                 scratch.team);
}

}  // namespace transept
