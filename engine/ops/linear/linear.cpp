#include "engine/ops/linear/linear.h"

#include <algorithm>

#include "engine/base/try.h"
#include "engine/ops/linear/columns.h"
#include "engine/ops/linear/form.h"
#include "engine/ops/linear/panel_layout.h"

namespace transept {

const LinearForm& form_of(Compute compute, Gemm gemm) {
  switch (compute) {
    case Compute::bfloat16: return kBfloat16Form;
    case Compute::int8: return kInt8Form;
    case Compute::int4: return kInt4Form;
    case Compute::float32:
    case Compute::automatic: break;
  }
  return gemm == Gemm::openblas ? kBlasForm : kFloat32Form;
}

void choose_outputs(const Linear& layer, std::span<const std::int32_t> outputs, Linear& chosen) {
  chosen.in = layer.in;
  chosen.out = outputs.size();
  chosen.form = layer.form;
  layer.form->choose_columns(layer, outputs, chosen);
  choose_panel_columns(layer.bias, 1, outputs, chosen.bias);
}

std::size_t Linear::bytes() const {
  return form == nullptr ? 0 : form->bytes(*this) + bias.size_bytes();
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

LinearInput linear_input(const KernelTable& kernels, const Linear& layer, const float* x,
                         std::size_t rows, LinearScratch& scratch) {
  LinearInput input{.x = x, .rows = rows, .in = layer.in};
  layer.form->prepare(kernels, layer, scratch, input);
  return input;
}

void linear_columns(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
                    std::size_t first, std::size_t cols, const LinearOutput& output) noexcept {
  TRANSEPT_DCHECK(first % kPanel == 0 && first + cols <= layer.out);
  layer.form->multiply(kernels, layer, input, first,
                       {.bias = layer.bias.size() > 0 ? layer.bias.data() + first : nullptr,
                        .residual = output.residual,
                        .ldr = output.ldy,
                        .y = output.y,
                        .ldy = output.ldy,
                        .rows = input.rows,
                        .cols = cols,
                        .epilogue = output.epilogue});
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
  if (team == nullptr || !layer.form->shares_columns) {
    return linear_columns(kernels, layer, input, first, cols, output);
  }
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
