#include "transept/alignment.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/matrix.h"

namespace transept {
namespace {

using Pairs = std::vector<AlignedPair>;

TEST(Alignment, HardTakesTheFirstOfEquals) {
  EXPECT_EQ(hard_alignment(matrix({{0.2f, 0.4f, 0.4f}, {0.5f, 0.0f, 0.5f}, {0.1f, 0.2f, 0.7f}})),
            (Pairs{{0, 1}, {1, 0}, {2, 2}}));
}

TEST(Alignment, PairsAreOrderedBySourceThenTarget) {
  const Matrix attention = matrix({{0.0f, 1.0f}, {1.0f, 0.0f}, {0.0f, 1.0f}});
  EXPECT_EQ(hard_alignment(attention), (Pairs{{0, 1}, {1, 0}, {1, 2}}));
  EXPECT_EQ(alignment_above(attention, 0.5f), (Pairs{{0, 1}, {1, 0}, {1, 2}}));
}

TEST(Alignment, AboveMeansAbove) {
  const Matrix attention = matrix({{0.25f, 0.75f}, {0.5f, 0.5f}});
  EXPECT_EQ(alignment_above(attention, 0.25f), (Pairs{{0, 1}, {1, 0}, {1, 1}}));
  EXPECT_EQ(alignment_above(attention, 0.5f), (Pairs{{1, 0}}));
  EXPECT_EQ(alignment_above(attention, 0.0f).size(), 4u);
  EXPECT_EQ(alignment_above(attention, 0.75f), Pairs());
}

TEST(Alignment, OfNothingIsNothing) {
  EXPECT_EQ(hard_alignment({}), Pairs());
  EXPECT_EQ(hard_alignment(matrix({{}, {}})), Pairs());
  EXPECT_EQ(alignment_above(matrix({{}}), 0.0f), Pairs());
}

}  // namespace
}  // namespace transept
