#include "engine/ops/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class AttentionTest : public EveryIsa {};

TEST_P(AttentionTest, AgreesWithTheFormulaAndItsWeightsSumToOne) {
  for (std::size_t d_head : {4u, 16u, 24u}) {
    for (std::size_t src_len : {1u, 15u, 16u, 33u}) {
      const HeadShape shape{3, d_head};
      const std::size_t width = shape.width(), rows = 29, ld = 3 * width;
      const auto qkv = random_floats(std::max(rows, src_len) * ld, 1, 2.0f);
      std::vector<float> memory(memory_floats(shape, src_len));
      std::vector<float> scratch(attention_scratch(rows, src_len));
      std::vector<float> out(rows * width), weights(shape.heads * rows * src_len);
      const float* keys = qkv.data() + width;
      const float* values = qkv.data() + 2 * width;
      lay_out_memory(kernels(), shape, keys, values, ld, src_len, memory.data());
      attend(kernels(), shape, qkv.data(), ld, rows, memory.data(), src_len, 0.5f, scratch.data(), out.data(),
             weights.data());

      for (std::size_t h = 0; h < shape.heads; ++h) {
        for (std::size_t r = 0; r < rows; ++r) {
          std::vector<double> expected(src_len);
          double sum = 0;
          for (std::size_t t = 0; t < src_len; ++t) {
            double score = 0;
            for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
              score += static_cast<double>(qkv[r * ld + d]) * keys[t * ld + d];
            }
            sum += expected[t] = std::exp(0.5 * score);
          }
          double total = 0;
          for (std::size_t t = 0; t < src_len; ++t) {
            total += weights[(h * rows + r) * src_len + t];
            ASSERT_NEAR(weights[(h * rows + r) * src_len + t], expected[t] / sum, 2e-6);
          }
          ASSERT_NEAR(total, 1.0, 1e-6);
          for (std::size_t d = h * d_head; d < (h + 1) * d_head; ++d) {
            double mixed = 0;
            for (std::size_t t = 0; t < src_len; ++t) mixed += expected[t] / sum * values[t * ld + d];
            ASSERT_NEAR(out[r * width + d], mixed, 4e-6);
          }
        }
      }
    }
  }
}

TRANSEPT_INSTANTIATE_EVERY_ISA(AttentionTest);

}  // namespace
}  // namespace transept
