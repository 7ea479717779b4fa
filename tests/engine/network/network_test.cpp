// Small random networks of every layout against the formulas of the paper in double precision,
// recomputed from the whole prefix at each step.

#include "engine/network/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/base/team.h"
#include "engine/network/capture.h"
#include "engine/network/decoder.h"
#include "engine/network/encoder.h"
#include "engine/network/roles.h"
#include "tests/support/every_isa.h"
#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

using Ids = std::vector<std::int32_t>;
using Matrix = std::vector<std::vector<double>>;  // [rows][cols]
// [layers * heads] matrices of weights [positions][positions read].
using Kept = std::map<AttentionKind, std::vector<Matrix>>;

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

  // kept: receives the weights of every layer and head.
  Matrix encode(const Ids& ids, Kept* kept = nullptr) const {
    const StackGroups groups = encoder_groups(a_.encoder.layers);
    Matrix x = embed(a_.encoder, groups, ids);
    for (const LayerGroups& layer : groups.layers) {
      branch(a_.encoder, x, layer.self.norm, [&](const Matrix& y) {
        return attention(a_.encoder, layer.self, AttentionKind::encoder_self, y, y, kept);
      });
      branch(a_.encoder, x, layer.ffn.norm,
             [&](const Matrix& y) { return feed_forward(a_.encoder, layer.ffn, y); });
    }
    return a_.encoder.final_norm ? norm(a_.encoder, groups.norm, x) : x;
  }

  Matrix decode(const Matrix& memory, const Ids& ids, Kept* kept = nullptr) const {
    const StackGroups groups = decoder_groups(a_.decoder.layers);
    Matrix x = embed(a_.decoder, groups, ids);
    for (const LayerGroups& layer : groups.layers) {
      branch(a_.decoder, x, layer.self.norm, [&](const Matrix& y) {
        return attention(a_.decoder, layer.self, AttentionKind::decoder_self, y, y, kept);
      });
      branch(a_.decoder, x, layer.cross.norm, [&](const Matrix& y) {
        return attention(a_.decoder, layer.cross, AttentionKind::cross, y, memory, kept);
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
    if (stack.positions == Positions::learned) {
      return at(weight_of(groups.positions), p + stack.position_offset, c);
    }
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

  Matrix attention(const Stack& stack, const AttentionGroups& groups, AttentionKind kind,
                   const Matrix& x, const Matrix& memory, Kept* kept) const {
    const Matrix q = linear(groups.q, x), k = linear(groups.k, memory),
                 v = linear(groups.v, memory);
    const std::size_t heads = stack.heads, width = q[0].size(), d_head = width / heads;
    const double scale = stack.attention_scale ? static_cast<double>(*stack.attention_scale)
                                               : 1 / std::sqrt(static_cast<double>(d_head));
    Matrix mixed(x.size(), std::vector<double>(width));
    for (std::size_t h = 0; h < heads; ++h) {
      Matrix all;
      for (std::size_t r = 0; r < x.size(); ++r) {
        const std::size_t visible = kind == AttentionKind::decoder_self ? r + 1 : memory.size();
        std::vector<double> weights(visible);
        double sum = 0;
        for (std::size_t t = 0; t < visible; ++t) {
          double score = 0;
          for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) score += q[r][d] * k[t][d];
          sum += weights[t] = std::exp(score * scale);
        }
        for (double& weight : weights) weight /= sum;
        for (std::size_t t = 0; t < visible; ++t) {
          for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
            mixed[r][d] += weights[t] * v[t][d];
          }
        }
        all.push_back(weights);
      }
      if (kept != nullptr) (*kept)[kind].push_back(all);
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
  const EncoderSegment segments[] = {{sources[0]}, {sources[1]}};
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
  const EncoderSegment segments[] = {{source}};
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

// A step of two rows that brings three tokens of each, behind one of two, and before one of one.
TEST_P(EveryLayout, TokensFedTogetherHaveTheBitsOfTokensFedOneByOne) {
  const Architecture a = make_architecture(GetParam());
  const Parameters parameters(a);
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  ASSERT_TRUE(network.ok()) << network.status().message();
  const Ids source = {7, 0, 2, 5};
  const EncoderSegment segments[] = {{source}};
  const std::vector<Ids> parents = {{-1}, {0, 0}, {1, 0}};
  const std::vector<std::vector<Ids>> tokens = {{{0, 4}}, {{1, 2, 3}, {8, 1, 6}}, {{5}, {7}}};
  const Oracle oracle(a, parameters.tensors);

  std::vector<float> states[2];  // of the last token of each row and step, fed together or not
  for (const bool together : {true, false}) {
    EncoderScratch encoder;
    DecoderScratch decoder;
    BlockPool pool = make_block_pool(**network);
    SegmentCache cache;
    SegmentCache* pointers[] = {&cache};
    const std::size_t lengths[] = {source.size()};
    remember_sources(**network, encode(**network, segments, encoder), pointers, lengths, decoder);
    std::vector<Ids> prefixes;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      std::vector<Ids> next;
      for (std::size_t r = 0; r < tokens[t].size(); ++r) {
        next.push_back(t == 0 ? Ids{} : prefixes[static_cast<std::size_t>(parents[t][r])]);
        next.back().insert(next.back().end(), tokens[t][r].begin(), tokens[t][r].end());
      }
      prefixes = next;
      const std::size_t count = tokens[t].front().size();
      const std::size_t fed = together ? count : 1;
      const float* hidden = nullptr;
      for (std::size_t first = 0; first < count; first += fed) {
        Ids now;
        for (const Ids& row : tokens[t]) {
          now.insert(now.end(), row.begin() + static_cast<std::ptrdiff_t>(first),
                     row.begin() + static_cast<std::ptrdiff_t>(first + fed));
        }
        cache.reorder(first == 0 ? parents[t] : t == 0 ? Ids{0} : Ids{0, 1});
        cache.extend(pool, fed);
        const StepSegment step[] = {{&cache, now}};
        hidden = decode_step(**network, step, pool, decoder);
      }
      for (std::size_t r = 0; r < prefixes.size(); ++r) {
        const float* last = hidden + ((r + 1) * fed - 1) * a.d_model;
        states[together].insert(states[together].end(), last, last + a.d_model);
        expect_rows(last, oracle.decode(oracle.encode(source), prefixes[r]), prefixes[r].size() - 1,
                    1);
      }
    }
    cache.end(pool);
  }
  EXPECT_TRUE(same_bits(states[0], states[1]));
}

// Keeps what a test wants to see, by kind, layer, head and query.
class Sink final : public CaptureSink {
 public:
  using Wants = bool (*)(AttentionKind kind, std::size_t layer);
  using Place = std::tuple<AttentionKind, std::size_t, std::size_t, std::size_t>;

  explicit Sink(Wants wanted) : wants_(wanted) {}
  bool wants(AttentionKind kind, std::size_t layer) const override { return wants_(kind, layer); }
  void take(AttentionKind kind, std::size_t layer, const AttentionWeights& weights) override {
    for (std::size_t head = 0; head < weights.heads; ++head) {
      for (std::size_t q = 0; q < weights.queries; ++q) {
        const auto row = weights.row(head, q);
        EXPECT_TRUE(
            rows_.try_emplace({kind, layer, head, weights.first + q}, row.begin(), row.end())
                .second);
      }
    }
  }

  // Takes out what came of one query and compares it with what the oracle kept of
  // `expected_query`: no more and no less than was wanted.
  void expect(const Stack& stack, AttentionKind kind, const Kept& kept, std::size_t query,
              std::size_t expected_query) {
    for (std::size_t layer = 0; layer < stack.layers; ++layer) {
      for (std::size_t head = 0; head < stack.heads; ++head) {
        const auto found = rows_.extract({kind, layer, head, query});
        ASSERT_EQ(!found.empty(), wants_(kind, layer)) << layer;
        if (found.empty()) continue;
        const auto& expected = kept.at(kind)[layer * stack.heads + head][expected_query];
        const std::vector<float>& got = found.mapped();
        ASSERT_EQ(got.size(), expected.size());
        for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 2e-5);
        EXPECT_NEAR(std::accumulate(got.begin(), got.end(), 0.0), 1.0, 1e-6);
      }
    }
  }
  bool empty() const { return rows_.empty(); }

 private:
  Wants wants_;
  std::map<Place, std::vector<float>> rows_;
};

// Encodes three segments and decodes three steps of two rows each; gives all states in turn.
// look(t): called behind step t, and with -1 behind the encoder.
template <class Look>
std::vector<float> run_captured(const Network& network, std::span<const Ids> sources,
                                std::span<const Ids> tokens, std::span<CaptureSink* const> sinks,
                                const Look& look) {
  const std::size_t d_model = network.architecture().d_model;
  std::vector<float> states;
  std::vector<EncoderSegment> segments;
  std::vector<SegmentCache> caches(sources.size());
  std::vector<SegmentCache*> pointers;
  std::vector<std::size_t> lengths;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    segments.push_back({sources[s], sinks[s]});
    pointers.push_back(&caches[s]);
    lengths.push_back(sources[s].size());
  }
  EncoderScratch encoder;
  DecoderScratch decoder;
  BlockPool pool = make_block_pool(network);
  const float* encoded = encode(network, segments, encoder);
  states.assign(encoded, encoded + std::accumulate(lengths.begin(), lengths.end(), 0u) * d_model);
  look(-1);
  remember_sources(network, encoded, pointers, lengths, decoder);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    std::vector<StepSegment> step;
    for (std::size_t s = 0; s < sources.size(); ++s) {
      caches[s].reorder(t == 0 ? Ids{-1, -1} : Ids{0, 1});
      caches[s].extend(pool);
      step.push_back({&caches[s], tokens[t], sinks[s]});
    }
    const float* hidden = decode_step(network, step, pool, decoder);
    states.insert(states.end(), hidden, hidden + 2 * sources.size() * d_model);
    look(static_cast<int>(t));
  }
  for (SegmentCache& cache : caches) cache.end(pool);
  return states;
}

// Of three segments at once one asks for everything, one for nothing, one for single layers.
TEST_P(EveryLayout, AttentionOfEveryKindIsCapturedForTheSegmentsThatAsk) {
  const Architecture a = make_architecture(GetParam());
  const Parameters parameters(a);
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  ASSERT_TRUE(network.ok()) << network.status().message();
  const Oracle oracle(a, parameters.tensors);
  const Ids sources[] = {{3, 1, 4, 1, 5}, {10, 2}, {6, 6, 8}};
  const Ids tokens[] = {{0, 0}, {7, 2}, {5, 1}};  // of two rows, step by step

  Sink all([](AttentionKind, std::size_t) { return true; });
  Sink some([](AttentionKind kind, std::size_t layer) {
    return layer == (kind == AttentionKind::cross ? 2u : 1u);
  });
  const std::pair<std::size_t, Sink*> askers[] = {{0, &all}, {2, &some}};
  const auto check = [&](int t) {
    for (const auto& [s, sink] : askers) {
      Kept kept;
      const Matrix memory = oracle.encode(sources[s], &kept);
      if (t < 0) {
        for (std::size_t q = 0; q < sources[s].size(); ++q) {
          sink->expect(a.encoder, AttentionKind::encoder_self, kept, q, q);
        }
      } else {
        const auto last = static_cast<std::size_t>(t);
        for (std::size_t row = 0; row < 2; ++row) {
          Ids prefix;
          for (std::size_t i = 0; i <= last; ++i) prefix.push_back(tokens[i][row]);
          Kept of_row;
          oracle.decode(memory, prefix, &of_row);
          sink->expect(a.decoder, AttentionKind::decoder_self, of_row, row, last);
          sink->expect(a.decoder, AttentionKind::cross, of_row, row, last);
        }
      }
      EXPECT_TRUE(sink->empty());
    }
  };
  CaptureSink* const sinks[] = {&all, nullptr, &some};
  CaptureSink* const none[] = {nullptr, nullptr, nullptr};
  EXPECT_TRUE(same_bits(run_captured(**network, sources, tokens, sinks, check),
                        run_captured(**network, sources, tokens, none, [](int) {})));
}

// A team shares the attention of long sources, but not where it is captured.
TEST(Network, CapturingChangesNoBitOfWhatATeamEncodes) {
  Architecture a = make_architecture({"plain", [](Stack&) {}});
  const Parameters parameters(a);
  const auto network = Network::build(a, parameters.tensors, Compute::float32, Gemm::native);
  ASSERT_TRUE(network.ok()) << network.status().message();
  Ids source;
  for (std::int32_t i = 0; i < 60; ++i) source.push_back(i * i % 11);
  Kept kept;
  Oracle(a, parameters.tensors).encode(source, &kept);

  Team team(2);
  std::vector<float> states[3];
  Sink sink([](AttentionKind, std::size_t) { return true; });
  for (std::size_t i = 0; i < 3; ++i) {
    EncoderScratch scratch;
    scratch.linear.team = i == 0 ? nullptr : &team;
    const EncoderSegment segments[] = {{source, i == 2 ? &sink : nullptr}};
    const float* encoded = encode(**network, segments, scratch);
    states[i].assign(encoded, encoded + source.size() * a.d_model);
    EXPECT_TRUE(same_bits(states[0], states[i])) << i;
  }
  for (std::size_t q = 0; q < source.size(); ++q) {
    sink.expect(a.encoder, AttentionKind::encoder_self, kept, q, q);
  }
  EXPECT_TRUE(sink.empty());
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
