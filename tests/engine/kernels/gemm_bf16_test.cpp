#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/panels.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class GemmBf16Test : public EveryIsa {};

constexpr std::size_t up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

float from_bf16(std::uint32_t half) { return std::bit_cast<float>(half << 16); }

// The nearer of the two neighbours that have 16 bits; the one whose last bit is 0 when both are as
// near.
std::uint32_t nearest_bf16(float x) {
  const std::uint32_t below = std::bit_cast<std::uint32_t>(x) >> 16;  // towards zero
  if (std::isinf(x)) return below;
  const double down = std::fabs(static_cast<double>(x) - from_bf16(below));
  // Beyond the largest number the neighbour would be 2^128, which a double holds and a float does
  // not.
  const double above = std::isinf(from_bf16(below + 1)) ? std::copysign(std::ldexp(1.0, 128), x)
                                                        : static_cast<double>(from_bf16(below + 1));
  const double gap = std::fabs(above - static_cast<double>(x));
  return down < gap || (down == gap && below % 2 == 0) ? below : below + 1;
}

float rounded(float x) { return from_bf16(nearest_bf16(x)); }

std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = rounded(value);
  return values;
}

struct Problem {
  std::size_t rows, depth, cols;
  std::vector<float> x = random_floats(rows * depth, 1);
  std::vector<float> w = random_floats(cols * depth, 2);  // [cols, depth]
  std::vector<float> bias = random_floats(up(cols, kPanel), 3);
  std::vector<float> residual = random_floats(rows * cols, 4);

  std::size_t pairs() const { return (depth + 1) / 2; }
};

std::vector<std::uint32_t> words_of(const KernelTable& kernels, const std::vector<float>& x,
                                    std::size_t rows, std::size_t depth) {
  const std::size_t pairs = (depth + 1) / 2;
  std::vector<std::uint32_t> words(rows * pairs, 0xdeadbeef);
  kernels.round_rows_bf16(x.data(), depth, rows, depth, words.data(), pairs);
  return words;
}

std::vector<float> multiply(const KernelTable& kernels, const Problem& p, Epilogue epilogue) {
  const auto x = words_of(kernels, p.x, p.rows, p.depth);
  const auto w = words_of(kernels, p.w, p.cols, p.depth);
  const auto panels = make_panels(w, p.cols, p.pairs());
  std::vector<float> y(p.rows * p.cols, NAN);
  kernels.gemm_bf16({.x = x.data(),
                     .ldx = p.pairs(),
                     .panels = panels.data(),
                     .depth = p.depth,
                     .out = output_of(p, y, epilogue)});
  return y;
}

TEST_P(GemmBf16Test, RoundsToTheNearestAndTiesToEven) {
  std::vector<float> x = random_floats(2000, 5, 100.0f);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float value :
       {0.0f, -0.0f, 1.0f, 1.00390625f, 1.01171875f, -1.00390625f, 3.3895314e38f, 3.3961775e38f,
        3.4028235e38f, -3.4028235e38f, kInfinity, -kInfinity, 1e-39f, 1e-45f}) {
    x.push_back(value);
  }
  const auto words = words_of(kernels(), x, 1, x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint32_t half = i % 2 == 0 ? words[i / 2] >> 16 : words[i / 2] & 0xffffu;
    ASSERT_EQ(half, nearest_bf16(x[i])) << x[i];
  }
}

TEST_P(GemmBf16Test, WhatIsNotANumberStaysSo) {
  for (const std::uint32_t bits : {0x7f800001u, 0x7fffffffu, 0xff800001u, 0xffffffffu}) {
    const auto words = words_of(kernels(), {std::bit_cast<float>(bits), 1.0f}, 1, 2);
    EXPECT_TRUE(std::isnan(from_bf16(words[0] >> 16)));
    EXPECT_EQ(from_bf16(words[0] & 0xffffu), 1.0f);
  }
}

TEST_P(GemmBf16Test, EveryLengthOfARowIsRoundedAndFilledUp) {
  for (std::size_t depth = 1; depth <= 50; ++depth) {
    const auto x = random_floats(2 * depth, 6);
    const auto words = words_of(kernels(), x, 2, depth);
    for (std::size_t r = 0; r < 2; ++r) {
      for (std::size_t k = 0; k < depth + depth % 2; ++k) {
        const std::uint32_t word = words[r * ((depth + 1) / 2) + k / 2];
        const std::uint32_t half = k % 2 == 0 ? word >> 16 : word & 0xffffu;
        ASSERT_EQ(half, k < depth ? nearest_bf16(x[r * depth + k]) : 0u) << depth << ", " << k;
      }
    }
  }
}

TEST_P(GemmBf16Test, AgreesWithTheFormulaForEveryTile) {
  for (std::size_t rows : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 11u, 13u}) {
    for (std::size_t cols : {1u, 15u, 16u, 17u, 48u, 63u, 64u, 65u, 130u}) {
      for (std::size_t depth : {1u, 2u, 7u, 32u}) {
        const Problem p{rows, depth, cols};
        const auto y = multiply(kernels(), p, Epilogue::none);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < cols; ++c) {
            double expected = 0;
            for (std::size_t k = 0; k < depth; ++k) {
              expected +=
                  static_cast<double>(rounded(p.x[r * depth + k])) * rounded(p.w[c * depth + k]);
            }
            expected += static_cast<double>(p.bias[c]) + p.residual[r * cols + c];
            ASSERT_NEAR(y[r * cols + c], expected, 2e-6) << rows << "x" << depth << "x" << cols;
          }
        }
      }
    }
  }
}

// The instruction's two roundings a word are those of two fused multiply-adds: no processor is left
// to its own sums.
TEST_P(GemmBf16Test, BitsAreThoseOfFloat32OnTheRoundedNumbers) {
  for (std::size_t depth : {1u, 64u, 75u, 512u}) {
    const Problem p{9, depth, 83};
    const auto x = rounded(p.x);
    const auto w = rounded(p.w);
    const auto panels = make_panels(w, p.cols, depth);
    std::vector<float> expected(p.rows * p.cols);
    kernels().gemm_f32({.x = x.data(),
                        .ldx = depth,
                        .panels = panels.data(),
                        .depth = depth,
                        .out = output_of(p, expected, Epilogue::gelu)});
    EXPECT_TRUE(same_bits(multiply(kernels(), p, Epilogue::gelu), expected)) << depth;
    EXPECT_TRUE(same_bits(multiply(kernels_scalar(), p, Epilogue::gelu), expected)) << depth;
  }
}

TEST_P(GemmBf16Test, ARowsBitsDoNotDependOnItsCompany) {
  const Problem all{13, 63, 80};
  const auto together = multiply(kernels(), all, Epilogue::swish);
  for (std::size_t r = 0; r < all.rows; ++r) {
    Problem one{1, 63, 80};
    one.x.assign(all.x.begin() + r * 63, all.x.begin() + (r + 1) * 63);
    one.residual.assign(all.residual.begin() + r * 80, all.residual.begin() + (r + 1) * 80);
    EXPECT_TRUE(same_bits(multiply(kernels(), one, Epilogue::swish),
                          std::span(together).subspan(r * 80, 80)));
  }
}

TRANSEPT_INSTANTIATE_EVERY_ISA(GemmBf16Test);

}  // namespace
}  // namespace transept
