// LoopGuard: what counts as a loop, and what searches make of it.
#include "engine/search/loop_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/engine/search/toy_model.h"

namespace transept {
namespace {

using Tokens = std::vector<std::int32_t>;
using testing::ElementsAreArray;

constexpr std::int32_t kEnd = 0;
constexpr std::uint32_t kVocab = 12;

Tokens repeated(const Tokens& round, std::size_t tokens, Tokens before = {}) {
  for (std::size_t i = 0; i < tokens; ++i) before.push_back(round[i % round.size()]);
  return before;
}

// Tokens 3 and 4 without any stretch that is there three times in a row (Thue and Morse).
std::int32_t never_periodic(std::size_t index) {
  return 3 + static_cast<std::int32_t>(std::popcount(index) % 2);
}

void expect_loop(const std::optional<Loop>& loop, std::size_t begin, std::size_t round) {
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(loop->begin, begin);
  EXPECT_EQ(loop->round, round);
}

TEST(FindPeriod, TellsWhereItBeginsAndHowLongARoundIs) {
  expect_loop(find_period(repeated({5}, 8), 8, 3), 0, 1);
  expect_loop(find_period(repeated({5}, 9, {1, 2}), 8, 3), 2, 1);
  expect_loop(find_period(repeated({5, 6}, 8, {1, 2}), 8, 3), 2, 2);
  expect_loop(find_period(repeated({5, 6, 5, 5}, 12), 8, 3), 0, 4);
  expect_loop(find_period(repeated({1, 2, 3, 4, 5, 6, 7, 8, 9}, 27, {1, 1}), 8, 3), 2, 9);
}

TEST(FindPeriod, TakesTheShortestAndAnIncompleteLastRound) {
  expect_loop(find_period(repeated({5, 5}, 12), 8, 3), 0, 1);
  expect_loop(find_period(repeated({5, 6, 7}, 11), 8, 3), 0, 3);
}

TEST(FindPeriod, LooksAtTheEndOnlyAndWantsLengthAndRounds) {
  EXPECT_FALSE(find_period({}, 8, 3));
  EXPECT_FALSE(find_period(repeated({5}, 7), 8, 3));
  EXPECT_FALSE(find_period(repeated({1, 2, 3, 4, 5}, 14), 8, 3));
  Tokens left = repeated({5}, 20);
  left.push_back(6);
  EXPECT_FALSE(find_period(left, 8, 3));
  Tokens random;
  for (std::size_t i = 0; i < 300; ++i) random.push_back(never_periodic(i));
  EXPECT_FALSE(find_period(random, 8, 3));
}

// Every answer against the definition, over all sequences of nine tokens of three kinds.
TEST(FindPeriod, EqualsItsDefinition) {
  std::size_t loops = 0;
  for (std::size_t code = 0; code < 19683; ++code) {  // 3^9
    Tokens tokens;
    for (std::size_t rest = code; tokens.size() < 9; rest /= 3) {
      tokens.push_back(static_cast<std::int32_t>(rest % 3));
    }
    std::optional<Loop> expected;
    for (std::size_t period = 1; period <= 3 && !expected; ++period) {
      for (std::size_t begin = 0; begin + std::max<std::size_t>(4, 3 * period) <= 9; ++begin) {
        bool same = true;
        for (std::size_t i = begin + period; i < 9; ++i) same &= tokens[i] == tokens[i - period];
        if (same) {
          expected = Loop{begin, period};
          break;
        }
      }
    }
    const auto found = find_period(tokens, 4, 3);
    ASSERT_EQ(found.has_value(), expected.has_value()) << code;
    if (!found) continue;
    ++loops;
    ASSERT_EQ(found->begin, expected->begin) << code;
    ASSERT_EQ(found->round, expected->round) << code;
  }
  EXPECT_GT(loops, 100u);
}

TEST(FindFewKinds, GoesBackToWhereTheyBegin) {
  const Tokens irregular = {8, 9, 5, 6, 5, 6, 5, 5, 6, 5, 5, 5, 6, 5};  // "S-S-SS-SSS-S"
  expect_loop(find_few_kinds(irregular, 8, 2), 2, 2);
  expect_loop(find_few_kinds(irregular, 8, 3), 2, 2);
  EXPECT_FALSE(find_few_kinds(irregular, 8, 1));
  EXPECT_FALSE(find_few_kinds(irregular, 13, 2));
  EXPECT_FALSE(find_few_kinds(irregular, 15, 9));
  // What comes before a loop and is short enough to count as its kinds is not part of it.
  expect_loop(find_few_kinds(repeated({5}, 20, {8, 9, 9}), 23, 3), 3, 1);
  expect_loop(find_few_kinds(repeated({5}, 20), 8, 1), 0, 1);
  expect_loop(find_few_kinds(repeated({5, 5, 6}, 20, {7}), 8, 2), 1, 1);
}

SearchOptions guarded(std::size_t src_len) {
  SearchOptions options;
  options.vocab = kVocab;
  options.start = 1;
  options.end = {kEnd};
  options.max_length = 500;
  options.loop_guard = true;
  options.src_len = src_len;
  return options;
}

TEST(LoopGuard, LetsThroughWhatTheSourceRepeatsToo) {
  for (std::size_t src_len = 2; src_len < 200; ++src_len) {
    const LoopGuard guard(guarded(src_len));
    // "no, no, no, no", "ha ha ha ha ha", a line of dots: even with three tokens for one.
    for (const Tokens& round : {Tokens{5}, Tokens{5, 6}, Tokens{5, 6, 7}}) {
      ASSERT_FALSE(guard.stop(repeated(round, 3 * src_len, {1, 2, 8, 9}))) << src_len;
    }
  }
}

TEST(LoopGuard, LetsThroughListsOfDifferentThings) {
  const LoopGuard guard(guarded(20));
  Tokens list;  // "bread and butter and milk and eggs and ..."
  for (std::int32_t item = 100; list.size() < 3 * LoopGuard::loop_length(20); ++item) {
    list.insert(list.end(), {item, 5, 6, 7});
    if (list.size() >= LoopGuard::endless_length(20)) break;
    ASSERT_FALSE(guard.stop(list)) << list.size();
  }
  EXPECT_GT(list.size(), 2 * LoopGuard::loop_length(20));
}

TEST(LoopGuard, LetsThroughTextOfBytes) {
  // Twice what a loop must have: the sign is how many kinds there are, whatever the length.
  const std::string text =
      "Wer reitet so spaet durch Nacht und Wind? Es ist der Vater mit seinem Kind; er hat den "
      "Knaben wohl in dem Arm, er fasst ihn sicher, er haelt ihn warm. Mein Sohn, was birgst du "
      "so bang dein Gesicht? Siehst, Vater, du den Erlkoenig nicht? Den Erlenkoenig mit Kron und "
      "Schweif? Mein Sohn, es ist ein Nebelstreif.";
  const Tokens bytes(text.begin(), text.end());
  for (std::size_t src_len = 30; LoopGuard::loop_length(src_len) <= bytes.size(); ++src_len) {
    const LoopGuard guard(guarded(src_len));
    for (std::size_t end = 0; end <= bytes.size(); ++end) {
      ASSERT_FALSE(guard.stop(std::span(bytes).first(end))) << src_len << " " << end;
    }
  }
}

TEST(LoopGuard, StopsFarBeyondTheSource) {
  const LoopGuard guard(guarded(4));
  const std::size_t least = LoopGuard::loop_length(4);
  EXPECT_FALSE(guard.stop(repeated({5, 6, 7}, least - 1, {2, 3})));
  EXPECT_EQ(guard.stop(repeated({5, 6, 7}, least, {2, 3})), 2u + 3u);
  const Tokens phrase = {10, 11, 12, 13, 14, 15, 16};  // many kinds, one period
  EXPECT_FALSE(guard.stop(repeated(phrase, least - 1, {2, 3})));
  EXPECT_EQ(guard.stop(repeated(phrase, least, {2, 3})), 2u + 7u);
  Tokens endless;
  while (endless.size() + 1 < LoopGuard::endless_length(4)) {
    endless.push_back(static_cast<std::int32_t>(endless.size()));
    ASSERT_FALSE(guard.stop(endless));
  }
  endless.push_back(5);
  EXPECT_EQ(guard.stop(endless), endless.size());
}

// A model that almost surely says token(0), token(1), ..., and at the place `end` might end.
struct Script {
  std::int32_t (*token)(std::size_t index);
  std::size_t end = 0;

  std::vector<float> operator()(std::span<const std::int32_t> tokens) const {
    std::vector<float> logits(kVocab, -8.0f);
    const std::size_t index = tokens.size() - 1;
    logits[kEnd] = index == end ? -1.0f : -20.0f;
    logits[static_cast<std::size_t>(token(index))] = 0.0f;
    return logits;
  }
};

// Two tokens, then three over and over.
std::int32_t gas_run_inspection(std::size_t index) {
  return index < 2 ? static_cast<std::int32_t>(8 + index)
                   : static_cast<std::int32_t>(5 + (index - 2) % 3);
}

float sum_of(const std::vector<float>& scores) {
  return std::accumulate(scores.begin(), scores.end(), 0.0f);
}

TEST(GuardedSearch, KeepsTheFirstRoundOfALoop) {
  for (const std::uint32_t beam : {1u, 2u, 4u}) {
    SCOPED_TRACE(beam);
    SearchOptions options = guarded(6);
    options.beam = beam;
    std::size_t steps = 0;
    const auto found = run_search(options, Script{gas_run_inspection, 999},
                                  [&](std::span<const SearchRow>) { ++steps; });
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].repetition);
    EXPECT_THAT(found[0].ids, ElementsAreArray({8, 9, 5, 6, 7}));
    EXPECT_EQ(found[0].token_scores.size(), 5u);
    EXPECT_EQ(found[0].rows.size(), 5u);
    EXPECT_EQ(found[0].sum, sum_of(found[0].token_scores));
    EXPECT_EQ(found[0].score, found[0].sum / 5.0f);
    EXPECT_LE(steps, 2 + LoopGuard::loop_length(6));

    options.loop_guard = false;
    const auto all = run_search(options, Script{gas_run_inspection, 999});
    EXPECT_FALSE(all[0].repetition);
    EXPECT_EQ(all[0].ids.size(), options.max_length);
    EXPECT_TRUE(std::equal(found[0].token_scores.begin(), found[0].token_scores.end(),
                           all[0].token_scores.begin()));
  }
}

TEST(GuardedSearch, StopsLoopsThatAreNotQuiteRegular) {
  for (const std::uint32_t beam : {1u, 4u}) {
    SCOPED_TRACE(beam);
    SearchOptions options = guarded(6);
    options.beam = beam;
    const auto found = run_search(options, Script{never_periodic, 999});
    EXPECT_TRUE(found[0].repetition);
    EXPECT_THAT(found[0].ids, ElementsAreArray({3, 4}));
  }
}

// What has finished before competes with what is left of the loop, and not with the loop, which
// gets surer with each token.
TEST(GuardedSearch, ChoosesAmongWhatHasFinished) {
  SearchOptions options = guarded(6);
  options.beam = 4;
  options.n_best = 4;
  options.length_penalty = 2.0f;
  const Script model{gas_run_inspection, 8};
  const auto found = run_search(options, model);
  ASSERT_GE(found.size(), 2u);
  EXPECT_TRUE(found[0].repetition);
  EXPECT_THAT(found[0].ids, ElementsAreArray({8, 9, 5, 6, 7}));
  EXPECT_THAT(found[1].ids, ElementsAreArray({8, 9, 5, 6, 7, 5, 6, 7, kEnd}));
  EXPECT_GT(found[0].score, found[1].score);
  options.loop_guard = false;
  const auto without = run_search(options, model);
  EXPECT_EQ(without[0].ids.size(), options.max_length);
  EXPECT_GT(without[0].score, found[0].score);
}

TEST(GuardedSearch, LeavesWhatTheOptionsAskForAlone) {
  SearchOptions options = guarded(2);
  options.end = {};  // nothing but max_length ends a hypothesis: so many tokens are wanted
  EXPECT_EQ(run_search(options, Script{gas_run_inspection, 999}).front().ids.size(), 500u);

  options = guarded(2);
  options.min_length = 100;
  const auto found = run_search(options, Script{gas_run_inspection, 999});
  EXPECT_TRUE(found.front().repetition);
  EXPECT_EQ(found.front().ids.size(), 100u);

  options = guarded(2);
  options.max_length = 20;  // ends before anything could be a loop
  const auto bounded = run_search(options, Script{gas_run_inspection, 999});
  EXPECT_FALSE(bounded.front().repetition);
  EXPECT_EQ(bounded.front().ids.size(), 20u);
}

// Models that see the last two tokens only: some go round in circles, some end. Whatever is not
// marked is what it was without the guard, to the bit.
TEST(GuardedSearch, ChangesNothingButWhatItMarks) {
  std::size_t marked = 0;
  std::size_t same = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE(seed);
    const ToyModel toy{.seed = seed, .vocab = kVocab, .spread = 4.0f};
    const auto logits = [&](std::span<const std::int32_t> tokens) {
      return toy.logits(tokens.last(std::min<std::size_t>(2, tokens.size())));
    };
    SearchOptions options = guarded(seed % 5);
    options.max_length = 90;
    options.beam = seed % 2 == 0 ? 1 : 4;
    options.n_best = options.beam;
    const auto on = run_search(options, logits);
    options.loop_guard = false;
    const auto off = run_search(options, logits);
    if (on.front().repetition) {
      ++marked;
      if (options.beam == 1) {  // cut, and before that the same
        ASSERT_LT(on.front().ids.size(), off.front().ids.size());
        ASSERT_TRUE(
            std::equal(on.front().ids.begin(), on.front().ids.end(), off.front().ids.begin()));
      }
      continue;
    }
    ++same;
    ASSERT_EQ(on.size(), off.size());
    for (std::size_t i = 0; i < on.size(); ++i) {
      ASSERT_EQ(on[i].ids, off[i].ids);
      ASSERT_EQ(on[i].token_scores, off[i].token_scores);
      ASSERT_EQ(on[i].rows, off[i].rows);
      ASSERT_EQ(on[i].score, off[i].score);
    }
  }
  EXPECT_GT(marked, 50u);
  EXPECT_GT(same, 50u);
}

}  // namespace
}  // namespace transept
