#include "engine/network/positions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

#include "tests/support/tensors.h"

namespace transept {
namespace {

TEST(PositionTable, MarianHalvesSinesAndCosines) {
  const PositionTable table(Positions::sinusoid, 6, 0, nullptr);
  for (std::size_t p : {0u, 1u, 15u, 16u, 500u}) {
    const float* row = table.row(p);
    for (int j = 0; j < 3; ++j) {
      const double angle = static_cast<double>(p) / std::pow(10000.0, 2.0 * j / 6.0);
      EXPECT_NEAR(row[j], std::sin(angle), 1e-6);
      EXPECT_NEAR(row[3 + j], std::cos(angle), 1e-6);
    }
  }
}

TEST(PositionTable, FairseqHasTheOtherDivisorAndAnOffset) {
  const PositionTable table(Positions::sinusoid_fairseq, 8, 2, nullptr);
  const float* row = table.row(3);
  for (int j = 0; j < 4; ++j) {
    const double angle = 5.0 * std::exp(-j * std::log(10000.0) / 3.0);
    EXPECT_NEAR(row[j], std::sin(angle), 1e-6);
    EXPECT_NEAR(row[4 + j], std::cos(angle), 1e-6);
  }
}

TEST(PositionTable, LearnedRowsBeginAtTheOffsetAndEndWithTheTable) {
  const PositionTable table(Positions::learned, 2, 2, make_tensor({0, 1, 2, 3, 4, 5, 6, 7}, 4, 2));
  EXPECT_EQ(table.capacity(), 2u);
  EXPECT_EQ(table.row(0)[0], 4.0f);
  EXPECT_EQ(table.row(1)[1], 7.0f);
}

TEST(PositionTable, ManyThreadsSeeTheSameRows) {
  const PositionTable table(Positions::sinusoid, 16, 0, nullptr);
  std::vector<std::thread> threads;
  std::vector<const float*> seen(8);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&, i] { seen[i] = table.row(777); });
  }
  for (auto& thread : threads) thread.join();
  for (const float* row : seen) EXPECT_EQ(row, seen[0]);
}

}  // namespace
}  // namespace transept
