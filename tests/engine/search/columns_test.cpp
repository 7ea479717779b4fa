#include "engine/search/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/search/row_columns.h"

namespace transept {
namespace {

using testing::ElementsAre;

TEST(ColumnMarks, ComeOutInOrderAndOnlyOnce) {
  ColumnMarks marks;
  SpecialColumns columns;
  for (const std::int32_t token : {9, 2, 9, 40000, 2}) marks.ban(token);
  marks.collect(columns);
  EXPECT_THAT(columns.tokens, ElementsAre(2, 9, 40000));
  EXPECT_TRUE(columns.changed.empty());
  marks.clear();
  marks.collect(columns);
  EXPECT_TRUE(columns.tokens.empty());
}

TEST(ColumnMarks, OfOneColumnComeTogether) {
  ColumnMarks marks;
  marks.penalise(7, 2.0f);
  marks.shift(5, 1.5f);
  marks.ban(3);
  marks.penalise(3, 2.0f);
  marks.shift(3, 9.0f);
  marks.penalise(5, 4.0f);
  marks.shift(5, -0.5f);
  marks.penalise(7, 2.0f);
  SpecialColumns columns;
  marks.collect(columns);
  EXPECT_THAT(columns.tokens, ElementsAre(3, 5, 7));
  ASSERT_EQ(columns.changed.size(), 2u);  // what is banned stays banned
  EXPECT_EQ(columns.changed[0].index, 1u);
  EXPECT_EQ(columns.changed[1].index, 2u);
  // Shifted by 1 first, then penalised.
  EXPECT_EQ(columns.changed[0].apply(3.0f), 1.0f);
  EXPECT_EQ(columns.changed[0].apply(-3.0f), -8.0f);
  // Penalised once.
  EXPECT_EQ(columns.changed[1].apply(3.0f), 1.5f);
  EXPECT_EQ(columns.changed[1].apply(-3.0f), -6.0f);
}

TEST(RowColumns, WhatIsFixedChangesWhereARuleEnds) {
  SearchOptions options;
  options.vocab = 30;
  options.end = {1, 4};
  options.min_length = 2;
  options.bad_words = {{20}, {4}};  // an end token alone is no bad word
  RowColumns columns(options);
  ASSERT_FALSE(columns.reads_history());
  EXPECT_THAT(columns.fixed(0).tokens, ElementsAre(1, 4, 20));
  EXPECT_THAT(columns.fixed(1).tokens, ElementsAre(1, 4, 20));
  EXPECT_THAT(columns.fixed(2).tokens, ElementsAre(20));
  EXPECT_THAT(columns.fixed(29).tokens, ElementsAre(20));
}

TEST(RowColumns, WhatReadsTheHistoryIsAddedToWhatIsFixed) {
  SearchOptions options;
  options.vocab = 30;
  options.end = {1};
  options.min_length = 4;
  options.bad_words = {{20}, {5, 6}};
  options.no_repeat_ngram = 2;
  options.repetition_penalty = 2.0f;
  RowColumns columns(options);
  ASSERT_TRUE(columns.reads_history());
  SpecialColumns found;
  columns.collect(std::vector<std::int32_t>{0, 5, 7, 5}, found);
  // banned: 1 (too early), 6 (bad behind 5), 7 (5 7 was there), 20; penalised: 0 and 5
  EXPECT_THAT(found.tokens, ElementsAre(0, 1, 5, 6, 7, 20));
  ASSERT_EQ(found.changed.size(), 2u);
  EXPECT_EQ(found.changed[0].index, 0u);
  EXPECT_EQ(found.changed[1].index, 2u);
  EXPECT_EQ(found.changed[1].apply(1.0f), 0.5f);
  columns.collect(std::vector<std::int32_t>{0, 5, 7, 5, 8}, found);
  EXPECT_THAT(found.tokens, ElementsAre(0, 5, 7, 8, 20));
}

}  // namespace
}  // namespace transept
