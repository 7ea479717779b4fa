#include "tools/base/numbers.h"

#include <gtest/gtest.h>

#include <limits>

namespace transept::tools {
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
  EXPECT_EQ(readable_bytes(512), "512 B");
  EXPECT_EQ(readable_bytes(1536), "1.5 KiB");
  EXPECT_EQ(readable_bytes(38.2 * 1024 * 1024), "38.2 MiB");
}

TEST(Numbers, Duration) {
  EXPECT_EQ(readable_duration(0), "0 s");
  EXPECT_EQ(readable_duration(2.5e-8), "25 ns");
  EXPECT_EQ(readable_duration(12e-6), "12 µs");
  EXPECT_EQ(readable_duration(0.0034), "3.4 ms");
  EXPECT_EQ(readable_duration(1.25), "1.25 s");
  EXPECT_EQ(readable_duration(125), "2 min 5 s");
}

TEST(Numbers, SignsAndProbabilities) {
  EXPECT_EQ(signed_fixed(-0.001, 2), "+0.00");
  EXPECT_EQ(signed_fixed(0.126, 2), "+0.13");
  EXPECT_EQ(signed_fixed(-0.126, 2), "-0.13");
  EXPECT_EQ(shortest(0.05), "0.05");
  EXPECT_EQ(p_value_text(0.0004), "< 0.001");
  EXPECT_EQ(p_value_text(0.0414), "0.041");
  EXPECT_EQ(median({3, 1, 2}), 2.0);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

}  // namespace
}  // namespace transept::tools
