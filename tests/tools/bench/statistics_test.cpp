#include "tools/bench/statistics.h"

#include <gtest/gtest.h>

namespace transept::bench {
namespace {

TEST(Statistics, Percentiles) {
  EXPECT_DOUBLE_EQ(percentile({3, 1, 2}, 0.5), 2.0);
  EXPECT_DOUBLE_EQ(percentile({4, 1, 2, 3}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(percentile({1, 2, 3, 4, 5}, 0.95), 4.8);
  EXPECT_DOUBLE_EQ(percentile({7}, 0.99), 7.0);
}

TEST(Statistics, Spread) {
  const Spread spread = spread_of({5, 1, 9, 4, 6});
  EXPECT_DOUBLE_EQ(spread.median, 5.0);
  EXPECT_DOUBLE_EQ(spread.low, 1.0);
  EXPECT_DOUBLE_EQ(spread.high, 9.0);
}

TEST(Statistics, AParabolaIsFound) {
  std::vector<std::pair<double, double>> points;
  for (const double x : {10.0, 25.0, 100.0, 300.0, 500.0}) {
    points.emplace_back(x, 0.5 + 0.03 * x + 2e-5 * x * x);
  }
  const auto c = fit_parabola(points);
  EXPECT_NEAR(c[0], 0.5, 1e-9);
  EXPECT_NEAR(c[1], 0.03, 1e-10);
  EXPECT_NEAR(c[2], 2e-5, 1e-12);
}

// Three equations for four points: the one that is off is off by a share of itself, not by seconds.
TEST(Statistics, ErrorsAreRelative) {
  const auto c = fit_parabola({{1, 1.1}, {10, 10}, {100, 100}, {1000, 1000}});
  EXPECT_NEAR(c[0] + c[1] + c[2], 1.1, 0.01);
  EXPECT_NEAR(c[0] + c[1] * 1000 + c[2] * 1e6, 1000, 10);
}

}  // namespace
}  // namespace transept::bench
