// float32 weights in panels.
#include "engine/ops/linear/columns.h"
#include "engine/ops/linear/form.h"

namespace transept {
namespace {

void place(const LinearSource& /*source*/, ArrayPlace& place, Linear& layer) {
  layer.panels = place.take<float>(padded(layer.out) * layer.in);
}

void clear_edges(Linear& layer) { clear_last(layer.panels, kPanel * layer.in); }

bool pack(const KernelTable& /*kernels*/, const LinearSource& source, const LinearShare& share,
          Linear& layer) {
  return for_each_block<float>(
      source, share, read_floats,
      [&](std::size_t first, std::size_t count, const float* rows, const float*) {
        for (std::size_t r = 0; r < count; ++r) {
          place_column(rows + r * layer.in, layer.in, first + r, layer.panels.data());
        }
      });
}

void prepare(const KernelTable&, const Linear&, LinearScratch&, LinearInput&) {}

void multiply(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
              std::size_t first, const GemmOutput& out) {
  kernels.gemm_f32({.x = input.x,
                    .ldx = layer.in,
                    .panels = layer.panels.data() + first * layer.in,
                    .depth = layer.in,
                    .out = out});
}

void choose_columns(const Linear& layer, std::span<const std::int32_t> columns, Linear& chosen) {
  choose_panel_columns(layer.panels, layer.in, columns, chosen.panels);
}

std::size_t bytes(const Linear& layer) { return layer.panels.size_bytes(); }

std::string origin(const Tensor& tensor) {
  const bool plain = tensor.quantization.kind == Quantization::Kind::none;
  if (plain && tensor.dtype == DType::f32) return "the file's own numbers";
  return (plain ? "converted from " : "dequantised from ") + std::string(dtype_name(tensor.dtype));
}

}  // namespace

const LinearForm kFloat32Form = {.place = place,
                                 .clear_edges = clear_edges,
                                 .pack = pack,
                                 .prepare = prepare,
                                 .multiply = multiply,
                                 .choose_columns = choose_columns,
                                 .bytes = bytes,
                                 .origin = origin,
                                 .shares_columns = true};

}  // namespace transept
