// Weights of 4 bits in blocks along the depth, activations quantised row by row.
#include <vector>

#include "engine/ops/linear/columns.h"
#include "engine/ops/linear/form.h"
#include "engine/ops/linear/int4_weights.h"

namespace transept {
namespace {

void place(const LinearSource& source, ArrayPlace& place, Linear& layer) {
  std::vector<Int4Part> parts;
  for (const LinearPart& part : source.parts) parts.push_back({part.weight.get(), part.order});
  layer.int4 = place_int4(parts, source.inputs, place);
}

void clear_edges(Linear& layer) { clear_last_int4(layer.int4); }

bool pack(const KernelTable& /*kernels*/, const LinearSource& source, const LinearShare& share,
          Linear& layer) {
  const LinearPart& part = source.parts[share.part];
  const bool apart = part.order.empty();
  const bool nan = holds_nan(*part.weight, apart ? share.first : 0,
                             apart ? share.last - share.first : part.weight->rows);
  pack_int4_rows({part.weight.get(), part.order}, share.first, share.last,
                 outputs_before(source, share.part), layer.int4);
  return !nan;
}

// The activations in the order of the file's blocks.
const float* gather(const Int4Panels& w, const LinearInput& input, LinearScratch& scratch) {
  if (w.gather.empty()) return input.x;
  float* gathered = scratch.gathered.ensure(input.rows * w.depth);
  for (std::size_t r = 0; r < input.rows; ++r) {
    for (std::size_t k = 0; k < w.depth; ++k) {
      gathered[r * w.depth + k] = input.x[r * input.in + w.gather[k]];
    }
  }
  return gathered;
}

void prepare(const KernelTable& kernels, const Linear& layer, LinearScratch& scratch,
             LinearInput& input) {
  const Int4Panels& w = layer.int4;
  const float* x = gather(w, input, scratch);
  const std::size_t blocks = w.blocks();
  std::int8_t* quantized = scratch.quantized_i4.ensure(input.rows * blocks * w.block);
  std::int32_t* minus_sum = scratch.minus_sum.ensure(input.rows * blocks);
  float* scale = scratch.scale.ensure(input.rows);
  kernels.quantize_rows_i4(x, w.depth, input.rows, w.depth, w.block, quantized, minus_sum, scale);
  input.quantized_i4 = quantized;
  input.minus_sum = minus_sum;
  input.scale = scale;
  input.blocks = blocks;
  input.block = w.block;
}

void multiply(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
              std::size_t first, const GemmOutput& out) {
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
}

void choose_columns(const Linear& layer, std::span<const std::int32_t> columns, Linear& chosen) {
  const Int4Panels& from = layer.int4;
  Int4Panels& to = chosen.int4;
  to.block = from.block;
  to.depth = from.depth;
  to.gather = from.gather;
  choose_panel_columns<4>(from.panels, from.blocks() * from.block / 8, columns, to.panels);
  choose_panel_columns(from.scale, from.blocks(), columns, to.scale);
  choose_panel_columns(from.zero, from.blocks(), columns, to.zero);
}

std::size_t bytes(const Linear& layer) { return layer.int4.bytes(); }

std::string origin(const Tensor& tensor) {
  if (holds_int4(tensor)) return "the file's own integers, scales and zero points";
  return "quantised from " + std::string(dtype_name(tensor.dtype));
}

}  // namespace

const LinearForm kInt4Form = {.place = place,
                              .clear_edges = clear_edges,
                              .pack = pack,
                              .prepare = prepare,
                              .multiply = multiply,
                              .choose_columns = choose_columns,
                              .bytes = bytes,
                              .origin = origin,
                              .shares_columns = true};

}  // namespace transept
