#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class RowKernels : public EveryIsa {};

constexpr float kInf = std::numeric_limits<float>::infinity();

TEST_P(RowKernels, LayerNormAgreesWithTheFormulaAtEveryTailInPlace) {
  for (std::size_t cols = 1; cols <= 67; ++cols) {
    auto x = random_floats(3 * cols, 6, 3.0f);
    for (float& value : x) value += 100.0f;  // a large mean must not cancel
    const auto gamma = random_floats(cols, 7);
    const auto beta = random_floats(cols, 8);
    const auto before = x;
    kernels().layer_norm(x.data(), gamma.data(), beta.data(), 1e-5f, 3, cols, x.data());
    for (std::size_t r = 0; r < 3; ++r) {
      const float* row = before.data() + r * cols;
      const double mean = std::accumulate(row, row + cols, 0.0) / static_cast<double>(cols);
      double variance = 0;
      for (std::size_t c = 0; c < cols; ++c) variance += (row[c] - mean) * (row[c] - mean);
      variance /= static_cast<double>(cols);
      for (std::size_t c = 0; c < cols; ++c) {
        const double expected = (row[c] - mean) / std::sqrt(variance + 1e-5) * gamma[c] + beta[c];
        ASSERT_NEAR(x[r * cols + c], expected, 1e-4) << cols;
      }
    }
  }
}

TEST_P(RowKernels, RmsNormAgreesWithTheFormulaAtEveryTailInPlace) {
  for (std::size_t cols = 1; cols <= 67; ++cols) {
    auto x = random_floats(3 * cols, 16, 3.0f);
    const auto gamma = random_floats(cols, 17);
    const auto before = x;
    kernels().rms_norm(x.data(), gamma.data(), 1e-6f, 3, cols, x.data());
    for (std::size_t r = 0; r < 3; ++r) {
      const float* row = before.data() + r * cols;
      double squares = 0;
      for (std::size_t c = 0; c < cols; ++c) squares += static_cast<double>(row[c]) * row[c];
      const double factor = 1.0 / std::sqrt(squares / static_cast<double>(cols) + 1e-6);
      for (std::size_t c = 0; c < cols; ++c) {
        ASSERT_NEAR(x[r * cols + c], row[c] * factor * gamma[c], 2e-6) << cols;
      }
    }
  }
}

TEST_P(RowKernels, MultiplyAgreesWithTheFormulaAtEveryTailInPlace) {
  for (std::size_t count = 1; count <= 67; ++count) {
    auto x = random_floats(count, 18);
    const auto by = random_floats(count, 19);
    const auto before = x;
    kernels().multiply(x.data(), by.data(), count, x.data());
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(x[i], before[i] * by[i]) << count;
  }
}

TEST_P(RowKernels, LogSumExpAgreesWithTheFormula) {
  for (std::size_t cols = 1; cols <= 67; ++cols) {
    auto x = random_floats(cols, 9, 30.0f);
    if (cols > 3) x[1] = -kInf;
    float max = 0, sum = 0;
    kernels().log_sum_exp_parts(x.data(), cols, &max, &sum);
    double expected = 0;
    for (float value : x) expected += std::exp(static_cast<double>(value));
    EXPECT_NEAR(max + std::log(sum), std::log(expected), 1e-6) << cols;
  }
}

TEST_P(RowKernels, LogSumExpOfNothingButMinusInfinityIsEmpty) {
  const std::vector<float> x(20, -kInf);
  float max = 0, sum = 1;
  kernels().log_sum_exp_parts(x.data(), x.size(), &max, &sum);
  EXPECT_EQ(max, -kInf);
  EXPECT_EQ(sum, 0.0f);
}

TEST_P(RowKernels, MergeTopFindsTheBestInAnyChunkingWithTiesToTheLowerToken) {
  auto x = random_floats(1000, 10);
  for (float& value : x) value = std::round(value * 50.0f);  // many ties
  x[17] = -kInf;
  std::vector<std::int32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return x[a] > x[b]; });
  for (std::uint32_t capacity : {1u, 2u, 8u, 20u}) {
    for (std::size_t chunk : {1u, 37u, 512u, 1000u}) {
      std::vector<std::int32_t> tokens(capacity);
      std::vector<float> logits(capacity);
      TopColumns best{tokens.data(), logits.data(), 0, capacity};
      for (std::size_t first = 0; first < x.size(); first += chunk) {
        kernels().merge_top(x.data() + first, std::min(chunk, x.size() - first),
                            static_cast<std::int32_t>(first), &best);
      }
      ASSERT_EQ(best.size, capacity);
      for (std::uint32_t i = 0; i < capacity; ++i) {
        ASSERT_EQ(tokens[i], order[i]) << "capacity " << capacity << " chunk " << chunk;
      }
    }
  }
}

TEST_P(RowKernels, MinusInfinityNeverEntersTheBest) {
  const std::vector<float> x = {-kInf, 1.0f, -kInf};
  std::int32_t tokens[3];
  float logits[3];
  TopColumns best{tokens, logits, 0, 3};
  kernels().merge_top(x.data(), x.size(), 0, &best);
  ASSERT_EQ(best.size, 1u);
  EXPECT_EQ(tokens[0], 1);
}

TEST_P(RowKernels, BitsAreThoseOfTheScalarKernels) {
  const KernelTable& scalar = kernels_scalar();
  for (std::size_t cols : {1u, 5u, 16u, 23u, 250u}) {
    const auto x = random_floats(2 * cols, 11, 10.0f);
    const auto gamma = random_floats(cols, 12);
    auto a = x, b = x;
    kernels().layer_norm(x.data(), gamma.data(), x.data(), 1e-5f, 2, cols, a.data());
    scalar.layer_norm(x.data(), gamma.data(), x.data(), 1e-5f, 2, cols, b.data());
    EXPECT_TRUE(same_bits(a, b));
    kernels().scale_add(x.data(), 16.0f, gamma.data(), cols, a.data());
    scalar.scale_add(x.data(), 16.0f, gamma.data(), cols, b.data());
    EXPECT_TRUE(same_bits(a, b));
    float parts[4];
    kernels().log_sum_exp_parts(x.data(), cols, &parts[0], &parts[1]);
    scalar.log_sum_exp_parts(x.data(), cols, &parts[2], &parts[3]);
    EXPECT_TRUE(same_bits(std::span(parts).first(2), std::span(parts).last(2)));
  }
}

TRANSEPT_INSTANTIATE_EVERY_ISA(RowKernels);

}  // namespace
}  // namespace transept
