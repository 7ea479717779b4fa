// Every Marian fixture against what transformers 4.57.6 gave for it, in float32.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "engine/network/decoder.h"
#include "engine/network/encoder.h"
#include "engine/network/weights.h"
#include "engine/ops/linear/int4_weights.h"
#include "tests/support/files.h"
#include "tests/support/fixtures.h"

namespace transept {
namespace {

using Ids = std::vector<std::int32_t>;

// Where a directory's exact results are: its own, or those of the directory it was made from.
std::filesystem::path exact_results(const std::string& name) {
  const auto directory = fixture_path(name);
  if (std::filesystem::exists(directory / "expected.jsonl")) return directory / "expected.jsonl";
  std::string base;
  std::ifstream(directory / "expected_from") >> base;
  return fixture_path(base) / "expected.jsonl";
}

bool is_quantised(const std::string& name) {
  return std::filesystem::exists(fixture_path(name) / "expected_ort.jsonl");
}

// Weights of fewer bits with float activations: onnxruntime computes the same numbers as we do.
bool is_weight_only(const std::string& name) {
  return name.find("-q4") != std::string::npos || name.find("-bnb4") != std::string::npos ||
         name.find("-nbits") != std::string::npos;
}

struct Outcome {
  std::vector<Ids> sequences;  // without the decoder start
  std::vector<float> scores;
};

Outcome expected_of(const nlohmann::json& line) {
  Outcome outcome;
  for (Ids ids : line.at("sequences")) outcome.sequences.emplace_back(ids.begin() + 1, ids.end());
  if (line.contains("scores")) outcome.scores = line.at("scores").get<std::vector<float>>();
  return outcome;
}

std::vector<std::vector<SegmentHypothesis>> run_lines(const FixtureModel& model,
                                                      const std::vector<nlohmann::json>& lines) {
  std::vector<Segment> segments;
  for (const auto& line : lines) {
    segments.push_back(model.segment(line.at("input_ids"), request_of(line.at("generate"))));
  }
  return model.run(std::move(segments));
}

Outcome outcome_of(const std::vector<SegmentHypothesis>& hypotheses, const nlohmann::json& line) {
  const bool greedy = line.at("generate").value("num_beams", 4) == 1;
  Outcome outcome;
  for (const SegmentHypothesis& h : hypotheses) {
    outcome.sequences.push_back(h.ids);
    outcome.scores.push_back(greedy ? h.sum : h.score);
  }
  return outcome;
}

void expect_equal(const Outcome& got, const Outcome& expected, double tolerance,
                  const std::string& what) {
  ASSERT_EQ(got.sequences, expected.sequences) << what;
  for (std::size_t i = 0; i < expected.scores.size(); ++i) {
    // Recorded with six significant digits.
    const double printed = 5e-6 * std::fabs(expected.scores[i]);
    EXPECT_NEAR(got.scores[i], expected.scores[i], tolerance + printed) << what;
  }
}

class Exact : public testing::TestWithParam<std::string> {};

TEST_P(Exact, IdsAndScoresOfEveryCase) {
  const FixtureModel model = FixtureModel::open(fixture_path(GetParam()), Compute::float32);
  ASSERT_NE(model.network, nullptr);
  const auto lines = read_jsonl(exact_results(GetParam()));
  const auto results = run_lines(model, lines);
  ASSERT_FALSE(lines.empty());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].value("stable", true)) continue;
    expect_equal(outcome_of(results[i], lines[i]), expected_of(lines[i]), 1e-4, lines[i].at("id"));
    if (lines[i].contains("token_logprobs")) {
      const auto logprobs = lines[i].at("token_logprobs").get<std::vector<float>>();
      for (std::size_t t = 0; t < logprobs.size(); ++t) {
        EXPECT_NEAR(results[i].at(0).token_scores.at(t), logprobs[t], 1e-4) << lines[i].at("id");
      }
    }
  }
}

std::vector<std::string> exact_fixtures() {
  auto names = fixture_names("marian");
  std::erase_if(names, is_quantised);
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& fixture) {
  std::string name = fixture.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Marian, Exact, testing::ValuesIn(exact_fixtures()), test_name);

// How many of these cases give the sequences that `expected` has for the same id.
std::size_t agreement(const std::vector<nlohmann::json>& lines,
                      const std::map<std::string, Outcome>& expected,
                      const std::vector<std::vector<SegmentHypothesis>>& results) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    same += outcome_of(results[i], lines[i]).sequences == expected.at(lines[i].at("id")).sequences;
  }
  return same;
}

// onnxruntime computes this file's activations in fp16. Where that turns a greedy decision, the two
// tokens must be as close as fp16 noise, and with ours forbidden at that place the rest must be the
// same.
void expect_near_tie(const FixtureModel& model, const nlohmann::json& line,
                     const SegmentHypothesis& ours, const Ids& theirs) {
  ASSERT_EQ(line.at("generate").value("num_beams", 4), 1) << line.at("id");
  const auto [mine, other] =
      std::mismatch(ours.ids.begin(), ours.ids.end(), theirs.begin(), theirs.end());
  ASSERT_NE(mine, ours.ids.end());
  TranslateOptions request = request_of(line.at("generate"));
  request.words.bad_words.emplace_back(ours.ids.begin(), mine + 1);
  const auto results = model.run({model.segment(line.at("input_ids"), request)});
  const SegmentHypothesis& second = results.at(0).at(0);
  EXPECT_EQ(second.ids, theirs) << line.at("id");
  const auto at = static_cast<std::size_t>(mine - ours.ids.begin());
  // Forbidding ours and renormalising gave its share to the others: take that back before
  // comparing.
  const double score = ours.token_scores[at];
  EXPECT_NEAR(score, second.token_scores.at(at) + std::log1p(-std::exp(score)), 1e-3)
      << line.at("id");
}

class WeightOnly : public testing::TestWithParam<std::string> {};

TEST_P(WeightOnly, IdsAndScoresOfOnnxruntime) {
  const FixtureModel model = FixtureModel::open(fixture_path(GetParam()), Compute::float32);
  ASSERT_NE(model.network, nullptr);
  const auto lines = read_jsonl(fixture_path(GetParam()) / "expected_ort.jsonl");
  const auto results = run_lines(model, lines);
  ASSERT_FALSE(lines.empty());
  const bool half = GetParam() == "marian-q4f16";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Outcome expected = expected_of(lines[i]);
    if (half && results[i].front().ids != expected.sequences.front()) {
      expect_near_tie(model, lines[i], results[i].front(), expected.sequences.front());
    } else {
      expect_equal(outcome_of(results[i], lines[i]), expected, half ? 1e-3 : 1e-4,
                   lines[i].at("id"));
    }
  }
}

std::vector<std::string> weight_only_fixtures() {
  auto names = fixture_names("marian");
  std::erase_if(names, [](const std::string& name) { return !is_weight_only(name); });
  return names;
}

INSTANTIATE_TEST_SUITE_P(Marian, WeightOnly, testing::ValuesIn(weight_only_fixtures()), test_name);

// onnxruntime quantises activations over a whole batch tensor, so only agreement with float32 can
// be compared: ours must not be below its own, dequantised and computing in int8 alike.
TEST(DynamicInt8, AgreesWithFloat32AtLeastAsOftenAsOnnxruntime) {
  std::map<std::string, Outcome> exact;
  for (const auto& line : read_jsonl(fixture_path("marian") / "expected.jsonl")) {
    exact.emplace(line.at("id"), expected_of(line));
  }
  for (Compute compute : {Compute::float32, Compute::int8}) {
    std::size_t ours = 0;
    std::size_t theirs = 0;
    for (const std::string& name : fixture_names("marian")) {
      if (!is_quantised(name) || is_weight_only(name)) continue;
      const FixtureModel model = FixtureModel::open(fixture_path(name), compute);
      ASSERT_NE(model.network, nullptr);
      const auto lines = read_jsonl(fixture_path(name) / "expected_ort.jsonl");
      ours += agreement(lines, exact, run_lines(model, lines));
      for (const auto& line : lines) theirs += line.at("same_as_float32").get<bool>();
    }
    EXPECT_GT(theirs, 0u);
    EXPECT_GE(ours, theirs) << (compute == Compute::int8 ? "int8" : "dequantised");
    RecordProperty(compute == Compute::int8 ? "int8" : "dequantised", static_cast<int>(ours));
    RecordProperty("onnxruntime", static_cast<int>(theirs));
  }
}

// Half a step of bfloat16 is 2^-9 of a number. Where that turns no decision, scores must be the
// same to a few such steps; these models of a minute's training have many near ties, and several
// hypotheses of a case must all be equal.
TEST(Bfloat16, SequencesAreThoseOfFloat32ExceptNearTies) {
  for (const char* name : {"marian", "marian-safetensors-bf16"}) {
    const FixtureModel model = FixtureModel::open(fixture_path(name), Compute::bfloat16);
    ASSERT_NE(model.network, nullptr);
    const auto lines = read_jsonl(exact_results(name));
    const auto results = run_lines(model, lines);
    std::size_t same = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Outcome got = outcome_of(results[i], lines[i]);
      const Outcome expected = expected_of(lines[i]);
      if (got.sequences != expected.sequences) continue;
      ++same;
      for (std::size_t h = 0; h < expected.scores.size(); ++h) {
        EXPECT_NEAR(got.scores[h], expected.scores[h],
                    0.02 * std::max(1.0f, std::fabs(expected.scores[h])))
            << name << ", " << lines[i].at("id");
      }
    }
    EXPECT_GE(same * 100, lines.size() * 85) << name << ": " << same << " of " << lines.size();
  }
}

// Block-wise weights with 8-bit activations. The weights must be the file's own numbers to the bit.
// What the rounding of the activations turns in these models of many near ties cannot be more than
// what it turns with weights of eight bits.
TEST(Int4, KeepsTheFilesIntegersAndAsManySequencesAsInt8) {
  std::size_t same = 0;
  std::size_t same_in_int8 = 0;
  for (const std::string& name : weight_only_fixtures()) {
    const FixtureModel model = FixtureModel::open(fixture_path(name), Compute::int4);
    ASSERT_NE(model.network, nullptr);
    std::size_t kept = 0;
    for (const auto& [role, tensor] : model.files.tensors) {
      if (!holds_int4(*tensor)) continue;
      ++kept;
      const std::size_t block = tensor->quantization.group % 32 == 0 ? 32 : 16;
      const std::size_t blocks = (tensor->cols + block - 1) / block;
      std::vector<std::uint8_t> q(tensor->rows * blocks * block), zero(tensor->rows * blocks);
      std::vector<float> scale(tensor->rows * blocks), exact(tensor->rows * tensor->cols);
      read_rows_int4(*tensor, 0, tensor->rows, block, q.data(), scale.data(), zero.data());
      read_rows(*tensor, 0, tensor->rows, exact.data());
      for (std::size_t i = 0; i < exact.size(); ++i) {
        const std::size_t row = i / tensor->cols;
        const std::size_t at = row * blocks + i % tensor->cols / block;
        const int step = q[row * blocks * block + i % tensor->cols] - zero[at];
        ASSERT_EQ(static_cast<float>(step) * scale[at], exact[i])
            << name << ", " << role << ", " << i;
      }
    }
    EXPECT_EQ(kept > 0, name.find("-q4") != std::string::npos) << name;
    if (kept == 0) continue;
    std::map<std::string, Outcome> exact;
    const auto lines = read_jsonl(fixture_path(name) / "expected_ort.jsonl");
    for (const auto& line : lines) exact.emplace(line.at("id"), expected_of(line));
    same += agreement(lines, exact, run_lines(model, lines));
    const FixtureModel int8 = FixtureModel::open(fixture_path(name), Compute::int8);
    ASSERT_NE(int8.network, nullptr);
    same_in_int8 += agreement(lines, exact, run_lines(int8, lines));
  }
  RecordProperty("int4", static_cast<int>(same));
  RecordProperty("int8", static_cast<int>(same_in_int8));
  EXPECT_GT(same, 0u);
  EXPECT_GE(same, same_in_int8);
}

double worst_difference(const float* got, const nlohmann::json& rows, std::size_t stride) {
  double worst = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      worst = std::max(worst, std::fabs(got[r * stride + c] - rows[r][c].get<double>()));
    }
  }
  return worst;
}

// The cross-attention of a step's last layer: [heads, source].
struct LastCross final : CaptureSink {
  explicit LastCross(const Architecture& a) : last(a.decoder.layers - 1) {}
  bool wants(AttentionKind kind, std::size_t layer) const override {
    return kind == AttentionKind::cross && layer == last;
  }
  void take(AttentionKind, std::size_t, const AttentionWeights& got) override {
    weights.assign(got.values, got.values + got.heads * got.queries * got.keys);
  }

  std::size_t last;
  std::vector<float> weights;
};

// The decoder fed the recorded tokens one by one: [steps] rows of hidden states, and the last
// layer's weights.
TEST(Internals, EncoderStatesLogitsAndCrossAttention) {
  const FixtureModel model = FixtureModel::open(fixture_path("marian"), Compute::float32);
  ASSERT_NE(model.network, nullptr);
  const Network& network = *model.network;
  const Architecture& a = network.architecture();
  const auto recorded = nlohmann::json::parse(read_file(fixture_path("marian") / "internals.json"));
  ASSERT_FALSE(recorded.at("cases").empty());
  for (const auto& c : recorded.at("cases")) {
    const Ids source = c.at("input_ids");
    const Ids decoder_ids = c.at("decoder_input_ids");
    EncoderScratch encoder;
    DecoderScratch decoder;
    const EncoderSegment segments[] = {{source}};
    const float* states = encode(network, segments, encoder);
    EXPECT_LT(worst_difference(states, c.at("encoder_last_hidden_state"), a.d_model), 1e-4);

    BlockPool pool = make_block_pool(network);
    SegmentCache cache;
    SegmentCache* caches[] = {&cache};
    const std::size_t lengths[] = {source.size()};
    remember_sources(network, states, caches, lengths, decoder);
    const auto& attention = c.at("cross_attention_last_layer");
    for (std::size_t t = 0; t < decoder_ids.size(); ++t) {
      const std::int32_t parents[] = {t == 0 ? -1 : 0};
      cache.reorder(parents);
      cache.extend(pool);
      LastCross capture(a);
      const StepSegment step[] = {{&cache, std::span(decoder_ids).subspan(t, 1), &capture}};
      const float* hidden = decode_step(network, step, pool, decoder);
      std::vector<float> logits(a.tgt_vocab);
      LinearScratch scratch;
      linear(network.kernels(), network.weights().head, hidden, 1, scratch, logits.data());
      for (const auto& best : c.at("logits").at(t).at("top")) {
        EXPECT_NEAR(logits[best.at(0).get<std::size_t>()], best.at(1).get<float>(), 1e-4) << t;
      }
      double sum = 0;
      double absolute = 0;
      for (float logit : logits) {
        sum += logit;
        absolute += std::fabs(logit);
      }
      // Sums over the vocabulary, recorded with six digits.
      EXPECT_NEAR(sum, c.at("logits").at(t).at("sum").get<double>(), 0.01) << t;
      EXPECT_NEAR(absolute, c.at("logits").at(t).at("abs_sum").get<double>(), 0.01) << t;
      for (std::size_t h = 0; h < a.decoder.heads; ++h) {
        const float* weights = capture.weights.data() + h * source.size();
        EXPECT_LT(worst_difference(weights, nlohmann::json::array({attention.at(h).at(t)}), 0),
                  1e-4);
      }
    }
    cache.end(pool);
  }
}

}  // namespace
}  // namespace transept
