#include "engine/ops/linear/pack.h"

#include <algorithm>

#include "engine/base/try.h"
#include "engine/ops/linear/form.h"
#include "engine/ops/linear/ordered_rows.h"
#include "engine/ops/linear/panel_layout.h"

namespace transept {
namespace {

// What one thread packs at a time: enough to be worth the claim, little enough that threads finish
// together.
constexpr std::size_t kShareElements = std::size_t{1} << 20;

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
  if (has_bias) layer.bias = place.take<float>(padded(layer.out));
  layer.form = &form_of(source.compute, source.gemm);
  layer.form->place(source, place, layer);
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
  layer.form->clear_edges(layer);
}

bool pack_share(const KernelTable& kernels, const LinearSource& source, const LinearShare& share,
                Linear& layer) {
  return layer.form->pack(kernels, source, share, layer);
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
