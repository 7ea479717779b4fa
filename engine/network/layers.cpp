#include "engine/network/layers.h"

#include <cmath>

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

Attention stack_attention(const StackShape& stack, CellNumbers numbers, float* scores) {
  const HeadShape shape = head_shape(stack);
  return {.q = nullptr,
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
          // Vaswani et al. 2017, eq. 1
          .scale = 1.0f / std::sqrt(static_cast<float>(stack.d_head)),
          .scores = scores,
          .out = nullptr,
          .ldo = shape.width(),
          .probabilities = nullptr};
}

void embed(const Network& network, const Embedding& embedding, std::int32_t id,
           std::size_t position, float* y) {
  const Architecture& a = network.architecture();
  read_rows(*embedding.table, static_cast<std::size_t>(id), 1, y);
  network.kernels().scale_add(y, a.embed_scale, embedding.positions->row(position), a.d_model, y);
  if (embedding.norm) normalise(network, *embedding.norm, y, 1);
}

void normalise(const Network& network, const Norm& norm, float* x, std::size_t rows) noexcept {
  const Architecture& a = network.architecture();
  network.kernels().layer_norm(x, norm.gamma.data(), norm.beta.data(), a.norm_eps, rows, a.d_model,
                               x);
}

void feed_forward(const Network& network, const FeedForwardWeights& weights, float* x,
                  float* normed, float* hidden, std::size_t rows, LinearScratch& scratch) {
  residual_branch(network, weights.norm, x, normed, rows,
                  [&](const float* input, const float* residual, float* y) {
                    const KernelTable& kernels = network.kernels();
                    linear(kernels, weights.in, input, rows, scratch, hidden,
                           epilogue_of(network.architecture().activation));
                    linear(kernels, weights.out, hidden, rows, scratch, y, Epilogue::none,
                           residual);
                  });
}

}  // namespace transept
