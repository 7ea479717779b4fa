#include "engine/network/encoder.h"

#include <algorithm>

#include "engine/network/layers.h"
#include "engine/network/weights.h"
#include "engine/ops/attention.h"

namespace transept {
namespace {

using Segments = std::span<const EncoderSegment>;

// mixed = attention of every segment over its own rows of qkv. qkv: [N, 3 W], mixed: [N, W].
void self_attention(const Network& network, std::size_t layer, Segments segments,
                    EncoderScratch& s) {
  Attention attention =
      stack_attention(network.architecture().encoder, CellNumbers::float32, s.scores.data());
  const std::size_t width = attention.width;
  attention.ldq = 3 * width;
  attention.key_offset = width * sizeof(float);
  attention.value_offset = 2 * width * sizeof(float);
  attention.q = s.qkv.data();
  attention.out = s.mixed.data();
  for (const EncoderSegment& segment : segments) {
    const std::size_t len = segment.ids.size();
    s.cells.clear();
    for (std::size_t t = 0; t < len; ++t) s.cells.push_back(attention.q + t * 3 * width);
    attention.cells = s.cells.data();
    attention.rows = len;
    attention.steps = len;
    attend(network.kernels(), attention, {segment.capture, AttentionKind::encoder_self, layer},
           s.captured, s.linear.team);
    attention.q += len * 3 * width;
    attention.out += len * width;
  }
}

void encoder_layer(const Network& network, std::size_t layer, Segments segments, std::size_t tokens,
                   EncoderScratch& s) {
  const KernelTable& kernels = network.kernels();
  const Stack& stack = network.architecture().encoder;
  const EncoderLayerWeights& w = network.weights().encoder[layer];
  residual_branch(network, stack, w.self.norm, s.x.data(), s.branch.data(), tokens,
                  [&](const float* input, const float* residual, float* y) {
                    linear(kernels, w.self.qkv, input, tokens, s.linear, s.qkv.data());
                    self_attention(network, layer, segments, s);
                    linear(kernels, w.self.out, s.mixed.data(), tokens, s.linear, y, Epilogue::none,
                           residual);
                  });
  feed_forward(network, stack, w.ffn, s.x.data(), s.branch.data(), s.hidden.data(), tokens,
               s.linear);
}

}  // namespace

const float* encode(const Network& network, Segments segments, EncoderScratch& s) {
  const Architecture& a = network.architecture();
  const HeadShape shape = head_shape(a.encoder);
  std::size_t tokens = 0;
  std::size_t longest = 0;
  for (const EncoderSegment& segment : segments) {
    tokens += segment.ids.size();
    longest = std::max(longest, segment.ids.size());
  }
  float* x = s.x.ensure(tokens * a.d_model);
  s.branch.ensure(tokens * a.d_model);
  s.qkv.ensure(tokens * 3 * shape.width());
  s.mixed.ensure(tokens * shape.width());
  s.hidden.ensure(hidden_floats(a.encoder, tokens));
  s.scores.ensure(attention_scratch(longest, longest, s.linear.team));

  float* row = x;
  for (const EncoderSegment& segment : segments) {
    for (std::size_t position = 0; position < segment.ids.size(); ++position, row += a.d_model) {
      embed_token(network, a.encoder, network.weights().encoder_embedding, segment.ids[position],
                  position, row);
    }
  }
  for (std::size_t layer = 0; layer < a.encoder.layers; ++layer) {
    encoder_layer(network, layer, segments, tokens, s);
  }
  if (const auto& norm = network.weights().encoder_norm) {
    normalise(network.kernels(), *norm, x, tokens, x);
  }
  return x;
}

}  // namespace transept
