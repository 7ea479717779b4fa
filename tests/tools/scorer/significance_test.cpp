#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "transept/scorer.h"

namespace transept::score {
namespace {

struct Corpus {
  std::vector<std::string> good, bad;
  References references;
};

Corpus make_corpus() {
  Corpus corpus;
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i * 7919 % 100);
    const std::string sentence =
        "the number " + number + " is not the number " + std::to_string(i) + " .";
    corpus.references.push_back({sentence});
    corpus.good.push_back(i % 5 == 0 ? sentence + " really" : sentence);
    corpus.bad.push_back(i % 2 == 0 ? "the number is the " + number : sentence);
  }
  return corpus;
}

class Significance : public testing::TestWithParam<int> {
 protected:
  std::unique_ptr<const Metric> metric() const {
    if (GetParam() == 0) return *make_bleu({});
    if (GetParam() == 1) return *make_chrf({});
    return make_ter({});
  }
  const Corpus corpus_ = make_corpus();
};

TEST_P(Significance, ASystemDoesNotDifferFromItself) {
  const auto m = metric();
  const Statistics stats = *statistics(*m, corpus_.good, corpus_.references);
  EXPECT_EQ(approximate_randomization(*m, stats, stats, 200).p_value, 1.0 / 201);
  EXPECT_EQ(paired_bootstrap(*m, stats, stats, 200).p_value, 1.0 / 201);
}

TEST_P(Significance, AClearDifferenceIsSignificantEitherWay) {
  const auto m = metric();
  const Statistics good = *statistics(*m, corpus_.good, corpus_.references);
  const Statistics bad = *statistics(*m, corpus_.bad, corpus_.references);
  EXPECT_LT(paired_bootstrap(*m, good, bad).p_value, 0.01);
  EXPECT_LT(approximate_randomization(*m, good, bad, 1000).p_value, 0.01);
  EXPECT_EQ(approximate_randomization(*m, good, bad, 1000).p_value,
            approximate_randomization(*m, bad, good, 1000).p_value);
}

TEST_P(Significance, IntervalsHoldTheScoreAndDependOnTheSeed) {
  const auto m = metric();
  const Statistics stats = *statistics(*m, corpus_.bad, corpus_.references);
  const Interval interval = confidence_interval(*m, stats, 1000);
  const double score = m->score(stats.total()).value;
  EXPECT_LT(std::abs(interval.mean - score), interval.half_width);
  EXPECT_GT(interval.half_width, 0.0);
  EXPECT_EQ(interval.mean, confidence_interval(*m, stats, 1000).mean);
  EXPECT_NE(interval.mean, confidence_interval(*m, stats, 1000, 1).mean);
  EXPECT_NEAR(interval.mean, paired_interval(*m, stats, 1000).mean, 1e-3);
  EXPECT_EQ(interval.half_width, paired_interval(*m, stats, 1000).half_width);
}

TEST_P(Significance, SeveralSystemsAtOnceAreTheSameAsOneByOne) {
  const auto m = metric();
  const std::vector<Statistics> stats =
      *statistics(*m, std::vector{corpus_.good, corpus_.bad, corpus_.good}, corpus_.references);
  ASSERT_EQ(stats.size(), 3u);
  const auto systems = std::span(stats).subspan(1);
  const PairedBootstrap bootstrap = paired_bootstrap(*m, stats[0], systems, 101);
  const std::vector<Comparison> swapped = approximate_randomization(*m, stats[0], systems, 101);
  EXPECT_EQ(bootstrap.baseline.mean, paired_interval(*m, stats[0], 101).mean);
  for (std::size_t s = 0; s < systems.size(); ++s) {
    const Statistics alone =
        *statistics(*m, s == 0 ? corpus_.bad : corpus_.good, corpus_.references);
    EXPECT_EQ(alone.values, systems[s].values);
    const Comparison one = paired_bootstrap(*m, stats[0], alone, 101);
    EXPECT_EQ(bootstrap.systems[s].p_value, one.p_value);
    EXPECT_EQ(bootstrap.systems[s].interval->half_width, one.interval->half_width);
    EXPECT_EQ(swapped[s].p_value, approximate_randomization(*m, stats[0], alone, 101).p_value);
  }
}

// Halves are as exact as whole numbers, and TER does not mind the scale.
TEST(SignificanceOfFractions, IsThatOfWholeNumbers) {
  const Corpus corpus = make_corpus();
  const auto ter = make_ter({});
  std::vector<std::string> close = corpus.good;  // so that p-values are in the middle
  for (std::size_t i = 0; i < 8; ++i) close[i] = i % 2 == 0 ? corpus.bad[i] : corpus.good[0];
  const std::vector<Statistics> whole =
      *statistics(*ter, std::vector{corpus.good, close}, corpus.references);
  std::vector<Statistics> halves = whole;
  for (Statistics& stats : halves) {
    for (double& value : stats.values) value /= 2;
  }
  const auto mean = [&](const Statistics& stats) {
    return confidence_interval(*ter, stats, 103).mean;
  };
  EXPECT_EQ(mean(whole[1]), mean(halves[1]));
  EXPECT_EQ(paired_bootstrap(*ter, whole[0], whole[1], 103).p_value,
            paired_bootstrap(*ter, halves[0], halves[1], 103).p_value);
  EXPECT_EQ(approximate_randomization(*ter, whole[0], whole[1], 103).p_value,
            approximate_randomization(*ter, halves[0], halves[1], 103).p_value);
}

TEST_P(Significance, OneSegmentHasNoSpread) {
  const auto m = metric();
  const Statistics stats =
      *statistics(*m, std::vector<std::string>{corpus_.bad[0]}, References{corpus_.references[0]});
  EXPECT_EQ(confidence_interval(*m, stats, 100).half_width, 0.0);
}

INSTANTIATE_TEST_SUITE_P(AllMetrics, Significance, testing::Values(0, 1, 2));

}  // namespace
}  // namespace transept::score
