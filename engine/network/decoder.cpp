#include "engine/network/decoder.h"

#include <algorithm>

#include "engine/base/try.h"
#include "engine/network/layers.h"
#include "engine/network/weights.h"
#include "engine/ops/attention.h"

namespace transept {
namespace {

using Step = std::span<const StepSegment>;

Attention decoder_attention(const Network& network, DecoderScratch& s) {
  return stack_attention(network.architecture().decoder, cell_format(network).numbers,
                         s.scores.data());
}

// Writes the new keys and values where they will stay, then attends to each position's past, in
// which the step's earlier tokens of the same row stand already.
void self_attention(const Network& network, std::size_t layer, Step segments, const BlockPool& pool,
                    DecoderScratch& s) {
  Attention attention = decoder_attention(network, s);
  const std::size_t width = attention.width;
  const CellOffsets offsets = pool.offsets(layer);
  attention.rows = 1;
  attention.key_offset = offsets.key;
  attention.value_offset = offsets.value;
  attention.q = s.qkv.data();
  attention.out = s.mixed.data();
  for (const StepSegment& segment : segments) {
    for (std::size_t i = 0; i < segment.cache->positions(); ++i) {
      std::byte* cell = segment.cache->newest(i);
      pool.format().store(network.kernels(), attention.q + width, cell + offsets.key);
      pool.format().store(network.kernels(), attention.q + 2 * width, cell + offsets.value);
      const auto past = segment.cache->past(i);
      attention.cells = past.data();
      attention.steps = past.size();
      attend(network.kernels(), attention, {segment.capture, AttentionKind::decoder_self, layer, i},
             s.captured);
      attention.q += 3 * width;
      attention.out += width;
    }
  }
}

// All hypotheses of a segment attend to its one memory together.
void cross_attention(const Network& network, std::size_t layer, Step segments, DecoderScratch& s) {
  Attention attention = decoder_attention(network, s);
  attention.q = s.q.data();
  attention.ldq = attention.width;
  attention.out = s.mixed.data();
  for (const StepSegment& segment : segments) {
    const auto sources = segment.cache->sources();
    attention.rows = segment.cache->positions();
    attention.cells = sources.data();
    attention.steps = sources.size();
    attention.key_offset = segment.cache->source_offsets(layer).key;
    attention.value_offset = segment.cache->source_offsets(layer).value;
    attend(network.kernels(), attention, {segment.capture, AttentionKind::cross, layer},
           s.captured);
    attention.q += attention.rows * attention.width;
    attention.out += attention.rows * attention.width;
  }
}

void decoder_layer(const Network& network, std::size_t layer, Step segments, std::size_t rows,
                   const BlockPool& pool, DecoderScratch& s) {
  const KernelTable& kernels = network.kernels();
  const Stack& stack = network.architecture().decoder;
  const DecoderLayerWeights& w = network.weights().decoder[layer];
  residual_branch(network, stack, w.self.norm, s.x.data(), s.branch.data(), rows,
                  [&](const float* input, const float* residual, float* y) {
                    linear(kernels, w.self.qkv, input, rows, s.linear, s.qkv.data());
                    self_attention(network, layer, segments, pool, s);
                    linear(kernels, w.self.out, s.mixed.data(), rows, s.linear, y, Epilogue::none,
                           residual);
                  });
  s.clock.lap(Phase::self_attention);
  residual_branch(network, stack, w.cross.norm, s.x.data(), s.branch.data(), rows,
                  [&](const float* input, const float* residual, float* y) {
                    linear(kernels, w.cross.q, input, rows, s.linear, s.q.data());
                    cross_attention(network, layer, segments, s);
                    linear(kernels, w.cross.out, s.mixed.data(), rows, s.linear, y, Epilogue::none,
                           residual);
                  });
  s.clock.lap(Phase::cross_attention);
  feed_forward(network, stack, w.ffn, s.x.data(), s.branch.data(), s.hidden.data(), rows, s.linear);
  s.clock.lap(Phase::feed_forward);
}

}  // namespace

BlockPool make_block_pool(const Network& network) { return BlockPool(cell_format(network)); }

void remember_sources(const Network& network, const float* encoded,
                      std::span<SegmentCache* const> caches, std::span<const std::size_t> src_lens,
                      DecoderScratch& s) {
  // Enough rows to use each panel of weights well, few enough that keys and values stay in cache.
  constexpr std::size_t kTokensAtOnce = 64;
  const Architecture& a = network.architecture();
  const Linear& kv = network.weights().cross_kv;
  const CellFormat format = cell_format(network);
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
      caches[first]->begin(network.kernels(), format, rows, src_lens[first]);
      rows += src_lens[first] * kv.out;
    }
  }
}

const float* decode_step(const Network& network, Step segments, const BlockPool& pool,
                         DecoderScratch& s) {
  const Architecture& a = network.architecture();
  const std::size_t width = head_shape(a.decoder).width();
  std::size_t rows = 0;
  std::size_t scores = 0;
  for (const StepSegment& segment : segments) {
    const std::size_t positions = segment.cache->positions();
    TRANSEPT_DCHECK(positions > 0 && segment.tokens.size() == positions);
    rows += positions;
    scores = std::max({scores, attention_scratch(1, segment.cache->past(positions - 1).size()),
                       attention_scratch(positions, segment.cache->src_len())});
  }
  float* x = s.x.ensure(rows * a.d_model);
  s.branch.ensure(rows * a.d_model);
  s.qkv.ensure(rows * 3 * width);
  s.q.ensure(rows * width);
  s.mixed.ensure(rows * width);
  s.hidden.ensure(hidden_floats(a.decoder, rows));
  s.scores.ensure(scores);

  float* row = x;
  for (const StepSegment& segment : segments) {
    for (std::size_t i = 0; i < segment.tokens.size(); ++i, row += a.d_model) {
      embed_token(network, a.decoder, network.weights().decoder_embedding, segment.tokens[i],
                  segment.cache->past(i).size() - 1, row);
    }
  }
  s.clock.lap(Phase::embed);
  for (std::size_t layer = 0; layer < a.decoder.layers; ++layer) {
    decoder_layer(network, layer, segments, rows, pool, s);
  }
  if (const auto& norm = network.weights().decoder_norm) {
    normalise(network.kernels(), *norm, x, rows, x);
  }
  return x;
}

}  // namespace transept
