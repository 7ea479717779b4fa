#include "engine/ops/linear/int8_weights.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

Tensor bytes_tensor(const std::vector<std::uint8_t>& bytes, DType dtype, std::size_t rows,
                    std::size_t cols) {
  Tensor t;
  t.dtype = dtype;
  t.rows = rows;
  t.cols = cols;
  t.bytes = std::as_bytes(std::span(bytes));
  return t;
}

TEST(Int8Weights, IntegersOfTheFileAreKeptLessTheirZeroPoint) {
  const std::vector<std::uint8_t> bytes = {128, 0, 255, 130, 128, 127};
  Tensor t = bytes_tensor(bytes, DType::u8, 2, 3);
  t.quantization = {.kind = Quantization::Kind::per_row,
                    .group = 0,
                    .scale = {0.5f, 0.25f},
                    .zero = {128, 128},
                    .zero_float = {}};
  std::vector<std::int8_t> q(6);
  std::vector<float> scale(2);
  read_rows_int8(t, 0, 2, q.data(), scale.data());
  EXPECT_EQ(q, (std::vector<std::int8_t>{0, -128, 127, 2, 0, -1}));
  EXPECT_EQ(scale, (std::vector<float>{0.5f, 0.25f}));
}

TEST(Int8Weights, TransposedStorageGivesTheSameRows) {
  const std::vector<std::uint8_t> bytes = {1, 4, 2, 5, 3, 6};  // [cols 3, rows 2]
  Tensor t = bytes_tensor(bytes, DType::i8, 2, 3);
  t.transposed = true;
  t.quantization = {.kind = Quantization::Kind::per_tensor,
                    .group = 0,
                    .scale = {2.0f},
                    .zero = {},
                    .zero_float = {}};
  std::vector<std::int8_t> q(3);
  float scale = 0;
  read_rows_int8(t, 1, 1, q.data(), &scale);
  EXPECT_EQ(q, (std::vector<std::int8_t>{4, 5, 6}));
  EXPECT_EQ(scale, 2.0f);
}

// Storage is turned over in squares: every size around them, both types, zero points in the middle
// and elsewhere.
TEST(Int8Weights, BothOrientationsGiveTheIntegersOfTheFormula) {
  std::vector<std::uint8_t> bytes(40 * 40);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(64 + (i * 37 + i / 40) % 128);
  }
  for (const bool transposed : {false, true}) {
    for (const DType type : {DType::i8, DType::u8}) {
      for (const std::int32_t zero : {0, 128, 100, 3}) {
        for (const std::size_t rows : {1u, 7u, 15u, 16u, 17u, 24u, 25u, 39u}) {
          for (const std::size_t cols : {1u, 15u, 16u, 17u, 39u}) {
            Tensor t = bytes_tensor(bytes, type, rows, cols);
            t.transposed = transposed;
            t.stride = 40;
            t.quantization = {.kind = Quantization::Kind::per_tensor,
                              .group = 0,
                              .scale = {0.5f},
                              .zero = {zero},
                              .zero_float = {}};
            std::vector<std::int8_t> q(rows * cols);
            std::vector<float> scale(rows);
            const std::size_t first = rows / 3;
            read_rows_int8(t, first, rows - first, q.data(), scale.data());
            for (std::size_t r = first; r < rows; ++r) {
              // did not fit and was quantised anew: another test
              if (scale[r - first] != 0.5f) continue;
              for (std::size_t k = 0; k < cols; ++k) {
                const std::uint8_t byte = bytes[transposed ? k * 40 + r : r * 40 + k];
                const std::int32_t stored =
                    type == DType::i8 ? static_cast<std::int8_t>(byte) : byte;
                ASSERT_EQ(q[(r - first) * cols + k], stored - zero)
                    << rows << ", " << cols << ", " << zero;
              }
            }
          }
        }
      }
    }
  }
}

TEST(Int8Weights, ARowThatDoesNotFitAfterItsZeroPointIsQuantisedAnew) {
  const std::vector<std::uint8_t> bytes = {255, 0, 3, 1, 2, 3};
  Tensor t = bytes_tensor(bytes, DType::u8, 2, 3);
  t.quantization = {.kind = Quantization::Kind::per_tensor,
                    .group = 0,
                    .scale = {0.1f},
                    .zero = {3},
                    .zero_float = {}};
  std::vector<std::int8_t> q(6);
  std::vector<float> scale(2);
  read_rows_int8(t, 0, 2, q.data(), scale.data());
  EXPECT_EQ(q[0], 127);  // 25.2 is the largest of the first row
  EXPECT_NEAR(static_cast<float>(q[1]) * scale[0], -0.3f, scale[0] / 2);
  EXPECT_EQ(q[3], -2);  // the second row keeps its integers
  EXPECT_EQ(scale[1], 0.1f);
}

TEST(Int8Weights, FloatRowsAreWithinHalfAStep) {
  const auto values = random_floats(4 * 33, 1);
  const auto t = make_tensor(values, 4, 33);
  EXPECT_FALSE(holds_int8(*t));
  std::vector<std::int8_t> q(4 * 33);
  std::vector<float> scale(4);
  read_rows_int8(*t, 0, 4, q.data(), scale.data());
  for (std::size_t i = 0; i < q.size(); ++i) {
    EXPECT_NEAR(static_cast<float>(q[i]) * scale[i / 33], values[i], scale[i / 33] * 0.5001f);
  }
}

}  // namespace
}  // namespace transept
