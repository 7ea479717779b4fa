// Weights: the parameters of a network, packed for the kernels, by role.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "engine/network/positions.h"
#include "engine/ops/linear/linear.h"
#include "engine/ops/norm.h"

namespace transept {

struct SelfAttentionWeights {
  // [3 W, D]: queries, keys, values of one input as one product, heads interleaved
  Linear qkv;
  Linear out;  // [D, W], W: HeadShape::width()
  Norm norm;
};

struct CrossAttentionWeights {
  Linear q;    // [W, D]
  Linear out;  // [D, W]
  Norm norm;
};

struct FeedForwardWeights {
  Linear in;    // [F, D]
  Linear gate;  // [F, D], of a gated stack
  Linear out;   // [D, F]
  Norm norm;
};

struct EncoderLayerWeights {
  SelfAttentionWeights self;
  FeedForwardWeights ffn;
};

struct DecoderLayerWeights {
  SelfAttentionWeights self;
  CrossAttentionWeights cross;
  FeedForwardWeights ffn;
};

// Rows are read from the model file as they are needed: a sentence touches few of them.
struct Embedding {
  std::shared_ptr<const Tensor> table;  // [vocab, D]
  std::optional<Norm> norm;
  std::unique_ptr<PositionTable> positions;
};

struct Weights {
  Embedding encoder_embedding;
  Embedding decoder_embedding;
  std::vector<EncoderLayerWeights> encoder;
  std::vector<DecoderLayerWeights> decoder;
  std::optional<Norm> encoder_norm;
  std::optional<Norm> decoder_norm;
  // [layers * 2 W, D]: keys, values of layer 0, keys, values of layer 1, ...
  Linear cross_kv;
  Linear head;  // [vocab, D]
};

}  // namespace transept
