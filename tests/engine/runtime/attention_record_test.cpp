#include "engine/runtime/attention_record.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/matrix.h"

namespace transept {
namespace {

using Path = std::vector<std::uint32_t>;

constexpr std::size_t kLastLayer = 4;

Architecture two_heads() {
  Architecture architecture;
  architecture.decoder = {.layers = kLastLayer + 1, .heads = 2, .d_head = 4, .d_ff = 8};
  return architecture;
}

// One step of the last layer: [heads, rows * tokens, src_len].
void step(AttentionRecord& record, std::size_t rows, std::size_t src_len,
          const std::vector<float>& weights, std::size_t tokens = 1) {
  record.begin_step(tokens);
  record.take(AttentionKind::cross, kLastLayer, {0, rows * tokens, src_len, 2, weights.data()});
}

TEST(AttentionRecord, IsTheMeanOverTheHeadsOfTheLastLayer) {
  AttentionRecord record(two_heads());
  step(record, 1, 3, {0.5f, 0.25f, 0.25f, 0.0f, 1.0f, 0.0f});
  EXPECT_EQ(record.of(Path{0}, 1), matrix({{0.25f, 0.625f, 0.125f}}));
}

TEST(AttentionRecord, WantsTheCrossAttentionOfTheLastLayerOnly) {
  const AttentionRecord record(two_heads());
  for (std::size_t layer = 0; layer <= kLastLayer; ++layer) {
    EXPECT_EQ(record.wants(AttentionKind::cross, layer), layer == kLastLayer);
    EXPECT_FALSE(record.wants(AttentionKind::encoder_self, layer));
    EXPECT_FALSE(record.wants(AttentionKind::decoder_self, layer));
  }
}

TEST(AttentionRecord, FollowsThePathOfAHypothesis) {
  AttentionRecord record(two_heads());
  step(record, 1, 2, {1, 0, 1, 0});
  step(record, 3, 2, {0, 1, 1, 0, 0.5f, 0.5f, 0, 1, 0, 1, 0.5f, 0.5f});
  step(record, 2, 2, {0, 1, 1, 0, 0, 1, 0, 1});
  EXPECT_EQ(record.of(Path{0, 2, 0}, 3), matrix({{1, 0}, {0.5f, 0.5f}, {0, 1}}));
  EXPECT_EQ(record.of(Path{0, 1, 1}, 3), matrix({{1, 0}, {0.5f, 0.5f}, {0.5f, 0.5f}}));
  // One that ended early.
  EXPECT_EQ(record.of(Path{0, 0}, 2), matrix({{1, 0}, {0, 1}}));
  EXPECT_EQ(record.of({}, 0), Matrix());
}

TEST(AttentionRecord, TokensThatWereFedTogetherHaveARowEach) {
  AttentionRecord record(two_heads());
  step(record, 1, 2, {1, 0, 0, 1, 0.5f, 0.5f, 1, 0, 0, 1, 0.5f, 0.5f}, 3);
  step(record, 2, 2, {1, 0, 0.25f, 0.75f, 1, 0, 0.25f, 0.75f});
  EXPECT_EQ(record.of(Path{0, 1}, 4), matrix({{1, 0}, {0, 1}, {0.5f, 0.5f}, {0.25f, 0.75f}}));
  EXPECT_EQ(record.of(Path{0, 1}, 2), matrix({{1, 0}, {0, 1}}));
}

}  // namespace
}  // namespace transept
