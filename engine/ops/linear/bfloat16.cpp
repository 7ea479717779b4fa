// bfloat16 weights and activations, summed in float32.
#include <vector>

#include "engine/ops/linear/columns.h"
#include "engine/ops/linear/form.h"

namespace transept {
namespace {

void place(const LinearSource& /*source*/, ArrayPlace& place, Linear& layer) {
  layer.panels_bf16 = place.take<std::uint32_t>(padded(layer.out) * pairs_of(layer.in));
}

void clear_edges(Linear& layer) { clear_last(layer.panels_bf16, kPanel * pairs_of(layer.in)); }

bool pack(const KernelTable& kernels, const LinearSource& source, const LinearShare& share,
          Linear& layer) {
  const std::size_t pairs = pairs_of(layer.in);
  std::vector<std::uint32_t> words(kRowsAtOnce * pairs);
  return for_each_block<float>(
      source, share, read_floats,
      [&](std::size_t first, std::size_t count, const float* rows, const float*) {
        kernels.round_rows_bf16(rows, layer.in, count, layer.in, words.data(), pairs);
        for (std::size_t r = 0; r < count; ++r) {
          place_column(words.data() + r * pairs, pairs, first + r, layer.panels_bf16.data());
        }
      });
}

void prepare(const KernelTable& kernels, const Linear& layer, LinearScratch& scratch,
             LinearInput& input) {
  const std::size_t pairs = pairs_of(layer.in);
  std::uint32_t* words = scratch.words.ensure(input.rows * pairs);
  kernels.round_rows_bf16(input.x, layer.in, input.rows, layer.in, words, pairs);
  input.words = words;
}

void multiply(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
              std::size_t first, const GemmOutput& out) {
  kernels.gemm_bf16({.x = input.words,
                     .ldx = pairs_of(layer.in),
                     .panels = layer.panels_bf16.data() + first * pairs_of(layer.in),
                     .depth = layer.in,
                     .out = out});
}

void choose_columns(const Linear& layer, std::span<const std::int32_t> columns, Linear& chosen) {
  choose_panel_columns(layer.panels_bf16, pairs_of(layer.in), columns, chosen.panels_bf16);
}

std::size_t bytes(const Linear& layer) { return layer.panels_bf16.size_bytes(); }

std::string origin(const Tensor& tensor) {
  if (tensor.quantization.kind == Quantization::Kind::none && tensor.dtype == DType::bf16) {
    return "the file's own numbers";
  }
  return "rounded from " + std::string(dtype_name(tensor.dtype));
}

}  // namespace

const LinearForm kBfloat16Form = {.place = place,
                                  .clear_edges = clear_edges,
                                  .pack = pack,
                                  .prepare = prepare,
                                  .multiply = multiply,
                                  .choose_columns = choose_columns,
                                  .bytes = bytes,
                                  .origin = origin,
                                  .shares_columns = true};

}  // namespace transept
