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

class GemmI4Test : public EveryIsa {};

constexpr std::size_t up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

enum class Draw { any, extremes };
enum class Zeros { eight, any };

struct Problem {
  std::size_t rows, depth, cols, block;
  Zeros zeros;
  // [rows, depth] -127..127; [cols, depth] 0..15; [cols, blocks] 0..15
  std::vector<int> q, w, zero;
  std::vector<float> x_scale, w_scale, bias, residual;

  Problem(std::size_t rows_in, std::size_t depth_in, std::size_t cols_in, std::size_t block_in,
          Zeros zeros_in, Draw draw)
      : rows(rows_in), depth(depth_in), cols(cols_in), block(block_in), zeros(zeros_in) {
    std::mt19937 generator(11);
    const auto one_of = [&](int lowest, int highest) {
      if (draw == Draw::extremes) return generator() % 2 == 0 ? lowest : highest;
      return lowest + static_cast<int>(generator() % static_cast<unsigned>(highest - lowest + 1));
    };
    for (std::size_t i = 0; i < rows * depth; ++i) q.push_back(one_of(-127, 127));
    for (std::size_t i = 0; i < cols * depth; ++i) w.push_back(one_of(0, 15));
    for (std::size_t i = 0; i < cols * blocks(); ++i) {
      zero.push_back(zeros == Zeros::any ? one_of(0, 15) : 8);
    }
    x_scale = random_floats(rows, 1);
    w_scale = random_floats(cols * blocks(), 2);
    bias = random_floats(up(cols, kPanel), 3);
    residual = random_floats(rows * cols, 4);
  }

  std::size_t blocks() const { return (depth + block - 1) / block; }

  int block_sum(std::size_t r, std::size_t c, std::size_t b) const {
    int sum = 0;
    for (std::size_t k = b * block; k < std::min(depth, (b + 1) * block); ++k) {
      sum += q[r * depth + k] * (w[c * depth + k] - zero[c * blocks() + b]);
    }
    return sum;
  }

  // The formula of GemmI4 in its own order: every integer is exact, so the float is the same to the
  // bit.
  float element(std::size_t r, std::size_t c) const {
    float sum = 0;
    for (std::size_t b = 0; b < blocks(); ++b) {
      sum = std::fma(static_cast<float>(block_sum(r, c, b)), w_scale[c * blocks() + b], sum);
    }
    return std::fma(sum, x_scale[r], bias[c]) + residual[r * cols + c];
  }

  double exact(std::size_t r, std::size_t c) const {
    double sum = 0;
    for (std::size_t b = 0; b < blocks(); ++b) {
      sum += static_cast<double>(block_sum(r, c, b)) * w_scale[c * blocks() + b];
    }
    return sum * x_scale[r] + bias[c] + residual[r * cols + c];
  }
};

std::vector<float> multiply(const KernelTable& kernels, const Problem& p) {
  const std::size_t depth = p.blocks() * p.block;
  const std::size_t cols = up(p.cols, kPanel);
  std::vector<std::int8_t> x(p.rows * depth, 0);
  std::vector<std::int32_t> minus_sum(p.rows * p.blocks(), 0);
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t k = 0; k < p.depth; ++k) {
      x[r * depth + k] = static_cast<std::int8_t>(p.q[r * p.depth + k]);
      minus_sum[r * p.blocks() + k / p.block] -= p.q[r * p.depth + k];
    }
  }
  std::vector<std::uint8_t> panels(cols * depth / 2, 0), zero(cols * p.blocks(), 0);
  std::vector<float> scale(cols * p.blocks(), 0.0f);
  for (std::size_t c = 0; c < p.cols; ++c) {
    for (std::size_t k = 0; k < p.depth; ++k) {
      panels[c / 16 * 8 * depth + k / 8 * 64 + c % 16 * 4 + k % 4] |=
          static_cast<std::uint8_t>(p.w[c * p.depth + k] << (k % 8 < 4 ? 0 : 4));
    }
    for (std::size_t b = 0; b < p.blocks(); ++b) {
      const std::size_t at = (c / 16 * p.blocks() + b) * 16 + c % 16;
      scale[at] = p.w_scale[c * p.blocks() + b];
      zero[at] = static_cast<std::uint8_t>(p.zero[c * p.blocks() + b]);
    }
  }
  std::vector<float> y(p.rows * p.cols, NAN);
  kernels.gemm_i4({.x = x.data(),
                   .ldx = depth,
                   .minus_sum = minus_sum.data(),
                   .x_scale = p.x_scale.data(),
                   .panels = panels.data(),
                   .w_scale = scale.data(),
                   .zero = p.zeros == Zeros::any ? zero.data() : nullptr,
                   .block = p.block,
                   .depth = p.depth,
                   .out = output_of(p, y, Epilogue::none)});
  return y;
}

void expect_formula(const KernelTable& kernels, const Problem& p) {
  const auto y = multiply(kernels, p);
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t c = 0; c < p.cols; ++c) {
      ASSERT_EQ(y[r * p.cols + c], p.element(r, c))
          << p.rows << "x" << p.depth << "x" << p.cols << " in blocks of " << p.block;
      ASSERT_NEAR(y[r * p.cols + c], p.exact(r, c), 1e-6 * 2000 * static_cast<double>(p.depth));
    }
  }
}

TEST_P(GemmI4Test, IsTheFormulaForEveryTile) {
  for (std::size_t block : {16u, 32u}) {
    for (std::size_t rows : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 13u}) {
      for (std::size_t cols : {1u, 16u, 17u, 33u, 64u, 70u}) {
        for (std::size_t depth : {1u, 16u, 32u, 33u, 75u, 96u}) {
          expect_formula(kernels(), Problem(rows, depth, cols, block, Zeros::eight, Draw::any));
          expect_formula(kernels(), Problem(rows, depth, cols, block, Zeros::any, Draw::any));
        }
      }
    }
  }
}

// Largest products of either sign in every place, so that 16 bits would overflow where a kernel
// lets them.
TEST_P(GemmI4Test, SumsAreExactAtTheExtremes) {
  for (std::size_t block : {16u, 32u}) {
    for (int sign : {-1, 1}) {
      Problem p(6, 64, 32, block, Zeros::any, Draw::extremes);
      expect_formula(kernels(), p);
      std::fill(p.q.begin(), p.q.end(), sign * 127);
      std::fill(p.w.begin(), p.w.end(), 15);
      std::fill(p.zero.begin(), p.zero.end(), 0);
      expect_formula(kernels(), p);
      std::fill(p.w.begin(), p.w.end(), 0);
      std::fill(p.zero.begin(), p.zero.end(), 15);
      expect_formula(kernels(), p);
    }
  }
}

TEST_P(GemmI4Test, QuantisedRowsAreWithinHalfAStepAndCarryTheirSums) {
  for (std::size_t block : {16u, 32u}) {
    for (std::size_t depth : {1u, 15u, 16u, 31u, 32u, 67u, 96u}) {
      const std::size_t blocks = (depth + block - 1) / block;
      const auto x = random_floats(3 * depth, 5, 3.0f);
      std::vector<std::int8_t> q(3 * blocks * block, 99);
      std::vector<std::int32_t> minus_sum(3 * blocks, 99);
      std::vector<float> scale(3);
      kernels().quantize_rows_i4(x.data(), depth, 3, depth, block, q.data(), minus_sum.data(),
                                 scale.data());
      for (std::size_t r = 0; r < 3; ++r) {
        int largest = 0;
        for (std::size_t k = 0; k < blocks * block; ++k) {
          const int value = q[r * blocks * block + k];
          largest = std::max(largest, std::abs(value));
          if (k < depth) {
            ASSERT_NEAR(static_cast<float>(value) * scale[r], x[r * depth + k], scale[r] * 0.5001f);
          } else {
            ASSERT_EQ(value, 0);
          }
          minus_sum[r * blocks + k / block] += value;
        }
        EXPECT_EQ(largest, 127);
        for (std::size_t b = 0; b < blocks; ++b) EXPECT_EQ(minus_sum[r * blocks + b], 0);
      }
    }
  }
}

TEST_P(GemmI4Test, ARowOfZerosHasScaleZero) {
  const std::vector<float> x(20, 0.0f);
  std::vector<std::int8_t> q(32, 99);
  std::int32_t minus_sum = 99;
  float scale = 1;
  kernels().quantize_rows_i4(x.data(), 20, 1, 20, 32, q.data(), &minus_sum, &scale);
  EXPECT_EQ(scale, 0.0f);
  EXPECT_EQ(minus_sum, 0);
  EXPECT_EQ(q, std::vector<std::int8_t>(32, 0));
}

TEST_P(GemmI4Test, BitsAreThoseOfTheScalarKernels) {
  const auto x = random_floats(5 * 77, 6, 2.0f);
  std::vector<std::int8_t> a(5 * 96), b(5 * 96);
  std::vector<std::int32_t> sum_a(5 * 3), sum_b(5 * 3);
  std::vector<float> scale_a(5), scale_b(5);
  kernels().quantize_rows_i4(x.data(), 77, 5, 77, 32, a.data(), sum_a.data(), scale_a.data());
  kernels_scalar().quantize_rows_i4(x.data(), 77, 5, 77, 32, b.data(), sum_b.data(),
                                    scale_b.data());
  EXPECT_EQ(a, b);
  EXPECT_EQ(sum_a, sum_b);
  EXPECT_TRUE(same_bits(scale_a, scale_b));
  const Problem p(9, 300, 83, 32, Zeros::any, Draw::any);
  EXPECT_TRUE(same_bits(multiply(kernels(), p), multiply(kernels_scalar(), p)));
}

TRANSEPT_INSTANTIATE_EVERY_ISA(GemmI4Test);

}  // namespace
}  // namespace transept
