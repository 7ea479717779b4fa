#include "engine/network/encoder.h"

#include <algorithm>

#include "engine/network/layers.h"
#include "engine/network/weights.h"
#include "engine/ops/attention.h"

namespace transept {
namespace {

using Segments = std::span<const std::span<const std::int32_t>>;

// mixed = attention of every segment over its own rows of qkv. qkv: [N, 3 W], mixed: [N, W].
void self_attention(const Network& network, Segments segments, EncoderScratch& s) {
  const StackShape& stack = network.architecture().encoder;
  const HeadShape shape = head_shape(stack);
  const std::size_t width = shape.width();
  const float* qkv = s.qkv.data();
  float* mixed = s.mixed.data();
  for (const auto& segment : segments) {
    const std::size_t len = segment.size();
    s.cells.clear();
    for (std::size_t t = 0; t < len; ++t) s.cells.push_back(qkv + t * 3 * width);
    network.kernels().attend({.q = qkv,
                              .ldq = 3 * width,
                              .cells = s.cells.data(),
                              .key_offset = width,
                              .value_offset = 2 * width,
                              .rows = len,
                              .steps = len,
                              .heads = shape.heads,
                              .lanes = shape.lanes(),
                              .width = width,
                              .scale = attention_scale(stack),
                              .scores = s.scores.data(),
                              .out = mixed,
                              .ldo = width,
                              .probabilities = nullptr});
    qkv += len * 3 * width;
    mixed += len * width;
  }
}

void encoder_layer(const Network& network, const EncoderLayerWeights& w, Segments segments,
                   std::size_t tokens, EncoderScratch& s) {
  const KernelTable& kernels = network.kernels();
  residual_branch(network, w.self.norm, s.x.data(), s.branch.data(), tokens,
                  [&](const float* input, const float* residual, float* y) {
                    linear(kernels, w.self.qkv, input, tokens, s.linear, s.qkv.data());
                    self_attention(network, segments, s);
                    linear(kernels, w.self.out, s.mixed.data(), tokens, s.linear, y, Epilogue::none, residual);
                  });
  feed_forward(network, w.ffn, s.x.data(), s.branch.data(), s.hidden.data(), tokens, s.linear);
}

}  // namespace

const float* encode(const Network& network, Segments segments, EncoderScratch& s) {
  const Architecture& a = network.architecture();
  const HeadShape shape = head_shape(a.encoder);
  std::size_t tokens = 0;
  std::size_t longest = 0;
  for (const auto& segment : segments) {
    tokens += segment.size();
    longest = std::max(longest, segment.size());
  }
  float* x = s.x.ensure(tokens * a.d_model);
  s.branch.ensure(tokens * a.d_model);
  s.qkv.ensure(tokens * 3 * shape.width());
  s.mixed.ensure(tokens * shape.width());
  s.hidden.ensure(tokens * a.encoder.d_ff);
  s.scores.ensure(attention_scratch(longest, longest));

  float* row = x;
  for (const auto& segment : segments) {
    for (std::size_t position = 0; position < segment.size(); ++position, row += a.d_model) {
      embed(network, network.weights().encoder_embedding, segment[position], position, row);
    }
  }
  for (const EncoderLayerWeights& layer : network.weights().encoder) {
    encoder_layer(network, layer, segments, tokens, s);
  }
  if (network.weights().encoder_norm) normalise(network, *network.weights().encoder_norm, x, tokens);
  return x;
}

}  // namespace transept
