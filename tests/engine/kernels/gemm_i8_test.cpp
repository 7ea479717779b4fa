#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/panels.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class GemmI8Test : public EveryIsa {};

constexpr std::size_t up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

// Integers over their whole range, the extremes of both signs side by side, so that sums saturate
// where a kernel lets them.
struct Problem {
  std::size_t rows, depth, cols;
  std::vector<int> q, w;  // [rows, depth] in -127..127; [cols, depth] in -128..127
  std::vector<float> x_scale, w_scale, bias, residual;

  Problem(std::size_t rows_in, std::size_t depth_in, std::size_t cols_in, bool extremes)
      : rows(rows_in), depth(depth_in), cols(cols_in) {
    std::mt19937 generator(7);
    std::uniform_int_distribution<int> any(-127, 127);
    const auto draw = [&](int lowest) {
      if (!extremes) return any(generator);
      return any(generator) > 0 ? 127 : lowest;
    };
    for (std::size_t i = 0; i < rows * depth; ++i) q.push_back(draw(-127));
    for (std::size_t i = 0; i < cols * depth; ++i) w.push_back(draw(-128));
    x_scale = random_floats(rows, 1);
    w_scale = random_floats(up(cols, kPanel), 2);
    bias = random_floats(up(cols, kPanel), 3);
    residual = random_floats(rows * cols, 4);
  }

  std::int64_t dot(std::size_t r, std::size_t c) const {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < depth; ++k) sum += q[r * depth + k] * w[c * depth + k];
    return sum;
  }
};

std::vector<float> multiply(const KernelTable& kernels, const Problem& p) {
  const std::size_t depth = up(p.depth, kDepthGroup);
  std::vector<std::uint8_t> x(p.rows * depth, 255);  // padding may hold anything
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t k = 0; k < p.depth; ++k) {
      x[r * depth + k] = static_cast<std::uint8_t>(p.q[r * p.depth + k] + 128);
    }
  }
  std::vector<std::int8_t> panels(up(p.cols, kPanel) * depth, 0);
  std::vector<std::int32_t> offset(up(p.cols, kPanel), 0);
  for (std::size_t c = 0; c < p.cols; ++c) {
    for (std::size_t k = 0; k < p.depth; ++k) {
      const int value = p.w[c * p.depth + k];
      panels[c / 16 * 16 * depth + k / 4 * 64 + c % 16 * 4 + k % 4] =
          static_cast<std::int8_t>(value);
      offset[c] -= 128 * value;
    }
  }
  std::vector<float> y(p.rows * p.cols, NAN);
  kernels.gemm_i8({.x = x.data(),
                   .ldx = depth,
                   .x_scale = p.x_scale.data(),
                   .panels = panels.data(),
                   .w_scale = p.w_scale.data(),
                   .offset = offset.data(),
                   .depth = p.depth,
                   .out = output_of(p, y, Epilogue::none)});
  return y;
}

TEST_P(GemmI8Test, SumsAreExactForEveryTileAndAtTheExtremes) {
  for (bool extremes : {false, true}) {
    for (std::size_t rows : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 13u}) {
      for (std::size_t cols : {1u, 16u, 17u, 63u, 64u, 130u}) {
        for (std::size_t depth : {1u, 4u, 6u, 12u, 64u, 67u}) {
          const Problem p(rows, depth, cols, extremes);
          const auto y = multiply(kernels(), p);
          for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < cols; ++c) {
              // The formula of GemmI8 in its own order: the integer is exact, so the float is the
              // same to the bit.
              const float expected = std::fma(static_cast<float>(p.dot(r, c)),
                                              p.w_scale[c] * p.x_scale[r], p.bias[c]) +
                                     p.residual[r * cols + c];
              ASSERT_EQ(y[r * cols + c], expected) << rows << "x" << depth << "x" << cols;
            }
          }
        }
      }
    }
  }
}

TEST_P(GemmI8Test, QuantisedRowsAreWithinHalfAStepAndUseTheWholeRange) {
  for (std::size_t depth : {1u, 4u, 15u, 16u, 18u, 67u}) {
    const std::size_t ldq = up(depth, kDepthGroup);
    const auto x = random_floats(3 * depth, 5, 3.0f);
    std::vector<std::uint8_t> q(3 * ldq, 0);
    std::vector<float> scale(3);
    kernels().quantize_rows(x.data(), depth, 3, depth, q.data(), ldq, scale.data());
    for (std::size_t r = 0; r < 3; ++r) {
      int largest = 0;
      for (std::size_t k = 0; k < depth; ++k) {
        const int value = q[r * ldq + k] - 128;
        largest = std::max(largest, std::abs(value));
        ASSERT_NEAR(static_cast<float>(value) * scale[r], x[r * depth + k], scale[r] * 0.5001f);
      }
      EXPECT_EQ(largest, 127);
      for (std::size_t k = depth; k < ldq; ++k) EXPECT_EQ(q[r * ldq + k], 128);
    }
  }
}

TEST_P(GemmI8Test, ARowOfZerosHasScaleZero) {
  const std::vector<float> x(20, 0.0f);
  std::vector<std::uint8_t> q(20);
  float scale = 1;
  kernels().quantize_rows(x.data(), 20, 1, 20, q.data(), 20, &scale);
  EXPECT_EQ(scale, 0.0f);
  EXPECT_EQ(q, std::vector<std::uint8_t>(20, 128));
}

TEST_P(GemmI8Test, QuantisedBytesAreThoseOfTheScalarKernels) {
  const auto x = random_floats(5 * 77, 6, 2.0f);
  std::vector<std::uint8_t> a(5 * 80), b(5 * 80);
  std::vector<float> sa(5), sb(5);
  kernels().quantize_rows(x.data(), 77, 5, 77, a.data(), 80, sa.data());
  kernels_scalar().quantize_rows(x.data(), 77, 5, 77, b.data(), 80, sb.data());
  EXPECT_EQ(a, b);
  EXPECT_TRUE(same_bits(sa, sb));
}

TRANSEPT_INSTANTIATE_EVERY_ISA(GemmI8Test);

}  // namespace
}  // namespace transept
