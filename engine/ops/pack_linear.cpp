#include "engine/ops/pack_linear.h"

#include <algorithm>
#include <cstring>

#include "engine/base/try.h"
#include "engine/ops/any_nan.h"
#include "engine/ops/int4_weights.h"
#include "engine/ops/int8_weights.h"
#include "engine/ops/ordered_rows.h"
#include "engine/ops/panel_layout.h"

namespace transept {
namespace {

// What one thread packs at a time: enough to be worth the claim, little enough that threads finish
// together.
constexpr std::size_t kShareElements = std::size_t{1} << 20;

void read_floats(const Tensor& t, std::size_t first, std::size_t count, float* rows,
                 float* /*scale*/) {
  read_rows(t, first, count, rows);
}

// Outputs of the layer before those of a part.
std::size_t outputs_before(const LinearSource& source, std::size_t part) {
  std::size_t outputs = 0;
  for (std::size_t i = 0; i < part; ++i) outputs += source.parts[i].out();
  return outputs;
}

// use(first, count, rows, scale) over a share, by the outputs of the layer.
template <class T, class Read, class Use>
void for_each_block(const LinearSource& source, const LinearShare& share, Read read, Use use) {
  const LinearPart& part = source.parts[share.part];
  const std::size_t before = outputs_before(source, share.part);
  for_each_row_block<T>(*part.weight, part.order, source.inputs, share.first, share.last, read,
                        [&](std::size_t first, std::size_t count, const T* rows,
                            const float* scale) { use(before + first, count, rows, scale); });
}

// A row of a matrix to its column in panels of 16.
template <class T>
void place_column(const T* row, std::size_t depth, std::size_t column, T* panels) {
  T* to = panels + column / kPanel * kPanel * depth + column % kPanel;
  for (std::size_t k = 0; k < depth; ++k) to[k * kPanel] = row[k];
}

// Row `column` of a matrix to its place in the panels: 4 bytes of depth at a time, the last ones
// filled up with zeros.
void place_int8(const std::int8_t* row, std::size_t depth, std::size_t column,
                std::int8_t* panels) {
  std::int8_t* to =
      panels + column / kPanel * kPanel * depth_padded(depth) + column % kPanel * kDepthGroup;
  std::size_t k = 0;
  for (; k + kDepthGroup <= depth; k += kDepthGroup, to += kPanel * kDepthGroup)
    std::memcpy(to, row + k, kDepthGroup);
  if (k == depth) return;
  std::memset(to, 0, kDepthGroup);
  std::memcpy(to, row + k, depth - k);
}

// The last `unit` numbers of an array.
template <class T>
void clear_last(AlignedBuffer<T>& array, std::size_t unit) {
  if (array.size() > 0) std::fill_n(array.data() + array.size() - unit, unit, T{});
}

// Biases of the parts in the order of their outputs.
void pack_bias(std::span<const LinearPart> parts, Linear& layer) {
  if (layer.bias.size() == 0) return;
  std::fill_n(layer.bias.data(), layer.bias.size(), 0.0f);
  float* to = layer.bias.data();
  std::vector<float> bias;
  for (const LinearPart& part : parts) {
    if (part.bias != nullptr) {
      bias.resize(part.bias->cols);
      read_rows(*part.bias, 0, 1, bias.data());
      for (std::size_t o = 0; o < part.out(); ++o) {
        const std::int32_t from = part.order.empty() ? static_cast<std::int32_t>(o) : part.order[o];
        to[o] = from < 0 ? 0.0f : bias[static_cast<std::size_t>(from)];
      }
    }
    to += part.out();
  }
}

std::vector<Int4Part> int4_parts(const LinearSource& source) {
  std::vector<Int4Part> parts;
  for (const LinearPart& part : source.parts) parts.push_back({part.weight.get(), part.order});
  return parts;
}

}  // namespace

Linear place_linear(const LinearSource& source, ArrayPlace& place) {
  Linear layer;
  layer.in = source.inputs.empty() ? source.parts.front().weight->cols : source.inputs.size();
  bool has_bias = false;
  for (const LinearPart& part : source.parts) {
    TRANSEPT_DCHECK(part.weight->cols == source.parts.front().weight->cols);
    layer.out += part.out();
    has_bias = has_bias || part.bias != nullptr;
  }
  const std::size_t columns = padded(layer.out);
  if (has_bias) layer.bias = place.take<float>(columns);
  if (source.compute == Compute::int8) {
    layer.panels_i8 = place.take<std::int8_t>(columns * depth_padded(layer.in));
    layer.scale_i8 = place.take<float>(columns);
    layer.offset_i8 = place.take<std::int32_t>(columns);
  } else if (source.compute == Compute::bfloat16) {
    layer.panels_bf16 = place.take<std::uint32_t>(columns * pairs_of(layer.in));
  } else if (source.compute == Compute::int4) {
    layer.int4 = place_int4(int4_parts(source), source.inputs, place);
  } else if (source.gemm == Gemm::openblas) {
    layer.plain = place.take<float>(layer.out * layer.in);
  } else {
    layer.panels = place.take<float>(columns * layer.in);
  }
  return layer;
}

std::vector<LinearShare> linear_shares(const LinearSource& source) {
  std::vector<LinearShare> shares;
  for (std::size_t p = 0; p < source.parts.size(); ++p) {
    const LinearPart& part = source.parts[p];
    // Rows in another order are read all at once (ordered_rows.h).
    const bool apart = part.order.empty() && source.inputs.empty();
    const std::size_t rows =
        std::max(kRowsAtOnce, kShareElements / part.weight->cols / kRowsAtOnce * kRowsAtOnce);
    const std::size_t step = apart ? rows : part.out();
    for (std::size_t first = 0; first < part.out(); first += step) {
      shares.push_back({p, first, std::min(first + step, part.out())});
    }
  }
  return shares;
}

void pack_edges(const LinearSource& source, Linear& layer) {
  pack_bias(source.parts, layer);
  clear_last(layer.panels, kPanel * layer.in);
  clear_last(layer.panels_i8, kPanel * depth_padded(layer.in));
  clear_last(layer.scale_i8, kPanel);
  clear_last(layer.offset_i8, kPanel);
  clear_last(layer.panels_bf16, kPanel * pairs_of(layer.in));
  if (layer.is_int4()) clear_last_int4(layer.int4);
}

bool pack_share(const KernelTable& kernels, const LinearSource& source, const LinearShare& share,
                Linear& layer) {
  const std::size_t in = layer.in;
  bool nan = false;
  if (layer.is_int8()) {
    for_each_block<std::int8_t>(
        source, share, read_rows_int8,
        [&](std::size_t first, std::size_t count, const std::int8_t* rows, const float* scales) {
          nan = nan || any_nan(scales, count);
          std::copy_n(scales, count, layer.scale_i8.data() + first);
          for (std::size_t r = 0; r < count; ++r) {
            const std::int8_t* row = rows + r * in;
            std::int32_t sum = 0;
            for (std::size_t k = 0; k < in; ++k) sum += row[k];
            layer.offset_i8.data()[first + r] = -128 * sum;
            place_int8(row, in, first + r, layer.panels_i8.data());
          }
        });
  } else if (layer.is_bfloat16()) {
    const std::size_t pairs = pairs_of(in);
    std::vector<std::uint32_t> words(kRowsAtOnce * pairs);
    for_each_block<float>(
        source, share, read_floats,
        [&](std::size_t first, std::size_t count, const float* rows, const float*) {
          nan = nan || any_nan(rows, count * in);
          kernels.round_rows_bf16(rows, in, count, in, words.data(), pairs);
          for (std::size_t r = 0; r < count; ++r) {
            place_column(words.data() + r * pairs, pairs, first + r, layer.panels_bf16.data());
          }
        });
  } else if (layer.is_int4()) {
    const LinearPart& part = source.parts[share.part];
    const std::size_t first = part.order.empty() ? share.first : 0;
    nan =
        holds_nan(*part.weight, first, part.order.empty() ? share.last - first : part.weight->rows);
    pack_int4_rows({part.weight.get(), part.order}, share.first, share.last,
                   outputs_before(source, share.part), layer.int4);
  } else if (layer.plain.size() > 0) {
    for_each_block<float>(
        source, share, read_floats,
        [&](std::size_t first, std::size_t count, const float* rows, const float*) {
          nan = nan || any_nan(rows, count * in);
          std::copy_n(rows, count * in, layer.plain.data() + first * in);
        });
  } else {
    for_each_block<float>(
        source, share, read_floats,
        [&](std::size_t first, std::size_t count, const float* rows, const float*) {
          nan = nan || any_nan(rows, count * in);
          for (std::size_t r = 0; r < count; ++r) {
            place_column(rows + r * in, in, first + r, layer.panels.data());
          }
        });
  }
  return !nan;
}

Linear pack_linear(const KernelTable& kernels, std::span<const LinearPart> parts,
                   std::span<const std::int32_t> inputs, Compute compute, Gemm gemm) {
  const LinearSource source = {parts, inputs, compute, gemm};
  ArrayPlace place;
  Linear layer = place_linear(source, place);
  pack_edges(source, layer);
  for (const LinearShare& share : linear_shares(source)) pack_share(kernels, source, share, layer);
  return layer;
}

}  // namespace transept
