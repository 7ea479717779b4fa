#include "engine/ops/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class AttentionTest : public EveryIsa {};

// To nearest, ties to even. x: an ordinary number.
float rounded_to_bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t below = bits & 0xffffu;
  const bool up = below > 0x8000u || (below == 0x8000u && (bits & 0x10000u) != 0);
  return std::bit_cast<float>((bits - below) + (up ? 0x10000u : 0u));
}

// Queries, keys and values in the usual order of heads, and what the kernel gets of them.
struct Problem {
  Problem(CellNumbers numbers_in, std::size_t heads, std::size_t d_head, std::size_t rows_in,
          std::size_t steps_in)
      : shape{heads, d_head}, numbers(numbers_in), rows(rows_in), steps(steps_in) {
    for (std::size_t r = 0; r < rows; ++r) {
      const auto query = interleaved(q, r);
      queries.insert(queries.end(), query.begin(), query.end());
    }
    for (std::size_t t = 0; t < steps; ++t) {
      store(interleaved(k, t), 2 * t);
      store(interleaved(v, t), 2 * t + 1);
    }
    // Cells in an order that is not that of memory.
    for (std::size_t t = 0; t < steps; ++t) cells.push_back(block.data() + 2 * order(t) * room());
    if (numbers == CellNumbers::bfloat16) {
      for (float& x : k) x = rounded_to_bfloat16(x);
      for (float& x : v) x = rounded_to_bfloat16(x);
    }
  }

  std::size_t order(std::size_t t) const { return steps - 1 - t; }
  float query(std::size_t r, std::size_t i) const { return q[r * usual() + i]; }
  float key(std::size_t t, std::size_t i) const { return k[order(t) * usual() + i]; }
  float value(std::size_t t, std::size_t i) const { return v[order(t) * usual() + i]; }
  std::size_t usual() const { return shape.heads * shape.d_head; }
  // Words of a key or a value: enough for either kind of numbers.
  std::size_t room() const { return shape.width() + std::max<std::size_t>(shape.lanes(), kPanel); }

  HeadShape shape;
  CellNumbers numbers;
  std::size_t rows, steps;
  std::vector<float> q = random_floats(rows * usual(), 1, 2.0f);
  std::vector<float> k = random_floats(steps * usual(), 2, 2.0f);
  std::vector<float> v = random_floats(steps * usual(), 3, 2.0f);
  std::vector<float> queries;
  std::vector<std::uint32_t> block = std::vector<std::uint32_t>(steps * 2 * room());
  std::vector<const void*> cells;

 private:
  std::vector<float> interleaved(const std::vector<float>& from, std::size_t row) const {
    std::vector<float> to;
    for (const std::int32_t i : interleaved_order(shape)) {
      to.push_back(i < 0 ? 0.0f : from[row * usual() + static_cast<std::size_t>(i)]);
    }
    return to;
  }

  void store(const std::vector<float>& x, std::size_t at) {
    std::uint32_t* to = block.data() + at * room();
    if (numbers == CellNumbers::float32) {
      std::memcpy(to, x.data(), x.size() * sizeof(float));
    } else {
      kernels_scalar().pair_bf16(x.data(), x.size(), shape.lanes(), to);
    }
  }
};

struct Answer {
  std::vector<float> out;      // [rows, width], interleaved
  std::vector<float> weights;  // [heads, rows, steps]
};

Answer attend(const KernelTable& kernels, const Problem& p) {
  Answer answer{std::vector<float>(p.rows * p.shape.width(), NAN),
                std::vector<float>(p.shape.heads * p.rows * p.steps, NAN)};
  std::vector<float> scores(kAttentionRows * p.steps * kPanel);
  kernels.attend({.q = p.queries.data(),
                  .ldq = p.shape.width(),
                  .cells = p.cells.data(),
                  .key_offset = 0,
                  .value_offset = p.room() * sizeof(float),
                  .numbers = p.numbers,
                  .rows = p.rows,
                  .steps = p.steps,
                  .heads = p.shape.heads,
                  .lanes = p.shape.lanes(),
                  .width = p.shape.width(),
                  .scale = 0.3f,
                  .scores = scores.data(),
                  .out = answer.out.data(),
                  .ldo = p.shape.width(),
                  .probabilities = answer.weights.data()});
  return answer;
}

void expect_formula(const KernelTable& kernels, const Problem& p) {
  const Answer answer = attend(kernels, p);
  const auto order = interleaved_order(p.shape);
  const std::size_t d_head = p.shape.d_head;
  for (std::size_t r = 0; r < p.rows; ++r) {
    std::vector<double> expected(p.usual());
    for (std::size_t h = 0; h < p.shape.heads; ++h) {
      std::vector<double> weights(p.steps);
      double sum = 0;
      for (std::size_t t = 0; t < p.steps; ++t) {
        double score = 0;
        for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
          score += static_cast<double>(p.query(r, d)) * p.key(t, d);
        }
        sum += weights[t] = std::exp(score * 0.3);
      }
      for (std::size_t t = 0; t < p.steps; ++t) {
        const double weight = weights[t] / sum;
        ASSERT_NEAR(answer.weights[(h * p.rows + r) * p.steps + t], weight, 3e-6);
        for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
          expected[d] += weight * p.value(t, d);
        }
      }
    }
    for (std::size_t f = 0; f < order.size(); ++f) {
      const float found = answer.out[r * p.shape.width() + f];
      const double wanted = order[f] < 0 ? 0.0 : expected[static_cast<std::size_t>(order[f])];
      ASSERT_NEAR(found, wanted, 8e-6)
          << p.shape.heads << " heads of " << d_head << ", " << p.steps << " steps";
    }
  }
}

constexpr CellNumbers kBoth[] = {CellNumbers::float32, CellNumbers::bfloat16};

TEST_P(AttentionTest, AgreesWithTheFormula) {
  for (const CellNumbers numbers : kBoth) {
    for (std::size_t heads : {1u, 2u, 3u, 8u, 12u, 16u, 20u}) {
      for (std::size_t d_head : {1u, 5u, 32u}) {
        for (std::size_t rows : {1u, 2u, 3u, 4u, 5u, 9u}) {
          for (std::size_t steps : {1u, 3u, 4u, 19u}) {
            expect_formula(kernels(), Problem(numbers, heads, d_head, rows, steps));
          }
        }
      }
    }
  }
}

TEST_P(AttentionTest, BitsAreThoseOfTheScalarKernels) {
  for (const CellNumbers numbers : kBoth) {
    for (std::size_t heads : {1u, 3u, 8u, 20u}) {
      const Problem p(numbers, heads, 37, 7, 21);
      const Answer mine = attend(kernels(), p);
      const Answer scalar = attend(kernels_scalar(), p);
      EXPECT_TRUE(same_bits(mine.out, scalar.out));
      EXPECT_TRUE(same_bits(mine.weights, scalar.weights));
    }
  }
}

TEST_P(AttentionTest, ARowsBitsDoNotDependOnItsCompany) {
  for (const CellNumbers numbers : kBoth) {
    Problem p(numbers, 8, 32, 7, 11);
    const Answer together = attend(kernels(), p);
    const std::size_t width = p.shape.width();
    const auto queries = p.queries;
    for (std::size_t r = 0; r < 7; ++r) {
      p.rows = 1;
      p.queries.assign(queries.begin() + static_cast<std::ptrdiff_t>(r * width),
                       queries.begin() + static_cast<std::ptrdiff_t>((r + 1) * width));
      EXPECT_TRUE(
          same_bits(attend(kernels(), p).out, std::span(together.out).subspan(r * width, width)));
    }
  }
}

TEST_P(AttentionTest, PairsAreRoundedAlikeEverywhere) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const std::size_t lanes : {1u, 8u, 32u}) {
    for (const std::size_t width : {32u, 96u, 160u}) {
      std::vector<float> x = random_floats(width, 5, 3.0f);
      x[1] = inf;
      x[2] = NAN;
      x[3] = std::numeric_limits<float>::max();
      x[4] = std::bit_cast<float>(0x3f808000u);  // half way: to the even one below
      x[5] = std::bit_cast<float>(0x3f818000u);  // and above
      const std::size_t room = width + 32;
      std::vector<std::uint32_t> mine(room, 7), scalar(room, 7);
      kernels().pair_bf16(x.data(), width, lanes, mine.data());
      kernels_scalar().pair_bf16(x.data(), width, lanes, scalar.data());
      EXPECT_EQ(mine, scalar);
      EXPECT_EQ(mine[4] >> 16, 0x3f80u);
      EXPECT_EQ(mine[5] >> 16, 0x3f82u);
      EXPECT_EQ(mine[1] >> 16, 0x7f80u);
      EXPECT_EQ(mine[2] >> 16, 0x7fc0u);
    }
  }
}

TRANSEPT_INSTANTIATE_EVERY_ISA(AttentionTest);

}  // namespace
}  // namespace transept
