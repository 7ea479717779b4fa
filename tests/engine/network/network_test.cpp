// Small random networks of every layout against the formulas of the paper in double precision,
// recomputed from the whole prefix at each step.

#include "engine/network/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "engine/network/decoder.h"
#include "engine/network/encoder.h"
#include "engine/network/roles.h"
#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

using Ids = std::vector<std::int32_t>;
using Matrix = std::vector<std::vector<double>>;  // [rows][cols]

// One stack, with sizes of its own.
Stack encoder_stack() {
  return {.layers = 2, .heads = 3, .d_head = 4, .d_ff = 20, .embed_scale = 2.0f};
}
Stack decoder_stack() {
  return {.layers = 3,
          .heads = 2,
          .d_head = 6,
          .d_ff = 17,
          .visibility = Visibility::past,
          .embed_scale = 2.0f};
}

// Both stacks changed alike.
struct Layout {
  const char* name;
  void (*change)(Stack& stack);
};

Architecture make_architecture(const Layout& layout) {
  Architecture a;
  a.d_model = 12;
  a.src_vocab = 11;
  a.tgt_vocab = 9;
  a.encoder = encoder_stack();
  a.decoder = decoder_stack();
  layout.change(a.encoder);
  layout.change(a.decoder);
  a.has_head_bias = true;
  return a;
}

// Parameters by role, kept as floats for the oracle too.
struct Parameters {
  TensorMap tensors;

  explicit Parameters(const Architecture& a) {
    std::uint32_t seed = 1;
    for (const Role& role : roles_of(a)) {
      tensors[role.name] =
          make_tensor(random_floats(role.rows * role.cols, seed++, 0.6f), role.rows, role.cols);
    }
  }
};

class Oracle {
 public:
  Oracle(const Architecture& a, const TensorMap& tensors) : a_(a), tensors_(tensors) {}

  Matrix encode(const Ids& ids) const {
    const StackGroups groups = encoder_groups(a_.encoder.layers);
    Matrix x = embed(a_.encoder, groups, ids);
    for (const LayerGroups& layer : groups.layers) {
      branch(a_.encoder, x, layer.self.norm,
             [&](const Matrix& y) { return attention(a_.encoder, layer.self, y, y, false); });
      branch(a_.encoder, x, layer.ffn.norm,
             [&](const Matrix& y) { return feed_forward(a_.encoder, layer.ffn, y); });
    }
    return a_.encoder.final_norm ? norm(a_.encoder, groups.norm, x) : x;
  }

  // cross: receives the weights of every layer's cross-attention, [layers * heads] matrices
  // [ids, memory].
  Matrix decode(const Matrix& memory, const Ids& ids, std::vector<Matrix>* cross = nullptr) const {
    const StackGroups groups = decoder_groups(a_.decoder.layers);
    Matrix x = embed(a_.decoder, groups, ids);
    for (const LayerGroups& layer : groups.layers) {
      branch(a_.decoder, x, layer.self.norm,
             [&](const Matrix& y) { return attention(a_.decoder, layer.self, y, y, true); });
      branch(a_.decoder, x, layer.cross.norm, [&](const Matrix& y) {
        return attention(a_.decoder, layer.cross, y, memory, false, cross);
      });
      branch(a_.decoder, x, layer.ffn.norm,
             [&](const Matrix& y) { return feed_forward(a_.decoder, layer.ffn, y); });
    }
    return a_.decoder.final_norm ? norm(a_.decoder, groups.norm, x) : x;
  }

 private:
  double at(const std::string& role, std::size_t r, std::size_t c) const {
    const Tensor& t = *tensors_.at(role);
    return reinterpret_cast<const float*>(t.bytes.data())[r * t.cols + c];
  }

  double position(const Stack& stack, const StackGroups& groups, std::size_t p,
                  std::size_t c) const {
    const std::size_t d = a_.d_model;
    if (stack.positions == Positions::none) return 0.0;
    if (stack.positions == Positions::learned)
      return at(weight_of(groups.positions), p + stack.position_offset, c);
    const std::size_t j = c % (d / 2);
    const double angle = static_cast<double>(p) /
                         std::pow(10000.0, 2.0 * static_cast<double>(j) / static_cast<double>(d));
    return c < d / 2 ? std::sin(angle) : std::cos(angle);
  }

  Matrix embed(const Stack& stack, const StackGroups& groups, const Ids& ids) const {
    Matrix x;
    for (std::size_t p = 0; p < ids.size(); ++p) {
      std::vector<double> row;
      for (std::size_t c = 0; c < a_.d_model; ++c) {
        row.push_back(at(weight_of(groups.embed), static_cast<std::size_t>(ids[p]), c) *
                          stack.embed_scale +
                      position(stack, groups, p, c));
      }
      x.push_back(row);
    }
    return stack.embed_norm ? norm(stack, groups.embed_norm, x) : x;
  }

  Matrix linear(const std::string& role, const Matrix& x) const {
    Matrix y;
    for (const auto& row : x) {
      std::vector<double> out;
      for (std::size_t o = 0; o < tensors_.at(role + ".weight")->rows; ++o) {
        double sum = tensors_.count(role + ".bias") != 0 ? at(role + ".bias", 0, o) : 0.0;
        for (std::size_t k = 0; k < row.size(); ++k) sum += row[k] * at(role + ".weight", o, k);
        out.push_back(sum);
      }
      y.push_back(out);
    }
    return y;
  }

  Matrix norm(const Stack& stack, const std::string& role, const Matrix& x) const {
    const bool rms = stack.norm == NormRule::rms;
    Matrix y = x;
    for (auto& row : y) {
      double mean = 0, variance = 0;
      for (double v : row) mean += rms ? 0.0 : v / static_cast<double>(row.size());
      for (double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(row.size());
      for (std::size_t c = 0; c < row.size(); ++c) {
        row[c] =
            (row[c] - mean) / std::sqrt(variance + stack.norm_eps) * at(role + ".weight", 0, c) +
            (rms ? 0.0 : at(role + ".bias", 0, c));
      }
    }
    return y;
  }

  void branch(const Stack& stack, Matrix& x, const std::string& its_norm,
              const std::function<Matrix(const Matrix&)>& body) const {
    const bool pre = stack.placement == NormPlacement::pre;
    const Matrix y = body(pre ? norm(stack, its_norm, x) : x);
    for (std::size_t r = 0; r < x.size(); ++r) {
      for (std::size_t c = 0; c < x[r].size(); ++c) x[r][c] += y[r][c];
    }
    if (!pre) x = norm(stack, its_norm, x);
  }

  Matrix attention(const Stack& stack, const AttentionGroups& groups, const Matrix& x,
                   const Matrix& memory, bool causal, std::vector<Matrix>* kept = nullptr) const {
    const Matrix q = linear(groups.q, x), k = linear(groups.k, memory),
                 v = linear(groups.v, memory);
    const std::size_t heads = stack.heads, width = q[0].size(), d_head = width / heads;
    const double scale = stack.attention_scale ? static_cast<double>(*stack.attention_scale)
                                               : 1 / std::sqrt(static_cast<double>(d_head));
    Matrix mixed(x.size(), std::vector<double>(width));
    for (std::size_t h = 0; h < heads; ++h) {
      if (kept != nullptr) kept->emplace_back();
      for (std::size_t r = 0; r < x.size(); ++r) {
        const std::size_t visible = causal ? r + 1 : memory.size();
        std::vector<double> weights(visible);
        double sum = 0;
        for (std::size_t t = 0; t < visible; ++t) {
          double score = 0;
          for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) score += q[r][d] * k[t][d];
          sum += weights[t] = std::exp(score * scale);
        }
        for (double& weight : weights) weight /= sum;
        for (std::size_t t = 0; t < visible; ++t) {
          for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d)
            mixed[r][d] += weights[t] * v[t][d];
        }
        if (kept != nullptr) kept->back().push_back(weights);
      }
    }
    return linear(groups.o, mixed);
  }

  Matrix feed_forward(const Stack& stack, const FeedForwardGroups& groups, const Matrix& x) const {
    Matrix hidden = linear(stack.gated ? groups.gate : groups.in, x);
    for (auto& row : hidden) {
      for (double& v : row) {
        v = stack.activation == Activation::relu ? std::max(v, 0.0) : v / (1 + std::exp(-v));
      }
    }
    if (stack.gated) {
      const Matrix inner = linear(groups.in, x);
      for (std::size_t r = 0; r < hidden.size(); ++r) {
        for (std::size_t c = 0; c < hidden[r].size(); ++c) hidden[r][c] *= inner[r][c];
      }
    }
    return linear(groups.out, hidden);
  }

  const Architecture& a_;
  const TensorMap& tensors_;
};

void expect_rows(const float* got, const Matrix& expected, std::size_t first, std::size_t count) {
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t c = 0; c < expected[first + r].size(); ++c) {
      ASSERT_NEAR(got[r * expected[0].size() + c], expected[first + r][c], 2e-5)
          << "row " << first + r;
    }
  }
}

class EveryLayout : public testing::TestWithParam<Layout> {};

TEST_P(EveryLayout, EncoderAndCachedDecoderAgreeWithTheFormulas) {
  const Architecture a = make_architecture(GetParam());
  const Parameters parameters(a);
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  ASSERT_TRUE(network.ok()) << network.status().message();
  const Oracle oracle(a, parameters.tensors);

  // Two segments of different lengths at once.
  const Ids sources[] = {{3, 1, 4, 1, 5, 9, 2, 6}, {10}};
  const Ids targets[] = {{0, 8, 7, 2, 2}, {0, 1, 3, 5, 7}};
  const std::span<const std::int32_t> segments[] = {sources[0], sources[1]};
  EncoderScratch encoder;
  const float* states = encode(**network, segments, encoder);
  const Matrix memories[] = {oracle.encode(sources[0]), oracle.encode(sources[1])};
  expect_rows(states, memories[0], 0, 8);
  expect_rows(states + 8 * a.d_model, memories[1], 0, 1);

  BlockPool pool = make_block_pool(**network);
  SegmentCache caches[2];
  SegmentCache* pointers[] = {&caches[0], &caches[1]};
  const std::size_t lengths[] = {8, 1};
  DecoderScratch decoder;
  remember_sources(**network, states, pointers, lengths, decoder);
  const Matrix expected[] = {oracle.decode(memories[0], targets[0]),
                             oracle.decode(memories[1], targets[1])};
  for (std::size_t t = 0; t < 5; ++t) {
    std::vector<StepSegment> step;
    for (std::size_t s = 0; s < 2; ++s) {
      const std::int32_t parents[] = {t == 0 ? -1 : 0};
      caches[s].reorder(parents);
      caches[s].extend(pool);
      step.push_back({&caches[s], std::span(targets[s]).subspan(t, 1)});
    }
    const float* hidden = decode_step(**network, step, pool, decoder);
    expect_rows(hidden, expected[0], t, 1);
    expect_rows(hidden + a.d_model, expected[1], t, 1);
  }
  for (SegmentCache& cache : caches) cache.end(pool);
}

TEST_P(EveryLayout, ReorderedHypothesesSeeTheirOwnPast) {
  const Architecture a = make_architecture(GetParam());
  const Parameters parameters(a);
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  ASSERT_TRUE(network.ok()) << network.status().message();
  const Oracle oracle(a, parameters.tensors);
  const Ids source = {7, 0, 2};
  const std::span<const std::int32_t> segments[] = {source};
  EncoderScratch encoder;
  DecoderScratch decoder;
  BlockPool pool = make_block_pool(**network);
  SegmentCache cache;
  SegmentCache* pointers[] = {&cache};
  const std::size_t lengths[] = {3};
  remember_sources(**network, encode(**network, segments, encoder), pointers, lengths, decoder);

  const std::vector<Ids> parents = {{-1}, {0, 0, 0}, {2, 0, 0}, {1, 2, 1}};
  const std::vector<Ids> tokens = {{0}, {1, 2, 3}, {4, 5, 6}, {7, 8, 1}};
  std::vector<Ids> prefixes;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    std::vector<Ids> next;
    for (std::size_t r = 0; r < tokens[t].size(); ++r) {
      next.push_back(t == 0 ? Ids{} : prefixes[static_cast<std::size_t>(parents[t][r])]);
      next.back().push_back(tokens[t][r]);
    }
    prefixes = next;
    cache.reorder(parents[t]);
    cache.extend(pool);
    const StepSegment step[] = {{&cache, tokens[t]}};
    const float* hidden = decode_step(**network, step, pool, decoder);
    for (std::size_t r = 0; r < prefixes.size(); ++r) {
      expect_rows(hidden + r * a.d_model, oracle.decode(oracle.encode(source), prefixes[r]), t, 1);
    }
  }
  cache.end(pool);
}

// Of three segments in one step one asks for all layers, one for the last, one for nothing.
TEST_P(EveryLayout, CrossAttentionIsCapturedForTheSegmentsThatAsk) {
  const Architecture a = make_architecture(GetParam());
  const Parameters parameters(a);
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  ASSERT_TRUE(network.ok()) << network.status().message();
  const Oracle oracle(a, parameters.tensors);
  const Ids sources[] = {{3, 1, 4, 1, 5}, {10, 2}, {6, 6, 8}};
  const std::span<const std::int32_t> segments[] = {sources[0], sources[1], sources[2]};
  EncoderScratch encoder;
  DecoderScratch decoder;
  BlockPool pool = make_block_pool(**network);
  SegmentCache caches[3];
  SegmentCache* pointers[] = {&caches[0], &caches[1], &caches[2]};
  const std::size_t lengths[] = {5, 2, 3};
  remember_sources(**network, encode(**network, segments, encoder), pointers, lengths, decoder);

  // layers: asks for nothing
  const std::size_t first_layers[] = {0, a.decoder.layers, a.decoder.layers - 1};
  // of two rows, step by step
  const Ids tokens[] = {{0, 0}, {7, 2}, {5, 1}};
  for (std::size_t t = 0; t < 3; ++t) {
    CrossCapture captures[3];
    std::vector<StepSegment> step;
    for (std::size_t s = 0; s < 3; ++s) {
      caches[s].reorder(t == 0 ? Ids{-1, -1} : Ids{0, 1});
      caches[s].extend(pool);
      captures[s].first_layer = first_layers[s];
      step.push_back({&caches[s], tokens[t], s == 1 ? nullptr : &captures[s]});
    }
    decode_step(**network, step, pool, decoder);
    for (const std::size_t s : {0u, 2u}) {
      for (std::size_t row = 0; row < 2; ++row) {
        Ids prefix;
        for (std::size_t i = 0; i <= t; ++i) prefix.push_back(tokens[i][row]);
        std::vector<Matrix> cross;
        oracle.decode(oracle.encode(sources[s]), prefix, &cross);
        const float* got = captures[s].weights.data() + row * lengths[s];
        for (std::size_t map = first_layers[s] * a.decoder.heads; map < cross.size(); ++map) {
          for (std::size_t i = 0; i < lengths[s]; ++i) EXPECT_NEAR(got[i], cross[map][t][i], 2e-5);
          got += 2 * lengths[s];
        }
      }
    }
  }
  for (SegmentCache& cache : caches) cache.end(pool);
}

const Layout kLayouts[] = {
    {"post_norm", [](Stack& s) { s.activation = Activation::swish; }},
    {"embedding_norm", [](Stack& s) { s.embed_norm = true; }},
    {"pre_norm",
     [](Stack& s) {
       s.placement = NormPlacement::pre;
       s.final_norm = true;
     }},
    {"pre_norm_with_embedding_norm",
     [](Stack& s) {
       s.placement = NormPlacement::pre;
       s.embed_norm = s.final_norm = true;
       s.activation = Activation::swish;
     }},
    {"rms_norm",
     [](Stack& s) {
       s.norm = NormRule::rms;
       s.norm_eps = 1e-3f;
     }},
    {"without_biases", [](Stack& s) { s.biases = false; }},
    {"gated",
     [](Stack& s) {
       s.gated = true;
       s.activation = Activation::swish;
     }},
    {"like_t5",
     [](Stack& s) {
       s.placement = NormPlacement::pre;
       s.norm = NormRule::rms;
       s.final_norm = s.gated = true;
       s.biases = false;
       s.positions = Positions::none;
       s.attention_scale = 1.0f;
       s.embed_scale = 1.0f;
     }},
    {"learned_positions",
     [](Stack& s) {
       s.positions = Positions::learned;
       s.position_offset = 2;
       s.max_positions = 9;
     }},
    {"unlike_stacks",
     [](Stack& s) {
       const bool decoder = s.visibility == Visibility::past;
       s.placement = decoder ? NormPlacement::pre : NormPlacement::post;
       s.norm = decoder ? NormRule::rms : NormRule::layer;
       s.activation = decoder ? Activation::swish : Activation::relu;
       s.gated = s.final_norm = !decoder;
       s.biases = decoder;
       s.embed_scale = decoder ? 0.5f : 3.0f;
       s.positions = decoder ? Positions::sinusoid : Positions::none;
       s.heads = 1;
       s.d_head = decoder ? 5 : 12;
     }},
};
INSTANTIATE_TEST_SUITE_P(Network, EveryLayout, testing::ValuesIn(kLayouts),
                         [](const auto& one) { return one.param.name; });

TEST(Network, AMissingParameterIsNamedByItsRole) {
  const Architecture a = make_architecture(kLayouts[0]);
  Parameters parameters(a);
  ASSERT_EQ(parameters.tensors.erase("decoder.layer[1].cross.k.weight"), 1u);
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  EXPECT_EQ(network.status().code(), Code::kCorrupt);
  EXPECT_NE(network.status().message().find("decoder.layer[1].cross.k.weight"), std::string::npos);
}

// What later versions run is described by an architecture already.
TEST(Network, WhatItCannotRunIsRefused) {
  void (*const changes[])(Stack&) = {[](Stack& s) { s.mixer = Mixer::ssru; },
                                     [](Stack& s) { s.mixer = Mixer::average; },
                                     [](Stack& s) { s.visibility = Visibility::window; },
                                     [](Stack& s) {
                                       s.relative = RelativeBias{32, 128};
                                     }};
  for (const auto change : changes) {
    for (const bool decoder : {false, true}) {
      Architecture a = make_architecture(kLayouts[0]);
      const Parameters parameters(a);
      change(decoder ? a.decoder : a.encoder);
      const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
      EXPECT_EQ(network.status().code(), Code::kUnsupported);
    }
  }
}

}  // namespace
}  // namespace transept
