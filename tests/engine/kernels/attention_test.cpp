#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/ops/attention.h"
#include "tests/support/every_isa.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class AttentionTest : public EveryIsa {};

// Queries and cells in the usual order of heads, and what the kernel gets of them.
struct Problem {
  Problem(std::size_t heads, std::size_t d_head, std::size_t rows_in, std::size_t steps_in)
      : shape{heads, d_head}, rows(rows_in), steps(steps_in) {
    for (std::size_t r = 0; r < rows; ++r) put(q, queries, r);
    for (std::size_t t = 0; t < steps; ++t) {
      put(k, block, 2 * t);
      put(v, block, 2 * t + 1);
    }
    // Cells in an order that is not that of memory.
    for (std::size_t t = 0; t < steps; ++t) cells.push_back(block.data() + 2 * order(t) * shape.width());
  }

  std::size_t order(std::size_t t) const { return steps - 1 - t; }
  float query(std::size_t r, std::size_t i) const { return q[r * usual() + i]; }
  float key(std::size_t t, std::size_t i) const { return k[order(t) * usual() + i]; }
  float value(std::size_t t, std::size_t i) const { return v[order(t) * usual() + i]; }
  std::size_t usual() const { return shape.heads * shape.d_head; }

  HeadShape shape;
  std::size_t rows, steps;
  std::vector<float> q = random_floats(rows * usual(), 1, 2.0f);
  std::vector<float> k = random_floats(steps * usual(), 2, 2.0f);
  std::vector<float> v = random_floats(steps * usual(), 3, 2.0f);
  std::vector<float> queries = std::vector<float>(rows * shape.width());
  std::vector<float> block = std::vector<float>(steps * 2 * shape.width());
  std::vector<const float*> cells;

 private:
  // Vector `to` of an interleaved array from vector to % n of the usual one.
  void put(const std::vector<float>& from, std::vector<float>& into, std::size_t to) const {
    const std::size_t row = &into == &block ? to / 2 : to;
    const auto order = interleaved_order(shape);
    for (std::size_t f = 0; f < order.size(); ++f) {
      into[to * shape.width() + f] = order[f] < 0 ? 0.0f : from[row * usual() + static_cast<std::size_t>(order[f])];
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
  kernels.attend({.q = p.queries.data(), .ldq = p.shape.width(), .cells = p.cells.data(), .key_offset = 0,
                  .value_offset = p.shape.width(), .rows = p.rows, .steps = p.steps, .heads = p.shape.heads,
                  .lanes = p.shape.lanes(), .width = p.shape.width(), .scale = 0.3f, .scores = scores.data(),
                  .out = answer.out.data(), .ldo = p.shape.width(), .probabilities = answer.weights.data()});
  return answer;
}

TEST_P(AttentionTest, AgreesWithTheFormula) {
  for (std::size_t heads : {1u, 2u, 3u, 8u, 12u, 16u, 20u}) {
    for (std::size_t d_head : {1u, 5u, 32u}) {
      for (std::size_t rows : {1u, 2u, 3u, 4u, 5u, 9u}) {
        for (std::size_t steps : {1u, 3u, 4u, 19u}) {
          const Problem p(heads, d_head, rows, steps);
          const Answer answer = attend(kernels(), p);
          const auto order = interleaved_order(p.shape);
          for (std::size_t r = 0; r < rows; ++r) {
            std::vector<double> expected(p.usual());
            for (std::size_t h = 0; h < heads; ++h) {
              std::vector<double> weights(steps);
              double sum = 0;
              for (std::size_t t = 0; t < steps; ++t) {
                double score = 0;
                for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
                  score += static_cast<double>(p.query(r, d)) * p.key(t, d);
                }
                sum += weights[t] = std::exp(score * 0.3);
              }
              for (std::size_t t = 0; t < steps; ++t) {
                const double weight = weights[t] / sum;
                ASSERT_NEAR(answer.weights[(h * rows + r) * steps + t], weight, 3e-6);
                for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) expected[d] += weight * p.value(t, d);
              }
            }
            for (std::size_t f = 0; f < order.size(); ++f) {
              const float found = answer.out[r * p.shape.width() + f];
              const double wanted = order[f] < 0 ? 0.0 : expected[static_cast<std::size_t>(order[f])];
              ASSERT_NEAR(found, wanted, 8e-6) << heads << " heads of " << d_head << ", " << steps << " steps";
            }
          }
        }
      }
    }
  }
}

TEST_P(AttentionTest, BitsAreThoseOfTheScalarKernels) {
  for (std::size_t heads : {1u, 3u, 8u, 20u}) {
    const Problem p(heads, 37, 7, 21);
    const Answer mine = attend(kernels(), p);
    const Answer scalar = attend(kernels_scalar(), p);
    EXPECT_TRUE(same_bits(mine.out, scalar.out));
    EXPECT_TRUE(same_bits(mine.weights, scalar.weights));
  }
}

TEST_P(AttentionTest, ARowsBitsDoNotDependOnItsCompany) {
  Problem p(8, 32, 7, 11);
  const Answer together = attend(kernels(), p);
  const std::size_t width = p.shape.width();
  const auto queries = p.queries;
  for (std::size_t r = 0; r < 7; ++r) {
    p.rows = 1;
    p.queries.assign(queries.begin() + static_cast<std::ptrdiff_t>(r * width),
                     queries.begin() + static_cast<std::ptrdiff_t>((r + 1) * width));
    EXPECT_TRUE(same_bits(attend(kernels(), p).out, std::span(together.out).subspan(r * width, width)));
  }
}

TRANSEPT_INSTANTIATE_EVERY_ISA(AttentionTest);

}  // namespace
}  // namespace transept
