// What encoder and decoder layers share: embedding, residual branches with their norm,
// feed-forward.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/kernels/kernel_table.h"
#include "engine/network/network.h"
#include "engine/network/weights.h"
#include "engine/ops/attention.h"

namespace transept {

// Floats of scores that attend() needs.
inline std::size_t attention_scratch(std::size_t rows, std::size_t steps) {
  return (rows < kAttentionRows ? rows : kAttentionRows) * steps * kPanel;
}

inline HeadShape head_shape(const StackShape& stack) { return {stack.heads, stack.d_head}; }

// What all attention of a stack has in common; rows, positions and results are the caller's to fill
// in. scores: see attention_scratch.
Attention stack_attention(const StackShape& stack, CellNumbers numbers, float* scores);

// y = table[id] * scale + position (and the embedding's norm). y: [D].
void embed(const Network& network, const Embedding& embedding, std::int32_t id,
           std::size_t position, float* y);

// x = norm(x), in place. x: [rows, D].
void normalise(const Network& network, const Norm& norm, float* x, std::size_t rows) noexcept;

// One residual branch around x [rows, D], in place. `body(input, residual, y)` must write
// branch(input) + residual to y, which is x again or `normed`.
//   post-norm: x = norm(x + branch(x));   pre-norm: x = x + branch(norm(x))
template <class Body>
void residual_branch(const Network& network, const Norm& norm, float* x, float* normed,
                     std::size_t rows, Body body) {
  const KernelTable& kernels = network.kernels();
  const Architecture& a = network.architecture();
  if (a.norm_placement == NormPlacement::pre) {
    kernels.layer_norm(x, norm.gamma.data(), norm.beta.data(), a.norm_eps, rows, a.d_model, normed);
    body(static_cast<const float*>(normed), static_cast<const float*>(x), x);
  } else {
    body(static_cast<const float*>(x), static_cast<const float*>(x), normed);
    kernels.layer_norm(normed, norm.gamma.data(), norm.beta.data(), a.norm_eps, rows, a.d_model, x);
  }
}

// x = x + out(activation(in(x))) with its norm. hidden: [rows, F], normed: [rows, D].
void feed_forward(const Network& network, const FeedForwardWeights& weights, float* x,
                  float* normed, float* hidden, std::size_t rows, LinearScratch& scratch);

}  // namespace transept
