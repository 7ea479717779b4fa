#include "engine/network/encoder.h"

#include <algorithm>

#include "engine/network/layers.h"
#include "engine/network/weights.h"
#include "engine/ops/attention.h"

namespace transept {
namespace {

using Segments = std::span<const std::span<const std::int32_t>>;

// Rows of a part of one segment's attention that a team shares.
constexpr std::size_t kPartRows = 4 * kAttentionRows;

std::size_t attention_parts(std::size_t len, const Team* team) {
  return team == nullptr ? 1 : (len + kPartRows - 1) / kPartRows;
}

// attend() with the rows shared out among the team, if there is one. Each part has scores of its
// own.
void attend_shared(const KernelTable& kernels, const Attention& all, Team* team) {
  if (attention_parts(all.rows, team) == 1) return kernels.attend(all);
  team->run(attention_parts(all.rows, team), [&](std::size_t part) {
    const std::size_t first = part * kPartRows;
    Attention rows = all;
    rows.rows = std::min(kPartRows, all.rows - first);
    rows.q += first * all.ldq;
    rows.out += first * all.ldo;
    rows.scores += part * attention_scratch(all.rows, all.steps);
    kernels.attend(rows);
  });
}

// mixed = attention of every segment over its own rows of qkv. qkv: [N, 3 W], mixed: [N, W].
void self_attention(const Network& network, Segments segments, EncoderScratch& s) {
  Attention attention =
      stack_attention(network.architecture().encoder, CellNumbers::float32, s.scores.data());
  const std::size_t width = attention.width;
  attention.ldq = 3 * width;
  attention.key_offset = width * sizeof(float);
  attention.value_offset = 2 * width * sizeof(float);
  attention.q = s.qkv.data();
  attention.out = s.mixed.data();
  for (const auto& segment : segments) {
    const std::size_t len = segment.size();
    s.cells.clear();
    for (std::size_t t = 0; t < len; ++t) s.cells.push_back(attention.q + t * 3 * width);
    attention.cells = s.cells.data();
    attention.rows = len;
    attention.steps = len;
    attend_shared(network.kernels(), attention, s.linear.team);
    attention.q += len * 3 * width;
    attention.out += len * width;
  }
}

void encoder_layer(const Network& network, const EncoderLayerWeights& w, Segments segments,
                   std::size_t tokens, EncoderScratch& s) {
  const KernelTable& kernels = network.kernels();
  residual_branch(network, w.self.norm, s.x.data(), s.branch.data(), tokens,
                  [&](const float* input, const float* residual, float* y) {
                    linear(kernels, w.self.qkv, input, tokens, s.linear, s.qkv.data());
                    self_attention(network, segments, s);
                    linear(kernels, w.self.out, s.mixed.data(), tokens, s.linear, y, Epilogue::none,
                           residual);
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
  s.scores.ensure(attention_parts(longest, s.linear.team) * attention_scratch(longest, longest));

  float* row = x;
  for (const auto& segment : segments) {
    for (std::size_t position = 0; position < segment.size(); ++position, row += a.d_model) {
      embed(network, network.weights().encoder_embedding, segment[position], position, row);
    }
  }
  for (const EncoderLayerWeights& layer : network.weights().encoder) {
    encoder_layer(network, layer, segments, tokens, s);
  }
  if (network.weights().encoder_norm)
    normalise(network, *network.weights().encoder_norm, x, tokens);
  return x;
}

}  // namespace transept
