// What encoder and decoder layers share: embedding, residual branches with their norm,
// feed-forward.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/network/network.h"
#include "engine/network/weights.h"
#include "engine/ops/attention.h"
#include "engine/ops/norm.h"

namespace transept {

inline HeadShape head_shape(const Stack& stack) { return {stack.heads, stack.d_head}; }

// What all attention of a stack has in common; rows, positions and results are the caller's to fill
// in. scores: see attention_scratch.
Attention stack_attention(const Stack& stack, CellNumbers numbers, float* scores);

// y = table[id] * scale + position (and the embedding's norm). y: [D].
void embed_token(const Network& network, const Stack& stack, const Embedding& embedding,
                 std::int32_t id, std::size_t position, float* y);

// One residual branch around x [rows, D], in place. `body(input, residual, y)` must write
// branch(input) + residual to y, which is x again or `normed`.
//   post-norm: x = norm(x + branch(x));   pre-norm: x = x + branch(norm(x))
template <class Body>
void residual_branch(const Network& network, const Stack& stack, const Norm& norm, float* x,
                     float* normed, std::size_t rows, Body body) {
  if (stack.placement == NormPlacement::pre) {
    normalise(network.kernels(), norm, x, rows, normed);
    body(static_cast<const float*>(normed), static_cast<const float*>(x), x);
  } else {
    body(static_cast<const float*>(x), static_cast<const float*>(x), normed);
    normalise(network.kernels(), norm, normed, rows, x);
  }
}

// Floats of a feed-forward layer's inner rows.
inline std::size_t hidden_floats(const Stack& stack, std::size_t rows) {
  return rows * stack.d_ff * (stack.gated ? 2 : 1);
}

// x = x + out(activation(in(x))), or x + out(activation(gate(x)) * in(x)), with its norm.
// hidden: hidden_floats(), normed: [rows, D].
void feed_forward(const Network& network, const Stack& stack, const FeedForwardWeights& weights,
                  float* x, float* normed, float* hidden, std::size_t rows, LinearScratch& scratch);

}  // namespace transept
