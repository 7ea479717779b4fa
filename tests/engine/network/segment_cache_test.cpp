#include "engine/network/segment_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <set>
#include <vector>

namespace transept {
namespace {

constexpr CellNumbers kBoth[] = {CellNumbers::float32, CellNumbers::bfloat16};

CellFormat format(CellNumbers numbers, std::size_t layers) {
  return {.layers = layers, .shape = {.heads = 2, .d_head = 24}, .numbers = numbers};
}

std::vector<const void*> past(const SegmentCache& cache, std::size_t row) {
  const auto cells = cache.past(row);
  return {cells.begin(), cells.end()};
}

// A source of one position.
void begin(SegmentCache& cache, const CellFormat& format) {
  const std::vector<float> sources(format.layers * 2 * format.shape.width(), 0.0f);
  cache.begin(kernels_scalar(), format, sources.data(), 1);
}

TEST(SegmentCache, RowsShareThePastTheyCameFrom) {
  BlockPool pool(format(CellNumbers::float32, 2));
  SegmentCache cache;
  begin(cache, pool.format());
  cache.reorder(std::array{-1});
  cache.extend(pool);
  const void* first = cache.newest(0);
  cache.reorder(std::array{0, 0});
  cache.extend(pool);
  const void* second[] = {cache.newest(0), cache.newest(1)};
  EXPECT_NE(second[0], second[1]);
  cache.reorder(std::array{1, 1, 0});
  cache.extend(pool);
  EXPECT_EQ(past(cache, 0), (std::vector<const void*>{first, second[1], cache.newest(0)}));
  EXPECT_EQ(past(cache, 1), (std::vector<const void*>{first, second[1], cache.newest(1)}));
  EXPECT_EQ(past(cache, 2), (std::vector<const void*>{first, second[0], cache.newest(2)}));
  cache.end(pool);
}

TEST(SegmentCache, APositionReadsTheTokensOfItsRowThatAreFedWithIt) {
  BlockPool pool(format(CellNumbers::float32, 2));
  SegmentCache cache;
  begin(cache, pool.format());
  cache.reorder(std::array{-1});
  cache.extend(pool);
  const void* first = cache.newest(0);
  cache.reorder(std::array{0, 0});
  constexpr std::size_t kTokens = BlockPool::kPositions + 2;
  cache.extend(pool, kTokens);
  ASSERT_EQ(cache.positions(), 2 * kTokens);
  std::set<const void*> cells = {first};
  std::vector<const void*> last;  // what the last token of the second row read
  for (std::size_t row = 0; row < 2; ++row) {
    std::vector<const void*> expected = {first};
    for (std::size_t k = 0; k < kTokens; ++k) {
      expected.push_back(cache.newest(row * kTokens + k));
      EXPECT_TRUE(cells.insert(expected.back()).second);
      EXPECT_EQ(past(cache, row * kTokens + k), expected);
    }
    last = expected;
  }
  cache.reorder(std::array{1});
  cache.extend(pool);
  ASSERT_EQ(cache.positions(), 1u);
  last.push_back(cache.newest(0));
  EXPECT_EQ(past(cache, 0), last);
  cache.end(pool);
}

TEST(SegmentCache, CellsNeverOverlapInAnyLayer) {
  for (const CellNumbers numbers : kBoth) {
    constexpr std::size_t kLayers = 3, kRows = 2, kSteps = 2 * BlockPool::kPositions + 3;
    BlockPool pool(format(numbers, kLayers));
    SegmentCache cache;
    begin(cache, pool.format());
    std::set<const std::byte*> seen;
    for (std::size_t step = 0; step < kSteps; ++step) {
      cache.reorder(step == 0 ? std::array{-1, -1} : std::array{1, 0});
      cache.extend(pool);
      for (std::size_t row = 0; row < kRows; ++row) {
        for (std::size_t layer = 0; layer < kLayers; ++layer) {
          const CellOffsets offsets = pool.offsets(layer);
          for (std::size_t i = 0; i < pool.cell_bytes(); ++i) {
            seen.insert(cache.newest(row) + offsets.key + i);
            seen.insert(cache.newest(row) + offsets.value + i);
          }
        }
      }
    }
    EXPECT_EQ(seen.size(), kSteps * kRows * kLayers * 2 * pool.cell_bytes());
    cache.end(pool);
  }
}

// Small whole numbers, which bfloat16 holds, too.
TEST(SegmentCache, SourcesLieByLayerAndPart) {
  for (const CellNumbers numbers : kBoth) {
    constexpr std::size_t kLen = 3, kLayers = 2;
    const CellFormat cells = format(numbers, kLayers);
    const std::size_t width = cells.shape.width();
    std::vector<float> sources(kLen * kLayers * 2 * width);
    for (std::size_t i = 0; i < sources.size(); ++i) sources[i] = static_cast<float>(i % 251);
    SegmentCache cache;
    cache.begin(kernels_scalar(), cells, sources.data(), kLen);
    ASSERT_EQ(cache.src_len(), kLen);
    std::vector<std::byte> expected(cells.bytes());
    for (std::size_t t = 0; t < kLen; ++t) {
      const auto* cell = static_cast<const std::byte*>(cache.sources()[t]);
      for (std::size_t layer = 0; layer < kLayers; ++layer) {
        const CellOffsets offsets = cache.source_offsets(layer);
        const float* key = sources.data() + (t * kLayers + layer) * 2 * width;
        cells.store(kernels_scalar(), key, expected.data());
        EXPECT_EQ(std::memcmp(cell + offsets.key, expected.data(), expected.size()), 0);
        cells.store(kernels_scalar(), key + width, expected.data());
        EXPECT_EQ(std::memcmp(cell + offsets.value, expected.data(), expected.size()), 0);
      }
    }
  }
}

// bfloat16 takes half the room where vectors pair up, and a pair's for one that is left over.
TEST(CellFormat, TheRoomOfACell) {
  const auto bytes = [](CellNumbers numbers, HeadShape shape) {
    return CellFormat{1, shape, numbers}.bytes();
  };
  EXPECT_EQ(bytes(CellNumbers::float32, {8, 32}), 1024u);
  EXPECT_EQ(bytes(CellNumbers::bfloat16, {8, 32}), 512u);
  EXPECT_EQ(bytes(CellNumbers::bfloat16, {2, 24}), 128u);  // three vectors of 16
  EXPECT_EQ(bytes(CellNumbers::bfloat16, {20, 3}), 256u);  // three of 32
}

// A whole number in bfloat16 is the high half of its float32.
TEST(CellFormat, PairsHoldTheFirstVectorInTheHighHalves) {
  const CellFormat cells = {1, {.heads = 16, .d_head = 3}, CellNumbers::bfloat16};
  std::vector<float> x(48);
  std::iota(x.begin(), x.end(), 1.0f);
  std::vector<std::uint32_t> words(32);
  ASSERT_EQ(cells.bytes(), words.size() * sizeof(std::uint32_t));
  cells.store(kernels_scalar(), x.data(), reinterpret_cast<std::byte*>(words.data()));
  const auto half = [](float value) { return std::bit_cast<std::uint32_t>(value) >> 16; };
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(words[i], half(x[i]) << 16 | half(x[16 + i]));
    EXPECT_EQ(words[16 + i], half(x[32 + i]) << 16);
  }
}

TEST(SegmentCache, CellsOfAnEndedSegmentServeTheNext) {
  BlockPool pool(format(CellNumbers::float32, 2));
  SegmentCache cache;
  std::set<const void*> cells[2];
  for (auto& seen : cells) {
    begin(cache, pool.format());
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
