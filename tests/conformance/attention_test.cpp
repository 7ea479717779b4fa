// Attention of every hypothesis of greedy and beam search against an independent forward pass in
// float64 (tests/data/attention).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/fixtures.h"
#include "transept/translator.h"

namespace transept {
namespace {

std::vector<nlohmann::json> recorded() {
  return read_jsonl(std::filesystem::path(TRANSEPT_TEST_DATA) / "attention" / "marian.jsonl");
}

TranslateOptions options_of(const nlohmann::json& item) {
  TranslateOptions options = request_of(item.at("generate"));
  options.returns.attention = true;
  return options;
}

Translator open() {
  auto translator = Translator::open(fixture_path("marian"), {});
  EXPECT_TRUE(translator.ok()) << translator.status().message();
  return *std::move(translator);
}

std::vector<Hypothesis> translate(const Translator& translator,
                                  const std::vector<std::int32_t>& source,
                                  const TranslateOptions& options) {
  const std::vector<std::vector<std::int32_t>> inputs = {source};
  const auto result = translator.translate_ids(inputs, options);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return result->front().hypotheses;
}

double worst_difference(const Matrix& got, const nlohmann::json& expected) {
  double worst = 0;
  for (std::size_t t = 0; t < got.rows; ++t) {
    for (std::size_t s = 0; s < got.cols; ++s) {
      const auto weight = expected.at(t).at(s).get<float>();
      worst = std::max(worst, std::fabs(static_cast<double>(got.row(t)[s]) - weight));
    }
  }
  return worst;
}

TEST(Attention, IsThatOfTheFormulasForEveryHypothesis) {
  const Translator translator = open();
  const auto items = recorded();
  ASSERT_GE(items.size(), 60u);
  for (const auto& item : items) {
    SCOPED_TRACE(item.at("generate").dump() + item.at("input_ids").dump());
    const auto hypotheses = translate(translator, item.at("input_ids"), options_of(item));
    ASSERT_EQ(hypotheses.size(), item.at("sequences").size());
    for (std::size_t h = 0; h < hypotheses.size(); ++h) {
      ASSERT_EQ(hypotheses[h].ids, item.at("sequences")[h].get<std::vector<std::int32_t>>());
      const nlohmann::json& expected = item.at("attention")[h];
      ASSERT_EQ(hypotheses[h].attention.rows, expected.size());
      ASSERT_EQ(hypotheses[h].attention.cols, item.at("input_ids").size());
      // Recorded with five decimals.
      EXPECT_LT(worst_difference(hypotheses[h].attention, expected), 1e-5) << "hypothesis " << h;
    }
  }
}

TEST(Attention, RowsSumToOne) {
  const Translator translator = open();
  constexpr double kHeads = 4;
  for (const auto& item : recorded()) {
    const auto columns = static_cast<double>(item.at("input_ids").size());
    for (const Hypothesis& one : translate(translator, item.at("input_ids"), options_of(item))) {
      for (std::size_t t = 0; t < one.attention.rows; ++t) {
        double sum = 0;
        for (const float weight : one.attention.row(t)) {
          EXPECT_GE(weight, 0.0f);
          sum += weight;
        }
        EXPECT_NEAR(sum, 1.0, 1e-7 * (columns + kHeads));
      }
    }
  }
}

TEST(Attention, OfABeamThatEndsWithTheGreedyTokensIsTheGreedyOne) {
  const Translator translator = open();
  std::size_t compared = 0;
  for (const auto& item : recorded()) {
    TranslateOptions options = options_of(item);
    options.search.beam = 1;
    options.search.n_best = 1;
    const Hypothesis greedy = translate(translator, item.at("input_ids"), options).front();
    for (const std::uint32_t beam : {2u, 5u}) {
      options.search.beam = beam;
      options.search.n_best = beam;
      for (const Hypothesis& one : translate(translator, item.at("input_ids"), options)) {
        if (one.ids != greedy.ids) continue;
        EXPECT_EQ(one.attention, greedy.attention);
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 20u);
}

TEST(Attention, IsEmptyUnlessAskedFor) {
  const auto hypotheses = translate(open(), {101, 49, 15, 0}, {});
  EXPECT_FALSE(hypotheses.front().ids.empty());
  EXPECT_TRUE(hypotheses.front().attention.empty());
}

}  // namespace
}  // namespace transept
