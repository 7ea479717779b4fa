// int8 weights with one scale an output, activations quantised row by row, sums in int32.
#include <algorithm>
#include <cstring>

#include "engine/ops/linear/columns.h"
#include "engine/ops/linear/form.h"
#include "engine/ops/linear/int8_weights.h"

namespace transept {
namespace {

void place(const LinearSource& /*source*/, ArrayPlace& place, Linear& layer) {
  const std::size_t columns = padded(layer.out);
  layer.panels_i8 = place.take<std::int8_t>(columns * depth_padded(layer.in));
  layer.scale_i8 = place.take<float>(columns);
  layer.offset_i8 = place.take<std::int32_t>(columns);
}

void clear_edges(Linear& layer) {
  clear_last(layer.panels_i8, kPanel * depth_padded(layer.in));
  clear_last(layer.scale_i8, kPanel);
  clear_last(layer.offset_i8, kPanel);
}

// Row `column` of a matrix to its place in the panels: 4 bytes of depth at a time, the last ones
// filled up with zeros.
void place_int8(const std::int8_t* row, std::size_t depth, std::size_t column,
                std::int8_t* panels) {
  std::int8_t* to =
      panels + column / kPanel * kPanel * depth_padded(depth) + column % kPanel * kDepthGroup;
  const std::size_t groups = depth / kDepthGroup;
#pragma GCC unroll 8
  for (std::size_t g = 0; g < groups; ++g) {
    std::memcpy(to + g * kPanel * kDepthGroup, row + g * kDepthGroup, kDepthGroup);
  }
  const std::size_t rest = depth % kDepthGroup;
  if (rest == 0) return;
  to += groups * kPanel * kDepthGroup;
  std::memset(to, 0, kDepthGroup);
  std::memcpy(to, row + groups * kDepthGroup, rest);
}

// The sum of a row: in 16 bits for as long as they suffice, which is twice as fast.
std::int32_t sum_of(const std::int8_t* row, std::size_t depth) {
  constexpr std::size_t kLanes = 16;
  constexpr std::size_t kSteps = 255;  // of numbers down to -128
  std::int32_t sum = 0;
  std::size_t k = 0;
  while (k + kLanes <= depth) {
    std::int16_t lanes[kLanes] = {};
    const std::size_t steps = std::min(kSteps, (depth - k) / kLanes);
    for (std::size_t step = 0; step < steps; ++step, k += kLanes) {
      for (std::size_t i = 0; i < kLanes; ++i) {
        lanes[i] = static_cast<std::int16_t>(lanes[i] + row[k + i]);
      }
    }
    for (const std::int16_t lane : lanes) sum += lane;
  }
  for (; k < depth; ++k) sum += row[k];
  return sum;
}

bool pack(const KernelTable& /*kernels*/, const LinearSource& source, const LinearShare& share,
          Linear& layer) {
  const std::size_t in = layer.in;
  return for_each_block<std::int8_t>(
      source, share, read_rows_int8,
      [&](std::size_t first, std::size_t count, const std::int8_t* rows, const float* scales) {
        std::copy_n(scales, count, layer.scale_i8.data() + first);
        for (std::size_t r = 0; r < count; ++r) {
          const std::int8_t* row = rows + r * in;
          layer.offset_i8.data()[first + r] = -128 * sum_of(row, in);
          place_int8(row, in, first + r, layer.panels_i8.data());
        }
      });
}

void prepare(const KernelTable& kernels, const Linear& layer, LinearScratch& scratch,
             LinearInput& input) {
  const std::size_t ldq = depth_padded(layer.in);
  std::uint8_t* quantized = scratch.quantized.ensure(input.rows * ldq);
  float* scale = scratch.scale.ensure(input.rows);
  kernels.quantize_rows(input.x, layer.in, input.rows, layer.in, quantized, ldq, scale);
  input.quantized = quantized;
  input.scale = scale;
}

void multiply(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
              std::size_t first, const GemmOutput& out) {
  kernels.gemm_i8({.x = input.quantized,
                   .ldx = depth_padded(layer.in),
                   .x_scale = input.scale,
                   .panels = layer.panels_i8.data() + first * depth_padded(layer.in),
                   .w_scale = layer.scale_i8.data() + first,
                   .offset = layer.offset_i8.data() + first,
                   .depth = layer.in,
                   .out = out});
}

void choose_columns(const Linear& layer, std::span<const std::int32_t> columns, Linear& chosen) {
  choose_panel_columns<kDepthGroup>(layer.panels_i8, depth_padded(layer.in) / kDepthGroup, columns,
                                    chosen.panels_i8);
  choose_panel_columns(layer.scale_i8, 1, columns, chosen.scale_i8);
  choose_panel_columns(layer.offset_i8, 1, columns, chosen.offset_i8);
}

std::size_t bytes(const Linear& layer) {
  return layer.panels_i8.size_bytes() + layer.scale_i8.size_bytes() + layer.offset_i8.size_bytes();
}

std::string origin(const Tensor& tensor) {
  if (holds_int8(tensor)) return "the file's own integers";
  return "quantised from " + std::string(dtype_name(tensor.dtype));
}

}  // namespace

const LinearForm kInt8Form = {.place = place,
                              .clear_edges = clear_edges,
                              .pack = pack,
                              .prepare = prepare,
                              .multiply = multiply,
                              .choose_columns = choose_columns,
                              .bytes = bytes,
                              .origin = origin,
                              .shares_columns = true};

}  // namespace transept
