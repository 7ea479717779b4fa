#include "tools/html/scale.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace transept::html {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts(const Scale& scale) {
  std::vector<std::string> all;
  for (const Tick& tick : scale.ticks()) all.push_back(tick.text);
  return all;
}

TEST(Scale, LinearEndsAtRoundNumbers) {
  Scale scale(ScaleKind::linear, 0, 46400, 6);
  EXPECT_THAT(texts(scale), ElementsAre("0", "10,000", "20,000", "30,000", "40,000", "50,000"));
  scale.place(100, 600);
  EXPECT_DOUBLE_EQ(scale.pixel(0), 100.0);
  EXPECT_DOUBLE_EQ(scale.pixel(50000), 600.0);
  EXPECT_DOUBLE_EQ(scale.pixel(25000), 350.0);
}

TEST(Scale, LinearBelowZero) {
  EXPECT_THAT(texts(Scale(ScaleKind::linear, -1.2, 0.4, 4)),
              ElementsAre("−1.5", "−1.0", "−0.5", "0.0", "0.5"));
}

TEST(Scale, SmallSteps) {
  EXPECT_THAT(texts(Scale(ScaleKind::linear, 0.001, 0.0042, 4)),
              ElementsAre("0.001", "0.002", "0.003", "0.004", "0.005"));
}

TEST(Scale, PowersOfTwo) {
  Scale scale(ScaleKind::log2, 1, 16, 8);
  EXPECT_THAT(texts(scale), ElementsAre("1", "2", "4", "8", "16"));
  scale.place(0, 100);
  // Each doubling has the same length.
  EXPECT_NEAR(scale.pixel(8) - scale.pixel(4), scale.pixel(2) - scale.pixel(1), 1e-9);
}

TEST(Scale, PowersOfTenAndBetween) {
  EXPECT_THAT(texts(Scale(ScaleKind::log10, 1, 100, 8)),
              ElementsAre("1", "2", "5", "10", "20", "50", "100"));
  EXPECT_THAT(texts(Scale(ScaleKind::log10, 1, 1e6, 8)),
              ElementsAre("1", "10", "100", "1,000", "10,000", "100,000", "1 M"));
}

TEST(Scale, ManyPowersAreThinnedOut) {
  const Scale scale(ScaleKind::log10, 1e-12, 1e12, 8);
  EXPECT_LE(scale.ticks().size(), 9u);
  EXPECT_GE(scale.ticks().size(), 4u);
}

TEST(Scale, OneValue) {
  for (const double value : {0.0, 5.0, -3.0}) {
    Scale scale(ScaleKind::linear, value, value, 5);
    scale.place(0, 100);
    EXPECT_TRUE(std::isfinite(scale.pixel(value)));
    EXPECT_LT(scale.low(), scale.high());
    EXPECT_GE(scale.ticks().size(), 2u);
  }
}

TEST(Scale, AwkwardRanges) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const ScaleKind kind : {ScaleKind::linear, ScaleKind::log10, ScaleKind::log2}) {
    for (const auto& [low, high] :
         {std::pair(none, none), std::pair(-infinity, infinity), std::pair(5.0, 1.0),
          std::pair(-3.0, -1.0), std::pair(0.0, 0.0), std::pair(1e-310, 1e308)}) {
      Scale scale(kind, low, high, 6);
      scale.place(0, 100);
      EXPECT_TRUE(std::isfinite(scale.pixel(0.0))) << low << ' ' << high;
      EXPECT_TRUE(std::isfinite(scale.pixel(1.0))) << low << ' ' << high;
      EXPECT_LT(scale.ticks().size(), 101u);
    }
  }
}

}  // namespace
}  // namespace transept::html
