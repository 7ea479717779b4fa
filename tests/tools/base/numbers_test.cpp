#include "tools/base/numbers.h"

#include <gtest/gtest.h>

#include <limits>

namespace transept::html {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Numbers, ReadableWithDecimals) {
  EXPECT_EQ(readable(1234567.891, 2), "1,234,567.89");
  EXPECT_EQ(readable(999, 0), "999");
  EXPECT_EQ(readable(1000, 0), "1,000");
  EXPECT_EQ(readable(-1000.5, 1), "−1,000.5");
  EXPECT_EQ(readable(-0.04, 1), "0.0");
  EXPECT_EQ(readable(kNaN, 1), "–");
  EXPECT_EQ(readable(kInfinity, 1), "∞");
  EXPECT_EQ(readable(-kInfinity, 1), "−∞");
}

TEST(Numbers, ReadableWithTheDigitsThatCount) {
  EXPECT_EQ(readable(0), "0");
  EXPECT_EQ(readable(2), "2");
  EXPECT_EQ(readable(1234.56), "1,235");
  EXPECT_EQ(readable(123.4), "123");
  EXPECT_EQ(readable(12.34), "12.3");
  EXPECT_EQ(readable(0.012345), "0.0123");
  EXPECT_EQ(readable(0.5), "0.5");
  EXPECT_EQ(readable(-0.25), "−0.25");
  EXPECT_EQ(readable(1.5e-12), "1.5e-12");
  EXPECT_EQ(readable(3e20), "3e20");
}

TEST(Numbers, Compact) {
  EXPECT_EQ(compact(999999), "999,999");
  EXPECT_EQ(compact(1.5e6), "1.5 M");
  EXPECT_EQ(compact(-532e9), "−532 G");
  EXPECT_EQ(compact(1.07e12), "1.07 T");
  EXPECT_EQ(compact(12), "12");
}

TEST(Numbers, Bytes) {
  EXPECT_EQ(bytes(512), "512 B");
  EXPECT_EQ(bytes(1536), "1.5 KiB");
  EXPECT_EQ(bytes(38.2 * 1024 * 1024), "38.2 MiB");
}

TEST(Numbers, Duration) {
  EXPECT_EQ(duration(0), "0 s");
  EXPECT_EQ(duration(2.5e-8), "25 ns");
  EXPECT_EQ(duration(12e-6), "12 µs");
  EXPECT_EQ(duration(0.0034), "3.4 ms");
  EXPECT_EQ(duration(1.25), "1.25 s");
  EXPECT_EQ(duration(125), "2 min 5 s");
}

TEST(Numbers, Coordinates) {
  EXPECT_EQ(coordinate(1.25), "1.2");
  EXPECT_EQ(coordinate(3.0), "3");
  EXPECT_EQ(coordinate(-0.01), "0");
  EXPECT_EQ(coordinate(kNaN), "0");
  EXPECT_EQ(coordinate(1e300), "1000000");
}

}  // namespace
}  // namespace transept::html
