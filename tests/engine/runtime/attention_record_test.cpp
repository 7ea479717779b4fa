#include "engine/runtime/attention_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace transept {
namespace {

using Rows = std::vector<std::vector<float>>;

Architecture two_heads() {
  Architecture architecture;
  architecture.decoder = {.layers = 5, .heads = 2, .d_head = 4, .d_ff = 8};
  return architecture;
}

// One step of the last layer: [heads, rows, src_len].
void step(AttentionRecord& record, std::size_t rows, std::size_t src_len,
          std::initializer_list<float> weights) {
  std::copy(weights.begin(), weights.end(), record.capture().weights.ensure(weights.size()));
  record.keep(rows, src_len);
}

TEST(AttentionRecord, IsTheMeanOverTheHeadsOfTheLastLayer) {
  AttentionRecord record(two_heads());
  EXPECT_EQ(record.capture().first_layer, 4u);
  step(record, 1, 3, {0.5f, 0.25f, 0.25f, 0.0f, 1.0f, 0.0f});
  EXPECT_EQ(record.of(std::vector<std::uint32_t>{0}), (Rows{{0.25f, 0.625f, 0.125f}}));
}

TEST(AttentionRecord, FollowsTheRowsOfAHypothesis) {
  AttentionRecord record(two_heads());
  step(record, 1, 2, {1, 0, 1, 0});
  step(record, 3, 2, {0, 1, 1, 0, 0.5f, 0.5f, 0, 1, 0, 1, 0.5f, 0.5f});
  step(record, 2, 2, {0, 1, 1, 0, 0, 1, 0, 1});
  EXPECT_EQ(record.of(std::vector<std::uint32_t>{0, 2, 0}), (Rows{{1, 0}, {0.5f, 0.5f}, {0, 1}}));
  EXPECT_EQ(record.of(std::vector<std::uint32_t>{0, 1, 1}),
            (Rows{{1, 0}, {0.5f, 0.5f}, {0.5f, 0.5f}}));
  // One that ended early.
  EXPECT_EQ(record.of(std::vector<std::uint32_t>{0, 0}), (Rows{{1, 0}, {0, 1}}));
  EXPECT_EQ(record.of({}), Rows());
}

}  // namespace
}  // namespace transept
