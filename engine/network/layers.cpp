#include "engine/network/layers.h"

#include <cmath>

#include "engine/ops/elementwise.h"
#include "engine/ops/embedding.h"

namespace transept {
namespace {

Epilogue epilogue_of(Activation activation) {
  switch (activation) {
    case Activation::relu: return Epilogue::relu;
    case Activation::gelu: return Epilogue::gelu;
    case Activation::gelu_new: return Epilogue::gelu_new;
    case Activation::swish: return Epilogue::swish;
    case Activation::quick_gelu: return Epilogue::quick_gelu;
  }
  return Epilogue::none;
}

}  // namespace

Attention stack_attention(const Stack& stack, CellNumbers numbers, float* scores) {
  const HeadShape shape = head_shape(stack);
  return {
      .q = nullptr,
      .ldq = 0,
      .cells = nullptr,
      .key_offset = 0,
      .value_offset = 0,
      .numbers = numbers,
      .rows = 0,
      .steps = 0,
      .heads = shape.heads,
      .lanes = shape.lanes(),
      .width = shape.width(),
      .scale = stack.attention_scale.value_or(1.0f / std::sqrt(static_cast<float>(stack.d_head))),
      .scores = scores,
      .out = nullptr,
      .ldo = shape.width(),
      .probabilities = nullptr};
}

void embed_token(const Network& network, const Stack& stack, const Embedding& embedding,
                 std::int32_t id, std::size_t position, float* y) {
  embed(network.kernels(), *embedding.table, id, stack.embed_scale,
        embedding.positions->row(position), y);
  if (embedding.norm) normalise(network.kernels(), *embedding.norm, y, 1, y);
}

void feed_forward(const Network& network, const Stack& stack, const FeedForwardWeights& weights,
                  float* x, float* normed, float* hidden, std::size_t rows,
                  LinearScratch& scratch) {
  const KernelTable& kernels = network.kernels();
  const Epilogue activation = epilogue_of(stack.activation);
  residual_branch(network, stack, weights.norm, x, normed, rows,
                  [&](const float* input, const float* residual, float* y) {
                    if (stack.gated) {
                      float* inner = hidden + rows * stack.d_ff;
                      linear(kernels, weights.gate, input, rows, scratch, hidden, activation);
                      linear(kernels, weights.in, input, rows, scratch, inner);
                      multiply(kernels, hidden, inner, rows * stack.d_ff, hidden);
                    } else {
                      linear(kernels, weights.in, input, rows, scratch, hidden, activation);
                    }
                    linear(kernels, weights.out, hidden, rows, scratch, y, Epilogue::none,
                           residual);
                  });
}

}  // namespace transept
