#include "tools/scorer/print.h"

#include <gtest/gtest.h>

namespace transept::score {
namespace {

TEST(Print, FixedRoundsTheBinaryNumber) {
  EXPECT_EQ(fixed(0.25, 1), "0.2");
  EXPECT_EQ(fixed(0.35, 1), "0.3");  // the double is a little less
  EXPECT_EQ(fixed(2.5, 0), "2");
  EXPECT_EQ(fixed(100.0, 1), "100.0");
  EXPECT_EQ(fixed(1e300, 2).size(), 304u);
}

TEST(Print, ShortestIsPythonsRepr) {
  EXPECT_EQ(shortest(73.6), "73.6");
  EXPECT_EQ(shortest(74.0), "74.0");
  EXPECT_EQ(shortest(0.0), "0.0");
  EXPECT_EQ(shortest(0.002997002997002997), "0.002997002997002997");
  EXPECT_EQ(shortest(0.0001), "0.0001");
  EXPECT_EQ(shortest(0.00001), "1e-05");
  EXPECT_EQ(shortest(1.5e-7), "1.5e-07");
  EXPECT_EQ(shortest(1e15), "1000000000000000.0");
  EXPECT_EQ(shortest(1e16), "1e+16");
  EXPECT_EQ(shortest(0.1F), "0.1");
}

}  // namespace
}  // namespace transept::score
