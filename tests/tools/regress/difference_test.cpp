#include "tools/regress/difference.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transept::tools {
namespace {

score::Statistics count(const score::Metric& metric, const std::vector<std::string>& texts,
                        const score::References& references) {
  return *score::statistics(metric, texts, references);
}

class Difference : public testing::Test {
 protected:
  Difference() {
    for (int i = 0; i < 60; ++i) {
      const std::string number = std::to_string(i);
      references_.push_back({"the " + number + " quick brown foxes jump over lazy dog " + number});
      good_.push_back(references_.back().front());
      bad_.push_back(i % 2 == 0 ? good_.back() : "a slow fox of " + number + " jumps over the dog");
    }
  }
  std::unique_ptr<const score::Metric> metric_ = *score::make_bleu({});
  score::References references_;
  std::vector<std::string> good_, bad_;
};

TEST_F(Difference, IsNothingBetweenEqualOutputs) {
  const auto both = count(*metric_, bad_, references_);
  const ScoreRange range = difference_range(*metric_, both, both, 200);
  EXPECT_EQ(range.low, 0.0);
  EXPECT_EQ(range.high, 0.0);
}

TEST_F(Difference, HoldsTheDifferenceItself) {
  const auto good = count(*metric_, good_, references_);
  const auto bad = count(*metric_, bad_, references_);
  const double difference = metric_->score(bad.total()).value - metric_->score(good.total()).value;
  const ScoreRange range = difference_range(*metric_, good, bad, 1000);
  EXPECT_LT(range.low, difference);
  EXPECT_GT(range.high, difference);
  EXPECT_LT(range.high, 0.0);
  EXPECT_GT(range.low, -100.0);
  const ScoreRange other_way = difference_range(*metric_, bad, good, 1000);
  EXPECT_EQ(other_way.low, -range.high);
  EXPECT_EQ(other_way.high, -range.low);
}

// Against percentiles of all resamples of two segments, which can be enumerated: (a,a), (a,b),
// (b,a), (b,b).
TEST_F(Difference, IsTheCentralPartOfAllResamples) {
  references_.resize(2);
  good_.resize(2);
  bad_.resize(2);
  const auto good = count(*metric_, good_, references_);
  const auto bad = count(*metric_, bad_, references_);
  const ScoreRange range = difference_range(*metric_, good, bad, 1000);
  // Segment 1 alone is the worst, segment 0 alone shows no difference; each is a quarter of the
  // resamples.
  std::vector<double> twice(bad.width);
  for (std::size_t j = 0; j < bad.width; ++j) twice[j] = 2 * bad.row(1)[j];
  EXPECT_DOUBLE_EQ(range.low, metric_->score(twice).value - 100.0);
  EXPECT_NEAR(range.high, 0.0, 1e-9);
}

}  // namespace
}  // namespace transept::tools
