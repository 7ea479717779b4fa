#include "tools/scorer/weighted_sums.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace transept::score {
namespace {

TEST(WeightedSums, AreThoseOfTheFormula) {
  std::mt19937 random(3);
  for (const std::size_t width : {1, 2, 10, 18}) {
    for (const std::size_t segments : {1, 2, 31, 32, 33, 100}) {
      std::vector<double> values(segments * width);
      for (double& value : values) value = static_cast<double>(random() % 2001) - 1000.0;
      const auto sums = WeightedSums::of(values, width, segments);
      ASSERT_TRUE(sums.has_value());
      const std::size_t length = WeightedSums::padded(segments);
      ASSERT_GE(length, segments);
      std::vector<std::int16_t> weights(WeightedSums::kTogether * length);
      for (std::size_t t = 0; t < WeightedSums::kTogether; ++t) {
        for (std::size_t i = 0; i < segments; ++i) {
          weights[t * length + i] = static_cast<std::int16_t>(random() % 9);
        }
      }
      std::vector<std::int32_t> found(WeightedSums::kTogether * width);
      sums->multiply(weights.data(), found.data());
      for (std::size_t t = 0; t < WeightedSums::kTogether; ++t) {
        for (std::size_t j = 0; j < width; ++j) {
          double expected = 0.0;
          for (std::size_t i = 0; i < segments; ++i) {
            expected += weights[t * length + i] * values[i * width + j];
          }
          EXPECT_EQ(found[t * width + j], expected);
        }
      }
    }
  }
}

TEST(WeightedSums, OnlyOfNumbersThatStayExact) {
  EXPECT_TRUE(WeightedSums::of(std::vector<double>{1.0, 32767.0}, 1, 2).has_value());
  EXPECT_FALSE(WeightedSums::of(std::vector<double>{1.0, 0.5}, 1, 2).has_value());
  EXPECT_FALSE(WeightedSums::of(std::vector<double>{1.0, 32768.0}, 1, 2).has_value());
  EXPECT_TRUE(WeightedSums::of(std::vector<double>(512, 32767.0), 1, 512).has_value());
  EXPECT_FALSE(WeightedSums::of(std::vector<double>(513, 32767.0), 1, 513).has_value());
}

}  // namespace
}  // namespace transept::score
