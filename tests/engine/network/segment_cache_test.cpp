#include "engine/network/segment_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace transept {
namespace {

std::vector<const float*> past(const SegmentCache& cache, std::size_t row) {
  const auto cells = cache.past(row);
  return {cells.begin(), cells.end()};
}

TEST(SegmentCache, RowsShareThePastTheyCameFrom) {
  CellPool pool(4);
  SegmentCache cache;
  cache.begin(3, 10);
  cache.reorder(std::array{-1});
  cache.extend(pool);
  const float* first = cache.newest(0);
  cache.reorder(std::array{0, 0});
  cache.extend(pool);
  const float* second[] = {cache.newest(0), cache.newest(1)};
  EXPECT_NE(second[0], second[1]);
  cache.reorder(std::array{1, 1, 0});
  cache.extend(pool);
  EXPECT_EQ(past(cache, 0), (std::vector<const float*>{first, second[1], cache.newest(0)}));
  EXPECT_EQ(past(cache, 1), (std::vector<const float*>{first, second[1], cache.newest(1)}));
  EXPECT_EQ(past(cache, 2), (std::vector<const float*>{first, second[0], cache.newest(2)}));
  cache.end(pool);
}

TEST(SegmentCache, CellsOfAnEndedSegmentServeTheNext) {
  CellPool pool(4);
  SegmentCache cache;
  std::set<const float*> cells[2];
  for (auto& seen : cells) {
    cache.begin(1, 1);
    cache.reorder(std::array{-1, -1});
    for (int step = 0; step < 40; ++step) {
      cache.extend(pool);
      seen.insert(cache.newest(0));
      seen.insert(cache.newest(1));
    }
    EXPECT_EQ(seen.size(), 80u);
    EXPECT_EQ(cache.past(1).size(), 40u);
    cache.end(pool);
  }
  EXPECT_EQ(cells[0], cells[1]);
}

}  // namespace
}  // namespace transept
