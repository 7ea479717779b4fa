#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class RowAttentionTest : public EveryIsa {};

struct Problem {
  std::size_t steps, heads, d_head;
  std::size_t width = heads * d_head;
  std::vector<float> q = random_floats(width, 1);
  // Cells lie in one block, in an order that is not that of the steps; a gap precedes keys and values.
  std::vector<float> block = random_floats(steps * (2 * width + 3), 2);
  std::vector<const float*> cells = [this] {
    std::vector<const float*> pointers(steps);
    for (std::size_t t = 0; t < steps; ++t) {
      pointers[t] = block.data() + (t * 7 + 3) % steps * (2 * width + 3);
    }
    return pointers;
  }();
};

std::vector<float> attend(const KernelTable& kernels, const Problem& p) {
  std::vector<float> out(p.width), scores(p.steps);
  kernels.row_attention({.q = p.q.data(), .cells = p.cells.data(), .key_offset = 3,
                         .value_offset = 3 + p.width, .steps = p.steps, .heads = p.heads,
                         .d_head = p.d_head, .scale = 0.3f, .scores = scores.data(), .out = out.data()});
  return out;
}

TEST_P(RowAttentionTest, AgreesWithTheFormula) {
  for (std::size_t d_head : {1u, 8u, 16u, 20u, 64u}) {
    for (std::size_t steps : {1u, 2u, 16u, 19u}) {
      const Problem p{steps, 3, d_head};
      const auto out = attend(kernels(), p);
      for (std::size_t h = 0; h < p.heads; ++h) {
        std::vector<double> weights(steps);
        double sum = 0;
        for (std::size_t t = 0; t < steps; ++t) {
          double score = 0;
          for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
            score += static_cast<double>(p.q[d]) * p.cells[t][3 + d];
          }
          sum += weights[t] = std::exp(score * 0.3);
        }
        for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
          double expected = 0;
          for (std::size_t t = 0; t < steps; ++t) {
            expected += weights[t] / sum * p.cells[t][3 + p.width + d];
          }
          ASSERT_NEAR(out[d], expected, 2e-6) << d_head << " " << steps;
        }
      }
    }
  }
}

TEST_P(RowAttentionTest, BitsAreThoseOfTheScalarKernels) {
  for (std::size_t d_head : {8u, 32u, 37u}) {
    const Problem p{21, 4, d_head};
    EXPECT_TRUE(same_bits(attend(kernels(), p), attend(kernels_scalar(), p)));
  }
}

TRANSEPT_INSTANTIATE_EVERY_ISA(RowAttentionTest);

}  // namespace
}  // namespace transept
