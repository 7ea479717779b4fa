#include "engine/base/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace transept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Quantization::Kind;

// A tensor over its own copy of `stored`.
template <class T>
Tensor make(DType dtype, std::size_t rows, std::size_t cols, const std::vector<T>& stored) {
  auto copy = std::make_shared<std::vector<T>>(stored);
  Tensor tensor;
  tensor.origin = "test";
  tensor.dtype = dtype;
  tensor.rows = rows;
  tensor.cols = cols;
  tensor.bytes = std::as_bytes(std::span<const T>(*copy));
  tensor.owner = copy;
  return tensor;
}

std::vector<float> read(const Tensor& tensor, std::size_t first, std::size_t count) {
  EXPECT_TRUE(check_tensor(tensor).ok()) << check_tensor(tensor).message();
  std::vector<float> out(count * tensor.cols);
  read_rows(tensor, first, count, out.data());
  return out;
}

std::vector<float> read(const Tensor& tensor) { return read(tensor, 0, tensor.rows); }

TEST(Tensor, ReadsEveryIntegerType) {
  EXPECT_THAT(read(make<std::int8_t>(DType::i8, 1, 3, {-128, 0, 127})), ElementsAre(-128, 0, 127));
  EXPECT_THAT(read(make<std::uint8_t>(DType::u8, 1, 2, {0, 255})), ElementsAre(0, 255));
  EXPECT_THAT(read(make<std::int16_t>(DType::i16, 1, 2, {-32768, 5})), ElementsAre(-32768, 5));
  EXPECT_THAT(read(make<std::uint16_t>(DType::u16, 1, 2, {65535, 5})), ElementsAre(65535, 5));
  EXPECT_THAT(read(make<std::int32_t>(DType::i32, 1, 2, {-7, 5})), ElementsAre(-7, 5));
  EXPECT_THAT(read(make<std::uint32_t>(DType::u32, 1, 1, {4000000000u})), ElementsAre(4e9f));
  EXPECT_THAT(read(make<std::int64_t>(DType::i64, 1, 2, {-7, 5})), ElementsAre(-7, 5));
  EXPECT_THAT(read(make<std::uint64_t>(DType::u64, 1, 1, {7})), ElementsAre(7));
  EXPECT_THAT(read(make<std::uint8_t>(DType::boolean, 1, 2, {0, 1})), ElementsAre(0, 1));
}

TEST(Tensor, ReadsPackedIntegersLowBitsFirst) {
  EXPECT_THAT(read(make<std::uint8_t>(DType::u4, 1, 3, {0x21, 0x0f})), ElementsAre(1, 2, 15));
  EXPECT_THAT(read(make<std::uint8_t>(DType::i4, 1, 4, {0x87, 0xf0})), ElementsAre(7, -8, 0, -1));
  EXPECT_THAT(read(make<std::uint8_t>(DType::u2, 1, 5, {0b11100100, 0b01})),
              ElementsAre(0, 1, 2, 3, 1));
  EXPECT_THAT(read(make<std::uint8_t>(DType::i2, 1, 4, {0b11100100})), ElementsAre(0, 1, -2, -1));
}

TEST(Tensor, ReadsEveryHalfExactly) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const int exponent = (half >> 10) & 31;
    const int mantissa = half & 1023;
    double expected = exponent == 0    ? std::ldexp(mantissa, -24)
                      : exponent == 31 ? (mantissa == 0 ? INFINITY : NAN)
                                       : std::ldexp(1024 + mantissa, exponent - 25);
    if (half & 0x8000) expected = -expected;
    const float value = read(make<std::uint16_t>(DType::f16, 1, 1, {half}))[0];
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(value),
                std::bit_cast<std::uint32_t>(static_cast<float>(expected)))
          << bits;
    }
  }
}

TEST(Tensor, ReadsFloats) {
  EXPECT_THAT(read(make<float>(DType::f32, 2, 2, {1, -2, 3.5f, 0})), ElementsAre(1, -2, 3.5f, 0));
  EXPECT_THAT(read(make<double>(DType::f64, 1, 2, {0.5, -2})), ElementsAre(0.5f, -2));
  EXPECT_THAT(read(make<std::uint16_t>(DType::bf16, 1, 2, {0x3f80, 0xc000})), ElementsAre(1, -2));
}

TEST(Tensor, ReadsCodeBooksHighNibbleFirst) {
  Tensor tensor = make<std::uint8_t>(DType::nf4, 1, 3, {0x0f, 0x70});
  tensor.quantization = {.kind = Kind::flat, .group = 2, .scale = {2, 4}};
  EXPECT_THAT(read(tensor), ElementsAre(-2, 2, 0));
  tensor.dtype = DType::fp4;
  EXPECT_THAT(read(tensor), ElementsAre(0, -0.5f, 1));
}

// All ways of storing one matrix, read whole and by parts, against (stored - zero) * scale.
class Scheme : public testing::TestWithParam<std::tuple<bool, Kind, std::size_t>> {};

TEST_P(Scheme, GivesStoredMinusZeroTimesScale) {
  const auto [transposed, kind, gap] = GetParam();
  constexpr std::size_t kRows = 70;
  constexpr std::size_t kCols = 37;
  std::mt19937 random(7);
  const std::size_t stride = (transposed ? kRows : kCols) + gap;
  std::vector<std::int8_t> stored(stride * (transposed ? kCols : kRows));
  for (auto& value : stored) value = static_cast<std::int8_t>(random());
  Tensor tensor = make(DType::i8, kRows, kCols, stored);
  tensor.transposed = transposed;
  tensor.stride = gap == 0 ? 0 : stride;
  Quantization& q = tensor.quantization;
  q.kind = kind;
  q.group = kind == Kind::blocked || kind == Kind::flat ? 16 : 0;
  const auto group_of = [&](std::size_t row, std::size_t col) -> std::size_t {
    switch (q.kind) {
      case Kind::per_row: return row;
      case Kind::blocked: return row * 3 + col / 16;
      case Kind::flat: return (row * kCols + col) / 16;
      default: return 0;
    }
  };
  if (kind != Kind::none) {
    for (std::size_t i = 0; i <= group_of(kRows - 1, kCols - 1); ++i) {
      q.scale.push_back(static_cast<float>(random() % 100) / 64.0f);
      q.zero.push_back(static_cast<std::int32_t>(random() % 20) - 10);
    }
  }
  std::vector<float> expected;
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t col = 0; col < kCols; ++col) {
      const float value = stored[transposed ? col * stride + row : row * stride + col];
      const std::size_t group = group_of(row, col);
      expected.push_back(kind == Kind::none
                             ? value
                             : (value - static_cast<float>(q.zero[group])) * q.scale[group]);
    }
  }
  EXPECT_EQ(read(tensor), expected);
  for (std::size_t first = 0; first < kRows; first += 9) {
    const std::size_t count = std::min<std::size_t>(9, kRows - first);
    const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(first * kCols);
    EXPECT_EQ(read(tensor, first, count),
              std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count * kCols)));
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Scheme,
                         testing::Combine(testing::Bool(),
                                          testing::Values(Kind::none, Kind::per_tensor,
                                                          Kind::per_row, Kind::blocked, Kind::flat),
                                          testing::Values(0, 5)));

TEST(Tensor, OneZeroPointHoldsForAllGroups) {
  Tensor tensor = make<std::uint8_t>(DType::u8, 2, 1, {10, 20});
  tensor.quantization = {.kind = Kind::per_row, .scale = {1, 2}, .zero = {8}};
  EXPECT_THAT(read(tensor), ElementsAre(2, 24));
  tensor.quantization.zero.clear();
  tensor.quantization.zero_float = {0.5f, 1.5f};
  EXPECT_THAT(read(tensor), ElementsAre(9.5f, 37));
}

TEST(Tensor, CheckFindsWhatDoesNotFit) {
  const Tensor good = make<std::int8_t>(DType::i8, 2, 3, {0, 0, 0, 0, 0, 0});
  EXPECT_TRUE(check_tensor(good).ok());
  const auto error = [&](auto change) {
    Tensor bad = good;
    change(bad);
    const Status status = check_tensor(bad);
    EXPECT_EQ(status.code(), Code::kCorrupt);
    EXPECT_THAT(status.message(), HasSubstr("test"));
    return status.message();
  };
  EXPECT_THAT(error([](Tensor& t) { t.rows = 3; }), HasSubstr("needs 9 bytes, found 6"));
  EXPECT_THAT(error([](Tensor& t) { t.cols = 0; }), HasSubstr("empty"));
  EXPECT_THAT(error([](Tensor& t) { t.rows = t.cols = std::size_t{1} << 62; }),
              HasSubstr("too large"));
  EXPECT_THAT(error([](Tensor& t) { t.stride = std::size_t{1} << 62; }), HasSubstr("too large"));
  EXPECT_THAT(error([](Tensor& t) { t.stride = 2; }), HasSubstr("overlap"));
  EXPECT_THAT(error([](Tensor& t) { t.stride = 4; }), HasSubstr("needs 7 bytes"));
  EXPECT_THAT(error([](Tensor& t) { t.dtype = DType::nf4; }), HasSubstr("scales"));
  EXPECT_THAT(error([](Tensor& t) { t.quantization.kind = Kind::per_row; }),
              HasSubstr("expected 2 scales, found 0"));
  EXPECT_THAT(error([](Tensor& t) { t.quantization = {.kind = Kind::blocked, .scale = {1}}; }),
              HasSubstr("blocks of no elements"));
  EXPECT_THAT(
      error([](Tensor& t) { t.quantization = {.kind = Kind::flat, .group = 4, .scale = {1}}; }),
      HasSubstr("expected 2 scales"));
  EXPECT_THAT(
      error([](Tensor& t) {
        t.quantization = {.kind = Kind::blocked, .group = 2, .scale = {1, 1, 1, 1}, .zero = {0, 0}};
      }),
      HasSubstr("expected 4 zero points"));
}

TEST(Tensor, SameValuesComparesNumbersNotBytes) {
  const Tensor a = make<float>(DType::f32, 2, 3, {1, 2, 3, 4, 5, 6});
  EXPECT_TRUE(same_values(a, make<float>(DType::f32, 2, 3, {1, 2, 3, 4, 5, 6})));
  EXPECT_FALSE(same_values(a, make<float>(DType::f32, 2, 3, {1, 2, 3, 4, 5, 7})));
  EXPECT_FALSE(same_values(a, make<float>(DType::f32, 3, 2, {1, 2, 3, 4, 5, 6})));
  Tensor turned = make<float>(DType::f32, 2, 3, {1, 4, 2, 5, 3, 6});
  turned.transposed = true;
  EXPECT_TRUE(same_values(a, turned));
  Tensor scaled = make<std::int8_t>(DType::i8, 2, 3, {2, 4, 6, 8, 10, 12});
  scaled.quantization = {.kind = Kind::per_tensor, .scale = {0.5f}};
  EXPECT_TRUE(same_values(a, scaled));
  EXPECT_TRUE(
      same_values(make<float>(DType::f32, 1, 1, {0.0f}), make<float>(DType::f32, 1, 1, {-0.0f})));
}

TEST(Tensor, EveryTypeHasNameAndSize) {
  EXPECT_EQ(dtype_name(DType::f32), "f32");
  EXPECT_EQ(dtype_name(DType::boolean), "bool");
  EXPECT_EQ(dtype_name(DType::fp4), "fp4");
  EXPECT_EQ(dtype_bits(DType::f64), 64u);
  EXPECT_EQ(dtype_bits(DType::bf16), 16u);
  EXPECT_EQ(dtype_bits(DType::u64), 64u);
  EXPECT_EQ(dtype_bits(DType::i4), 4u);
  EXPECT_EQ(dtype_bits(DType::u2), 2u);
}

}  // namespace
}  // namespace transept
