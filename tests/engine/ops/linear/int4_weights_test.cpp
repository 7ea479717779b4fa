#include "engine/ops/linear/int4_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

struct Read {
  std::vector<std::uint8_t> q, zero;
  std::vector<float> scale;

  float value(std::size_t row, std::size_t col, std::size_t cols, std::size_t block) const {
    const std::size_t blocks = (cols + block - 1) / block;
    const std::size_t at = row * blocks + col / block;
    return static_cast<float>(q[row * blocks * block + col] - zero[at]) * scale[at];
  }
};

Read read(const Tensor& t, std::size_t block) {
  const std::size_t blocks = (t.cols + block - 1) / block;
  Read r;
  r.q.resize(t.rows * blocks * block, 99);
  r.scale.resize(t.rows * blocks, NAN);
  r.zero.resize(t.rows * blocks, 99);
  read_rows_int4(t, 0, t.rows, block, r.q.data(), r.scale.data(), r.zero.data());
  return r;
}

// What the loaders make: every layout of a file, with zero points of its own or none.
struct Stored {
  std::vector<std::uint8_t> bytes;
  Tensor tensor;

  Stored(DType dtype, std::size_t rows, std::size_t cols, std::size_t group, bool transposed,
         bool zeros) {
    const std::size_t stride = transposed ? rows : (cols + group - 1) / group * group;
    bytes.resize(((transposed ? cols : rows) * stride + 1) / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(i * 73 + 41);
    }
    tensor.dtype = dtype;
    tensor.rows = rows;
    tensor.cols = cols;
    tensor.transposed = transposed;
    tensor.stride = stride;
    tensor.bytes = std::as_bytes(std::span(bytes));
    Quantization& q = tensor.quantization;
    q.kind = Quantization::Kind::blocked;
    q.group = group;
    q.scale = random_floats(rows * ((cols + group - 1) / group), 3);
    const std::int32_t lowest = dtype == DType::i4 ? -8 : 0;
    if (zeros) {
      for (std::size_t i = 0; i < q.scale.size(); ++i) {
        q.zero.push_back(lowest + static_cast<std::int32_t>(i * 5 % 16));
      }
    } else if (dtype == DType::u4) {
      q.zero = {8};
    }
  }
};

TEST(Int4Weights, IntegersScalesAndZeroPointsOfTheFileAreKept) {
  for (DType dtype : {DType::u4, DType::i4}) {
    for (std::size_t group : {16u, 32u, 64u, 128u}) {
      for (bool transposed : {false, true}) {
        for (bool zeros : {false, true}) {
          const Stored stored(dtype, 6, 150, group, transposed, zeros);
          ASSERT_TRUE(check_tensor(stored.tensor).ok());
          ASSERT_TRUE(holds_int4(stored.tensor));
          const std::size_t block = std::min<std::size_t>(group, 32);
          const Read r = read(stored.tensor, block);
          std::vector<float> expected(6 * 150);
          read_rows(stored.tensor, 0, 6, expected.data());
          for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(r.value(i / 150, i % 150, 150, block), expected[i])
                << group << " " << transposed << " " << i;
          }
        }
      }
    }
  }
}

TEST(Int4Weights, OtherSchemesAreNotKept) {
  Stored stored(DType::u4, 2, 64, 32, false, true);
  stored.tensor.quantization.zero_float.assign(4, 7.5f);
  EXPECT_FALSE(holds_int4(stored.tensor));
  stored.tensor.quantization.zero_float.clear();
  stored.tensor.quantization.zero[1] = 16;
  EXPECT_FALSE(holds_int4(stored.tensor));
  EXPECT_FALSE(holds_int4(Stored(DType::u4, 2, 64, 8, false, false).tensor));
  EXPECT_FALSE(holds_int4(*make_tensor(random_floats(64, 1), 2, 32)));
}

TEST(Int4Weights, OtherNumbersAreWithinAStepOfTheirBlock) {
  for (std::size_t cols : {1u, 31u, 32u, 75u}) {
    const auto values = random_floats(7 * cols, 4);
    const auto t = make_tensor(values, 7, cols);
    const Read r = read(*t, 32);
    for (std::size_t row = 0; row < 7; ++row) {
      for (std::size_t block = 0; block * 32 < cols; ++block) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * cols + block * 32);
        const auto end = values.begin() +
                         static_cast<std::ptrdiff_t>(row * cols + std::min(cols, (block + 1) * 32));
        const float step = (std::max(0.0f, *std::max_element(begin, end)) -
                            std::min(0.0f, *std::min_element(begin, end))) /
                           15;
        double squares = 0;
        for (auto w = begin; w != end; ++w) {
          const auto col = static_cast<std::size_t>(w - values.begin()) - row * cols;
          const double off = r.value(row, col, cols, 32) - *w;
          // A range narrower by a tenth clips 1.5 steps at both ends together.
          EXPECT_LE(std::fabs(off), step * 1.51f);
          squares += off * off;
        }
        // Plain rounding has half a step and, where the zero point was rounded as well, another
        // half at one end.
        EXPECT_LE(squares, static_cast<double>(end - begin) * step * step * 0.26);
      }
    }
  }
}

TEST(Int4Weights, BlocksOfZerosAndOfWhatIsNotANumberBecomeZeros) {
  std::vector<float> values(96, 0.0f);
  values[40] = std::numeric_limits<float>::quiet_NaN();
  values[70] = std::numeric_limits<float>::infinity();
  const Read r = read(*make_tensor(values, 1, 96), 32);
  for (std::size_t k = 0; k < 96; ++k) EXPECT_EQ(r.value(0, k, 96, 32), 0.0f);
}

TEST(Int4Weights, SymmetricMatricesNeedNoZeroPointsAndFiveBitsAWeight) {
  const Stored symmetric(DType::u4, 32, 64, 32, false, false);
  const Int4Part part{&symmetric.tensor, {}};
  ArrayPlace place = ArrayPlace::nowhere();
  const Int4Panels packed = place_int4({&part, 1}, {}, place);
  EXPECT_EQ(packed.block, 32u);
  EXPECT_EQ(packed.zero.size(), 0u);
  EXPECT_EQ(packed.bytes(), 32u * 64u * 5u / 8u);
  const Stored small(DType::i4, 32, 64, 16, false, true);
  const Int4Part parts[] = {{&symmetric.tensor, {}}, {&small.tensor, {}}};
  EXPECT_EQ(place_int4(parts, {}, place).block, 16u);
}

}  // namespace
}  // namespace transept
