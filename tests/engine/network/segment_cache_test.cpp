#include "engine/network/segment_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <set>
#include <vector>

namespace transept {
namespace {

std::vector<const float*> past(const SegmentCache& cache, std::size_t row) {
  const auto cells = cache.past(row);
  return {cells.begin(), cells.end()};
}

void begin(SegmentCache& cache) {
  const std::vector<float> cells(2 * 4, 0.0f);
  cache.begin(cells.data(), 1, 2, 2);
}

TEST(SegmentCache, RowsShareThePastTheyCameFrom) {
  BlockPool pool(2, 2);
  SegmentCache cache;
  begin(cache);
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

TEST(SegmentCache, CellsNeverOverlapInAnyLayer) {
  constexpr std::size_t kLayers = 3, kWidth = 4, kRows = 2, kSteps = 2 * BlockPool::kPositions + 3;
  BlockPool pool(kLayers, kWidth);
  SegmentCache cache;
  const std::vector<float> cells(kLayers * 2 * kWidth, 0.0f);
  cache.begin(cells.data(), 1, kLayers, kWidth);
  std::set<const float*> seen;
  for (std::size_t step = 0; step < kSteps; ++step) {
    cache.reorder(step == 0 ? std::array{-1, -1} : std::array{1, 0});
    cache.extend(pool);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t layer = 0; layer < kLayers; ++layer) {
        const CellOffsets offsets = pool.offsets(layer);
        for (std::size_t i = 0; i < kWidth; ++i) {
          seen.insert(cache.newest(row) + offsets.key + i);
          seen.insert(cache.newest(row) + offsets.value + i);
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), kSteps * kRows * kLayers * 2 * kWidth);
  cache.end(pool);
}

TEST(SegmentCache, SourcesLieByLayerAndPart) {
  constexpr std::size_t kLen = 3, kLayers = 2, kWidth = 4;
  std::vector<float> cells(kLen * kLayers * 2 * kWidth);
  std::iota(cells.begin(), cells.end(), 0.0f);
  SegmentCache cache;
  cache.begin(cells.data(), kLen, kLayers, kWidth);
  ASSERT_EQ(cache.src_len(), kLen);
  for (std::size_t t = 0; t < kLen; ++t) {
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
      const CellOffsets offsets = cache.source_offsets(layer);
      for (std::size_t i = 0; i < kWidth; ++i) {
        const std::size_t at = (t * kLayers + layer) * 2 * kWidth + i;
        EXPECT_EQ(cache.sources()[t][offsets.key + i], cells[at]);
        EXPECT_EQ(cache.sources()[t][offsets.value + i], cells[at + kWidth]);
      }
    }
  }
}

TEST(SegmentCache, CellsOfAnEndedSegmentServeTheNext) {
  BlockPool pool(2, 2);
  SegmentCache cache;
  std::set<const float*> cells[2];
  for (auto& seen : cells) {
    begin(cache);
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
