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
#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

using Ids = std::vector<std::int32_t>;
using Matrix = std::vector<std::vector<double>>;  // [rows][cols]

struct Layout {
  NormPlacement placement;
  bool embed_norm;
  bool final_norm;
  Activation activation;
};

Architecture make_architecture(const Layout& layout) {
  Architecture a;
  a.d_model = 12;
  a.src_vocab = 11;
  a.tgt_vocab = 9;
  a.encoder = {.layers = 2, .heads = 3, .d_head = 4, .d_ff = 20};
  a.decoder = {.layers = 3, .heads = 2, .d_head = 6, .d_ff = 17};
  a.activation = layout.activation;
  a.norm_placement = layout.placement;
  a.embed_norm = layout.embed_norm;
  a.final_norm = layout.final_norm;
  a.embed_scale = 2.0f;
  a.has_head_bias = true;
  return a;
}

// Parameters by role, kept as floats for the oracle too.
struct Parameters {
  TensorMap tensors;
  std::uint32_t seed = 1;

  void matrix(const std::string& role, std::size_t rows, std::size_t cols) {
    tensors[role] = make_tensor(random_floats(rows * cols, seed++, 0.6f), rows, cols);
  }
  void linear(const std::string& role, std::size_t out, std::size_t in) {
    matrix(role + ".weight", out, in);
    matrix(role + ".bias", 1, out);
  }
  void norm(const std::string& role, std::size_t d) {
    matrix(role + ".weight", 1, d);
    matrix(role + ".bias", 1, d);
  }
  void attention(const std::string& role, std::size_t d) {
    for (const char* part : {".q", ".k", ".v", ".o"}) linear(role + part, d, d);
    norm(role + ".norm", d);
  }

  explicit Parameters(const Architecture& a) {
    matrix("encoder.embed.weight", a.src_vocab, a.d_model);
    matrix("decoder.embed.weight", a.tgt_vocab, a.d_model);
    linear("head", a.tgt_vocab, a.d_model);
    for (const bool decoder : {false, true}) {
      const std::string stack = decoder ? "decoder" : "encoder";
      const StackShape& shape = decoder ? a.decoder : a.encoder;
      if (a.embed_norm) norm(stack + ".embed.norm", a.d_model);
      if (a.final_norm) norm(stack + ".norm", a.d_model);
      for (std::size_t i = 0; i < shape.layers; ++i) {
        const std::string layer = stack + ".layer[" + std::to_string(i) + "]";
        attention(layer + ".self", a.d_model);
        if (decoder) attention(layer + ".cross", a.d_model);
        linear(layer + ".ffn.in", shape.d_ff, a.d_model);
        linear(layer + ".ffn.out", a.d_model, shape.d_ff);
        norm(layer + ".ffn.norm", a.d_model);
      }
    }
  }
};

class Oracle {
 public:
  Oracle(const Architecture& a, const TensorMap& tensors) : a_(a), tensors_(tensors) {}

  Matrix encode(const Ids& ids) const {
    Matrix x = embed("encoder", ids);
    for (std::size_t i = 0; i < a_.encoder.layers; ++i) {
      const std::string layer = "encoder.layer[" + std::to_string(i) + "]";
      branch(x, layer + ".self", [&](const Matrix& y) {
        return attention(layer + ".self", y, y, a_.encoder.heads, false);
      });
      branch(x, layer + ".ffn", [&](const Matrix& y) { return feed_forward(layer + ".ffn", y); });
    }
    return a_.final_norm ? norm("encoder.norm", x) : x;
  }

  // cross: receives the weights of every layer's cross-attention, [layers * heads] matrices
  // [ids, memory].
  Matrix decode(const Matrix& memory, const Ids& ids, std::vector<Matrix>* cross = nullptr) const {
    Matrix x = embed("decoder", ids);
    for (std::size_t i = 0; i < a_.decoder.layers; ++i) {
      const std::string layer = "decoder.layer[" + std::to_string(i) + "]";
      branch(x, layer + ".self", [&](const Matrix& y) {
        return attention(layer + ".self", y, y, a_.decoder.heads, true);
      });
      branch(x, layer + ".cross", [&](const Matrix& y) {
        return attention(layer + ".cross", y, memory, a_.decoder.heads, false, cross);
      });
      branch(x, layer + ".ffn", [&](const Matrix& y) { return feed_forward(layer + ".ffn", y); });
    }
    return a_.final_norm ? norm("decoder.norm", x) : x;
  }

 private:
  double at(const std::string& role, std::size_t r, std::size_t c) const {
    const Tensor& t = *tensors_.at(role);
    return reinterpret_cast<const float*>(t.bytes.data())[r * t.cols + c];
  }

  Matrix embed(const std::string& stack, const Ids& ids) const {
    Matrix x;
    const std::size_t d = a_.d_model;
    for (std::size_t p = 0; p < ids.size(); ++p) {
      std::vector<double> row;
      for (std::size_t c = 0; c < d; ++c) {
        const std::size_t j = c % (d / 2);
        const double angle =
            static_cast<double>(p) /
            std::pow(10000.0, 2.0 * static_cast<double>(j) / static_cast<double>(d));
        row.push_back(at(stack + ".embed.weight", static_cast<std::size_t>(ids[p]), c) *
                          a_.embed_scale +
                      (c < d / 2 ? std::sin(angle) : std::cos(angle)));
      }
      x.push_back(row);
    }
    return a_.embed_norm ? norm(stack + ".embed.norm", x) : x;
  }

  Matrix linear(const std::string& role, const Matrix& x) const {
    Matrix y;
    for (const auto& row : x) {
      std::vector<double> out;
      for (std::size_t o = 0; o < tensors_.at(role + ".weight")->rows; ++o) {
        double sum = at(role + ".bias", 0, o);
        for (std::size_t k = 0; k < row.size(); ++k) sum += row[k] * at(role + ".weight", o, k);
        out.push_back(sum);
      }
      y.push_back(out);
    }
    return y;
  }

  Matrix norm(const std::string& role, const Matrix& x) const {
    Matrix y = x;
    for (auto& row : y) {
      double mean = 0, variance = 0;
      for (double v : row) mean += v / static_cast<double>(row.size());
      for (double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(row.size());
      for (std::size_t c = 0; c < row.size(); ++c) {
        row[c] = (row[c] - mean) / std::sqrt(variance + a_.norm_eps) * at(role + ".weight", 0, c) +
                 at(role + ".bias", 0, c);
      }
    }
    return y;
  }

  void branch(Matrix& x, const std::string& role,
              const std::function<Matrix(const Matrix&)>& body) const {
    const bool pre = a_.norm_placement == NormPlacement::pre;
    const Matrix y = body(pre ? norm(role + ".norm", x) : x);
    for (std::size_t r = 0; r < x.size(); ++r) {
      for (std::size_t c = 0; c < x[r].size(); ++c) x[r][c] += y[r][c];
    }
    if (!pre) x = norm(role + ".norm", x);
  }

  Matrix attention(const std::string& role, const Matrix& x, const Matrix& memory,
                   std::size_t heads, bool causal, std::vector<Matrix>* kept = nullptr) const {
    const Matrix q = linear(role + ".q", x), k = linear(role + ".k", memory),
                 v = linear(role + ".v", memory);
    const std::size_t width = q[0].size(), d_head = width / heads;
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
          sum += weights[t] = std::exp(score / std::sqrt(static_cast<double>(d_head)));
        }
        for (double& weight : weights) weight /= sum;
        for (std::size_t t = 0; t < visible; ++t) {
          for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d)
            mixed[r][d] += weights[t] * v[t][d];
        }
        if (kept != nullptr) kept->back().push_back(weights);
      }
    }
    return linear(role + ".o", mixed);
  }

  Matrix feed_forward(const std::string& role, const Matrix& x) const {
    Matrix hidden = linear(role + ".in", x);
    for (auto& row : hidden) {
      for (double& v : row) {
        v = a_.activation == Activation::relu ? std::max(v, 0.0) : v / (1 + std::exp(-v));
      }
    }
    return linear(role + ".out", hidden);
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

INSTANTIATE_TEST_SUITE_P(
    Network, EveryLayout,
    testing::Values(Layout{NormPlacement::post, false, false, Activation::swish},
                    Layout{NormPlacement::post, true, false, Activation::relu},
                    Layout{NormPlacement::pre, false, true, Activation::relu},
                    Layout{NormPlacement::pre, true, true, Activation::swish}));

TEST(Network, AMissingParameterIsNamedByItsRole) {
  const Architecture a = make_architecture({NormPlacement::post, false, false, Activation::relu});
  Parameters parameters(a);
  parameters.tensors.erase("decoder.layer[1].cross.k.weight");
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  EXPECT_EQ(network.status().code(), Code::kCorrupt);
  EXPECT_NE(network.status().message().find("decoder.layer[1].cross.k.weight"), std::string::npos);
}

}  // namespace
}  // namespace transept
