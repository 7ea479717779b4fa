#include "engine/network/decoder.h"

#include <algorithm>
#include <cstring>

#include "engine/base/try.h"
#include "engine/network/layers.h"
#include "engine/network/weights.h"
#include "engine/ops/attention.h"

namespace transept {
namespace {

using Step = std::span<const StepSegment>;

std::size_t cross_floats_of_layer(const Architecture& a, std::size_t src_len) {
  return memory_floats(head_shape(a.decoder), src_len);
}

// Writes the new keys and values where they will stay, then attends to each row's past.
void self_attention(const Network& network, std::size_t layer, Step segments, DecoderScratch& s) {
  const StackShape& stack = network.architecture().decoder;
  const std::size_t width = head_shape(stack).width();
  const float* qkv = s.qkv.data();
  float* mixed = s.mixed.data();
  for (const StepSegment& segment : segments) {
    const std::size_t rows = segment.cache->rows();
    for (std::size_t r = 0; r < rows; ++r) {
      std::memcpy(segment.cache->newest(r) + layer * 2 * width, qkv + r * 3 * width + width,
                  2 * width * sizeof(float));
    }
    for (std::size_t r = 0; r < rows; ++r, qkv += 3 * width, mixed += width) {
      const auto past = segment.cache->past(r);
      network.kernels().row_attention({.q = qkv,
                                       .cells = past.data(),
                                       .key_offset = layer * 2 * width,
                                       .value_offset = layer * 2 * width + width,
                                       .steps = past.size(),
                                       .heads = stack.heads,
                                       .d_head = stack.d_head,
                                       .scale = attention_scale(stack),
                                       .scores = s.scores.data(),
                                       .out = mixed});
    }
  }
}

// All hypotheses of a segment attend to its one memory together.
void cross_attention(const Network& network, std::size_t layer, Step segments, DecoderScratch& s,
                     CrossCapture* capture) {
  const Architecture& a = network.architecture();
  const HeadShape shape = head_shape(a.decoder);
  const float* q = s.q.data();
  float* mixed = s.mixed.data();
  for (const StepSegment& segment : segments) {
    const std::size_t rows = segment.cache->rows();
    const std::size_t src_len = segment.cache->src_len();
    float* probabilities =
        capture == nullptr ? nullptr : capture->weights.data() + layer * shape.heads * rows * src_len;
    attend(network.kernels(), shape, q, shape.width(), rows,
           segment.cache->cross() + layer * cross_floats_of_layer(a, src_len), src_len,
           attention_scale(a.decoder), s.scores.data(), mixed, probabilities);
    q += rows * shape.width();
    mixed += rows * shape.width();
  }
}

void decoder_layer(const Network& network, std::size_t layer, Step segments, std::size_t rows,
                   DecoderScratch& s, CrossCapture* capture) {
  const KernelTable& kernels = network.kernels();
  const DecoderLayerWeights& w = network.weights().decoder[layer];
  residual_branch(network, w.self.norm, s.x.data(), s.branch.data(), rows,
                  [&](const float* input, const float* residual, float* y) {
                    linear(kernels, w.self.qkv, input, rows, s.linear, s.qkv.data());
                    self_attention(network, layer, segments, s);
                    linear(kernels, w.self.out, s.mixed.data(), rows, s.linear, y, Epilogue::none, residual);
                  });
  s.clock.lap(Phase::self_attention);
  residual_branch(network, w.cross.norm, s.x.data(), s.branch.data(), rows,
                  [&](const float* input, const float* residual, float* y) {
                    linear(kernels, w.cross.q, input, rows, s.linear, s.q.data());
                    cross_attention(network, layer, segments, s, capture);
                    linear(kernels, w.cross.out, s.mixed.data(), rows, s.linear, y, Epilogue::none, residual);
                  });
  s.clock.lap(Phase::cross_attention);
  feed_forward(network, w.ffn, s.x.data(), s.branch.data(), s.hidden.data(), rows, s.linear);
  s.clock.lap(Phase::feed_forward);
}

// kv: [src_len, layers * 2 H Dh], what the fused projection gave for this segment.
void lay_out_source(const Network& network, const float* kv, std::size_t src_len, SegmentCache& cache) {
  const Architecture& a = network.architecture();
  const HeadShape shape = head_shape(a.decoder);
  const std::size_t layer_floats = cross_floats_of_layer(a, src_len);
  cache.begin(src_len, a.decoder.layers * layer_floats);
  for (std::size_t layer = 0; layer < a.decoder.layers; ++layer) {
    const float* keys = kv + layer * 2 * shape.width();
    lay_out_memory(network.kernels(), shape, keys, keys + shape.width(), network.weights().cross_kv.out,
                   src_len, cache.cross() + layer * layer_floats);
  }
}

}  // namespace

std::size_t cell_floats(const Architecture& a) {
  return a.decoder.layers * 2 * head_shape(a.decoder).width();
}

void remember_sources(const Network& network, const float* encoded, std::span<SegmentCache* const> caches,
                      std::span<const std::size_t> src_lens, DecoderScratch& s) {
  // Enough rows to use each panel of weights well, few enough that keys and values stay in cache.
  constexpr std::size_t kTokensAtOnce = 64;
  const Architecture& a = network.architecture();
  const Linear& kv = network.weights().cross_kv;
  for (std::size_t first = 0; first < caches.size();) {
    std::size_t last = first;
    std::size_t tokens = 0;
    while (last < caches.size() && (tokens == 0 || tokens + src_lens[last] <= kTokensAtOnce)) {
      tokens += src_lens[last++];
    }
    const float* rows = s.cross_kv.ensure(tokens * kv.out);
    linear(network.kernels(), kv, encoded, tokens, s.linear, s.cross_kv.data());
    encoded += tokens * a.d_model;
    for (; first < last; ++first) {
      lay_out_source(network, rows, src_lens[first], *caches[first]);
      rows += src_lens[first] * kv.out;
    }
  }
}

const float* decode_step(const Network& network, Step segments, DecoderScratch& s,
                         CrossCapture* capture) {
  TRANSEPT_DCHECK(capture == nullptr || segments.size() == 1);
  const Architecture& a = network.architecture();
  const std::size_t width = head_shape(a.decoder).width();
  std::size_t rows = 0;
  std::size_t scores = 0;
  for (const StepSegment& segment : segments) {
    rows += segment.cache->rows();
    scores = std::max({scores, segment.cache->past(0).size(),
                       attention_scratch(segment.cache->rows(), segment.cache->src_len())});
  }
  float* x = s.x.ensure(rows * a.d_model);
  s.branch.ensure(rows * a.d_model);
  s.qkv.ensure(rows * 3 * width);
  s.q.ensure(rows * width);
  s.mixed.ensure(rows * width);
  s.hidden.ensure(rows * a.decoder.d_ff);
  s.scores.ensure(scores);
  if (capture != nullptr) {
    const SegmentCache& cache = *segments.front().cache;
    capture->weights.ensure(a.decoder.layers * a.decoder.heads * cache.rows() * cache.src_len());
  }

  float* row = x;
  for (const StepSegment& segment : segments) {
    for (std::size_t r = 0; r < segment.cache->rows(); ++r, row += a.d_model) {
      embed(network, network.weights().decoder_embedding, segment.tokens[r],
            segment.cache->past(r).size() - 1, row);
    }
  }
  s.clock.lap(Phase::embed);
  for (std::size_t layer = 0; layer < a.decoder.layers; ++layer) {
    decoder_layer(network, layer, segments, rows, s, capture);
  }
  if (network.weights().decoder_norm) normalise(network, *network.weights().decoder_norm, x, rows);
  return x;
}

}  // namespace transept
