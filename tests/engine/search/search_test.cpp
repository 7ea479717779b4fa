// Search as a whole: against recorded results of transformers, against a literal dense reference,
// against full enumeration, and the properties each option promises.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

#include "engine/search/make_search.h"
#include "engine/search/options.h"
#include "engine/search/protocol.h"
#include "engine/search/result.h"
#include "tests/engine/search/reference_search.h"
#include "tests/engine/search/toy_model.h"
#include "tests/support/files.h"

namespace transept {
namespace {

using Tokens = std::vector<std::int32_t>;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Ne;

// Relative to the larger of 1 and the value.
testing::AssertionResult close(float a, float b, float tolerance) {
  if (std::abs(a - b) <= tolerance * std::max(1.0f, std::abs(b))) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << a << " against " << b;
}

std::string text(const Tokens& tokens) {
  std::string result;
  for (const std::int32_t token : tokens) result += std::to_string(token) + " ";
  return result;
}

SearchOptions read_options(const nlohmann::json& from, std::uint32_t vocab) {
  const std::string stopping = from.at("early_stopping");
  SearchOptions options;
  options.beam = from.at("beam");
  options.n_best = from.at("n_best");
  options.length_penalty = from.at("length_penalty");
  options.early_stopping = stopping == "off"  ? EarlyStopping::off
                           : stopping == "on" ? EarlyStopping::on
                                              : EarlyStopping::never;
  options.max_length = from.at("max_length");
  options.min_length = from.at("min_length");
  options.repetition_penalty = from.at("repetition_penalty");
  options.no_repeat_ngram = from.at("no_repeat_ngram");
  options.renormalize = from.at("renormalize");
  options.start = from.at("start");
  options.forced_bos = from.at("forced_bos");
  options.forced_eos = from.at("forced_eos").get<Tokens>();
  options.end = from.at("end").get<Tokens>();
  options.bad_words = from.at("bad_words").get<std::vector<Tokens>>();
  options.vocab = vocab;
  return options;
}

void expect_recorded(const nlohmann::json& item) {
  const ToyModel model{
      .seed = item.at("seed"), .vocab = item.at("vocab"), .spread = item.at("spread")};
  const SearchOptions options = read_options(item.at("options"), model.vocab);
  ASSERT_TRUE(check_search_options(options).ok()) << check_search_options(options).message();
  const auto found = run_search(options, model);
  const auto& expected = item.at("hypotheses");
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].ids, expected[i].at("ids").get<Tokens>());
    EXPECT_TRUE(close(found[i].score, expected[i].at("score"), 2e-6f));
    if (!expected[i].contains("token_scores")) continue;
    const auto scores = expected[i].at("token_scores").get<std::vector<float>>();
    ASSERT_EQ(found[i].token_scores.size(), scores.size());
    for (std::size_t t = 0; t < scores.size(); ++t) {
      EXPECT_TRUE(close(found[i].token_scores[t], scores[t], 2e-6f));
    }
  }
}

TEST(Search, EqualsTransformersOnRecordedCases) {
  const auto cases = nlohmann::json::parse(read_file(TRANSEPT_TEST_DATA "/search/cases.json"));
  ASSERT_GE(cases.size(), 500u);
  for (const auto& item : cases) {
    SCOPED_TRACE(item.dump());
    expect_recorded(item);
  }
}

// Random options of every kind over a vocabulary; one choice in four of each kind is switched on.
class RandomOptions {
 public:
  explicit RandomOptions(std::uint32_t seed) : random_(seed) {}

  SearchOptions draw(std::uint32_t vocab) {
    SearchOptions o;
    o.vocab = vocab;
    o.beam = pick({1, 2, 3, 4, 5, 8});
    o.n_best = 1 + below(o.beam);
    o.length_penalty = pick({0.0f, 0.6f, 1.0f, 1.0f, 2.0f, -1.0f});
    o.early_stopping = pick({EarlyStopping::off, EarlyStopping::on, EarlyStopping::never});
    o.max_length = pick({1u, 2u, 3u, 5u, 9u, 16u});
    o.start = token(vocab);
    o.renormalize = below(2) == 0;
    if (often()) o.min_length = below(o.max_length + 1);
    if (often()) o.repetition_penalty = pick({1.3f, 2.0f, 0.8f});
    if (often()) o.no_repeat_ngram = pick({1u, 2u, 3u});
    if (often()) o.forced_bos = token(vocab);
    if (often()) o.forced_eos = tokens(vocab, 1 + below(2));
    if (!often()) o.end = tokens(vocab, pick({1u, 1u, 2u, 3u}));
    if (often()) {
      for (std::uint32_t i = 1 + below(4); i > 0; --i) {
        o.bad_words.push_back(tokens(vocab, pick({1u, 1u, 2u, 3u})));
      }
    }
    return o;
  }

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

 private:
  template <class T>
  T pick(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<std::uint32_t>(values.size()))];
  }
  std::uint32_t pick(std::initializer_list<std::uint32_t> values) {
    return pick<std::uint32_t>(values);
  }
  bool often() { return below(4) == 0; }
  std::int32_t token(std::uint32_t vocab) { return static_cast<std::int32_t>(below(vocab)); }
  Tokens tokens(std::uint32_t vocab, std::uint32_t count) {
    Tokens result;
    while (result.size() < count) result.push_back(token(vocab));
    return result;
  }

  std::mt19937_64 random_;
};

std::string describe(const SearchOptions& o, const ToyModel& model) {
  std::string words;
  for (const Tokens& word : o.bad_words) words += "[" + text(word) + "]";
  return "seed " + std::to_string(model.seed) + " vocab " + std::to_string(o.vocab) + " levels " +
         std::to_string(model.levels) + " beam " + std::to_string(o.beam) + " n_best " +
         std::to_string(o.n_best) + " length_penalty " + std::to_string(o.length_penalty) +
         " early " + std::to_string(static_cast<int>(o.early_stopping)) + " length " +
         std::to_string(o.min_length) + ".." + std::to_string(o.max_length) + " repetition " +
         std::to_string(o.repetition_penalty) + " ngram " + std::to_string(o.no_repeat_ngram) +
         " renormalize " + std::to_string(o.renormalize) + " start " + std::to_string(o.start) +
         " bos " + std::to_string(o.forced_bos) + " eos " + text(o.forced_eos) + "end " +
         text(o.end) + "bad " + words;
}

TEST(Search, EqualsTheDenseReferenceForEveryOption) {
  RandomOptions random(1);
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const ToyModel model{.seed = seed,
                         .vocab = 5 + random.below(46),
                         .spread = seed % 3 == 0 ? 1.0f : 6.0f,
                         .levels = seed % 5 == 0 ? 3u : 0u};
    SearchOptions options = random.draw(model.vocab);
    if (model.levels > 0) {
      // Equal scores stay equal only while both sides round the same sums in the same places.
      options.min_length = options.no_repeat_ngram = 0;
      options.repetition_penalty = 1.0f;
      options.bad_words.clear();
      options.renormalize = false;
    }
    ASSERT_TRUE(check_search_options(options).ok()) << check_search_options(options).message();
    SCOPED_TRACE(describe(options, model));
    const auto logits = [&](std::span<const std::int32_t> tokens) { return model.logits(tokens); };
    const auto found = run_search(options, model);
    const auto expected = options.beam == 1 ? std::vector{reference::greedy(options, logits)}
                                            : reference::beam(options, logits);
    if (expected.empty()) {  // ran out of tokens: see ReturnsItsBestWhenEverythingIsBanned
      ASSERT_EQ(found.size(), 1u);
      continue;
    }
    ++compared;
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(text(found[i].ids), text(expected[i].ids)) << i;
      ASSERT_TRUE(close(found[i].score, expected[i].score, 1e-6f)) << i;
      ASSERT_TRUE(close(found[i].sum, expected[i].sum, 1e-6f)) << i;
      ASSERT_EQ(found[i].token_scores.size(), expected[i].token_scores.size());
      for (std::size_t t = 0; t < found[i].token_scores.size(); ++t) {
        ASSERT_TRUE(close(found[i].token_scores[t], expected[i].token_scores[t], 1e-6f))
            << i << " " << t;
      }
    }
  }
  EXPECT_GT(compared, 5500);
}

// The sum of log-probabilities of the best complete sequence, by trying all of them.
double best_of_all(const ToyModel& model, const SearchOptions& options, const Tokens& prefix,
                   double sum) {
  if (prefix.size() == options.max_length + 1 ||
      (prefix.size() > 1 && prefix.back() == options.end[0])) {
    return sum;
  }
  const auto log_probs = reference::log_softmax(model.logits(prefix));
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t token = 0; token < model.vocab; ++token) {
    Tokens next = prefix;
    next.push_back(static_cast<std::int32_t>(token));
    best = std::max(best, best_of_all(model, options, next, sum + log_probs[token]));
  }
  return best;
}

TEST(Search, FindsTheBestOfAllSequencesWhenTheBeamHoldsThemAll) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const ToyModel model{.seed = seed, .vocab = 4, .spread = 2.0f};
    SearchOptions options;
    options.vocab = model.vocab;
    options.beam = 1024;
    options.length_penalty = 0.0f;
    options.early_stopping = EarlyStopping::never;
    options.max_length = 5;
    options.end = {1};
    EXPECT_NEAR(run_search(options, model)[0].sum,
                best_of_all(model, options, {options.start}, 0.0), 1e-5);
  }
}

bool contains(const Tokens& ids, const Tokens& part) {
  return std::search(ids.begin(), ids.end(), part.begin(), part.end()) != ids.end();
}

TEST(Search, HypothesesKeepWhatTheOptionsPromise) {
  RandomOptions random(2);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const ToyModel model{.seed = seed, .vocab = 30 + random.below(21), .spread = 4.0f};
    SearchOptions options = random.draw(model.vocab);
    if (!options.forced_eos.empty() ||
        std::count(options.end.begin(), options.end.end(), options.forced_bos) > 0) {
      options.forced_bos = -1;  // forced tokens may break the other promises
    }
    SCOPED_TRACE(describe(options, model));
    const auto found = run_search(options, model);
    ASSERT_FALSE(found.empty());
    ASSERT_LE(found.size(), options.n_best);
    std::set<Tokens> distinct;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Tokens& ids = found[i].ids;
      if (i > 0) {
        ASSERT_GE(found[i - 1].score, found[i].score);
      }
      ASSERT_TRUE(distinct.insert(ids).second) << text(ids);
      ASSERT_LE(ids.size(), options.max_length);
      if (options.forced_bos >= 0) {
        ASSERT_EQ(ids.front(), options.forced_bos);
      }
      const bool at_limit = ids.size() == options.max_length;
      const bool last_forced = at_limit && !options.forced_eos.empty();
      if (last_forced) {
        ASSERT_THAT(options.forced_eos, testing::Contains(ids.back()));
      }
      // Forced tokens are exempt from what follows.
      const auto free_begin = ids.begin() + (options.forced_bos >= 0 ? 1 : 0);
      const Tokens free(free_begin, std::max(free_begin, ids.end() - (last_forced ? 1 : 0)));
      for (std::size_t t = 0; t + 1 < free.size(); ++t) {
        ASSERT_THAT(options.end, Each(Ne(free[t]))) << "goes on after an end token: " << text(ids);
      }
      if (ids.size() < options.min_length) {
        ADD_FAILURE() << "shorter than min_length: " << text(ids);
      }
      Tokens all(ids.begin(), ids.end() - (last_forced ? 1 : 0));
      all.insert(all.begin(), options.start);
      if (const std::size_t n = options.no_repeat_ngram; n > 0 && options.forced_bos < 0) {
        std::set<Tokens> seen;
        for (std::size_t t = 0; t + n <= all.size(); ++t) {
          const auto first = all.begin() + static_cast<std::ptrdiff_t>(t);
          ASSERT_TRUE(seen.emplace(first, first + static_cast<std::ptrdiff_t>(n)).second)
              << text(all);
        }
      }
      for (const Tokens& word : options.bad_words) {
        const bool is_end =
            word.size() == 1 && std::count(options.end.begin(), options.end.end(), word[0]) > 0;
        if (!is_end) {
          ASSERT_FALSE(contains(free, word)) << text(ids) << " has " << text(word);
        }
      }
    }
  }
}

TEST(Search, RowsLeadAHypothesisThroughItsOwnSteps) {
  RandomOptions random(3);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const ToyModel model{.seed = seed, .vocab = 5 + random.below(30), .spread = 3.0f};
    const SearchOptions options = random.draw(model.vocab);
    SCOPED_TRACE(describe(options, model));
    std::vector<std::vector<Tokens>> steps;  // the tokens of every row, start first
    const auto found = run_search(
        options, [&](std::span<const std::int32_t> tokens) { return model.logits(tokens); },
        [&](std::span<const SearchRow> rows) {
          std::vector<Tokens> step;
          for (const SearchRow& row : rows) {
            step.push_back(row.parent < 0 ? Tokens{}
                                          : steps.back()[static_cast<std::size_t>(row.parent)]);
            step.back().push_back(row.token);
          }
          steps.push_back(step);
        });
    for (const Traced& one : found) {
      ASSERT_EQ(one.rows.size(), one.ids.size());
      Tokens before = {options.start};
      for (std::size_t t = 0; t < one.ids.size(); ++t) {
        ASSERT_LT(one.rows[t], steps[t].size());
        ASSERT_EQ(steps[t][one.rows[t]], before);
        before.push_back(one.ids[t]);
      }
    }
  }
}

TEST(Search, WideBeamOfOneAlternativeEqualsGreedy) {
  // With a distribution that leaves one likely token a step, all rules choose the same.
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const ToyModel model{.seed = seed, .vocab = 20, .spread = 200.0f};
    SearchOptions options;
    options.vocab = model.vocab;
    options.max_length = 12;
    options.length_penalty = 0.0f;
    options.early_stopping = EarlyStopping::never;
    options.end = {1};
    const auto greedy = run_search(options, model);
    if (greedy[0].sum < -1e-3f) continue;  // two tokens were close
    options.beam = 4;
    const auto beam = run_search(options, model);
    EXPECT_EQ(greedy[0].ids, beam[0].ids);
    EXPECT_EQ(greedy[0].token_scores, beam[0].token_scores);
    EXPECT_EQ(greedy[0].score, beam[0].score);
  }
}

SearchOptions plain(std::uint32_t vocab) {
  SearchOptions options;
  options.vocab = vocab;
  options.end = {1};
  options.max_length = 8;
  return options;
}

TEST(Search, GreedyWithoutScoresChoosesTheSameAndAsksForNoSum) {
  const ToyModel model{.seed = 7, .vocab = 40, .spread = 5.0f};
  SearchOptions options = plain(model.vocab);
  options.repetition_penalty = 1.5f;
  const auto with = run_search(options, model);
  options.scores = false;
  const auto without = run_search(
      options, [&](std::span<const std::int32_t> tokens) { return model.logits(tokens); },
      [](std::span<const SearchRow> rows) { EXPECT_FALSE(rows[0].needs_lse); });
  EXPECT_EQ(without[0].ids, with[0].ids);
  EXPECT_LT(with[0].sum, 0.0f);
  EXPECT_THAT(without[0].token_scores, Each(0.0f));
  EXPECT_EQ(without[0].score, 0.0f);
}

TEST(Search, StartsWithOneRowWhateverTheBeam) {
  SearchOptions options = plain(30);
  options.beam = 6;
  options.start = 5;
  const auto search = make_search(options);
  ASSERT_EQ(search->rows().size(), 1u);
  EXPECT_EQ(search->rows()[0].token, 5);
  EXPECT_EQ(search->rows()[0].parent, -1);
  EXPECT_EQ(search->rows()[0].top, 12u);
  EXPECT_TRUE(search->rows()[0].needs_lse);
  EXPECT_THAT(search->rows()[0].special, IsEmpty());
}

// But for the end: whether it would have come by itself is asked.
TEST(Search, ForcedRowsAskForNothingAndStayOne) {
  for (const std::uint32_t beam : {1u, 4u}) {
    const ToyModel model{.seed = 3, .vocab = 30, .spread = 3.0f};
    SearchOptions options = plain(model.vocab);
    options.beam = beam;
    options.forced_bos = 9;
    options.forced_eos = {1};
    options.bad_words = {{4}};
    options.repetition_penalty = 1.2f;
    options.max_length = 3;
    std::vector<std::size_t> rows_at_step;
    const auto found = run_search(
        options, [&](std::span<const std::int32_t> tokens) { return model.logits(tokens); },
        [&](std::span<const SearchRow> rows) {
          const std::size_t step = rows_at_step.size();
          rows_at_step.push_back(rows.size());
          for (const SearchRow& row : rows) {
            EXPECT_EQ(row.top == 0, step == 0);
            EXPECT_EQ(row.top == 1, step == 2 || (step == 1 && beam == 1));
            EXPECT_EQ(row.needs_lse, step == 1 || (step == 2 && beam > 1));
            EXPECT_EQ(row.special.empty(), step == 0);
          }
        });
    // The forced first token leaves one hypothesis, so the second step is one row too.
    EXPECT_THAT(rows_at_step, ElementsAre(1u, 1u, beam));
    EXPECT_EQ(found[0].ids.front(), 9);
    EXPECT_EQ(found[0].ids.back(), 1);
    EXPECT_EQ(found[0].token_scores.front(), 0.0f);
    EXPECT_EQ(found[0].token_scores.back(), 0.0f);
  }
}

// Of every hypothesis that max_length ends, `cut` tells whether the model would have gone on: the
// arg-max behind its tokens is computed again.
TEST(Search, AForcedEndIsACutWhereAnotherTokenWasBest) {
  std::size_t cut = 0, ended = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    for (const std::uint32_t beam : {1u, 3u}) {
      const ToyModel model{.seed = seed, .vocab = 4, .spread = 3.0f};
      SearchOptions options = plain(model.vocab);
      options.beam = options.n_best = beam;
      options.forced_eos = options.end = {1};
      options.max_length = 3;
      const auto found = run_search(
          options, [&](std::span<const std::int32_t> tokens) { return model.logits(tokens); });
      for (const SearchHypothesis& one : found) {
        if (one.ids.size() < options.max_length) {
          EXPECT_FALSE(one.cut);
          continue;
        }
        Tokens prefix = {options.start};
        prefix.insert(prefix.end(), one.ids.begin(), one.ids.end() - 1);
        const auto logits = model.logits(prefix);
        const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
        EXPECT_EQ(one.cut, best != 1) << "seed " << seed << " beam " << beam;
        ++(one.cut ? cut : ended);
      }
    }
  }
  EXPECT_GT(cut, 20u);
  EXPECT_GT(ended, 20u);
}

TEST(Search, SpecialColumnsAreThoseTheProcessorsChange) {
  SearchOptions options = plain(30);
  options.start = 3;
  options.bad_words = {{20}, {4}, {20}, {1}};
  EXPECT_THAT(make_search(options)->rows()[0].special,
              ElementsAre(4, 20));  // an end token is no bad word
  options.min_length = 1;
  EXPECT_THAT(make_search(options)->rows()[0].special, ElementsAre(1, 4, 20));
  options.repetition_penalty = 2.0f;
  EXPECT_THAT(make_search(options)->rows()[0].special, ElementsAre(1, 3, 4, 20));
  options.bad_words.push_back({3, 7});  // longer than the history of one token: not yet
  EXPECT_THAT(make_search(options)->rows()[0].special, ElementsAre(1, 3, 4, 20));
}

TEST(Search, TopNeverExceedsTheColumnsThatAreLeft) {
  SearchOptions options = plain(5);
  options.beam = 4;
  options.bad_words = {{0}, {2}};
  EXPECT_EQ(make_search(options)->rows()[0].top, 3u);
}

TEST(Search, TiesGoToTheLowerToken) {
  for (const std::uint32_t beam : {1u, 2u}) {
    SearchOptions options = plain(6);
    options.beam = beam;
    options.max_length = 3;
    const auto flat = [](std::span<const std::int32_t>) { return std::vector<float>(6, 0.5f); };
    options.end = {5};
    EXPECT_THAT(run_search(options, flat)[0].ids, ElementsAre(0, 0, 0));
  }
}

TEST(Search, TiesOfAPenalisedColumnGoToTheLowerTokenToo) {
  SearchOptions options = plain(6);
  options.max_length = 3;
  options.repetition_penalty = 2.0f;  // leaves a logit of 0 as it is
  const auto flat = [](std::span<const std::int32_t>) { return std::vector<float>(6, 0.0f); };
  EXPECT_THAT(run_search(options, flat)[0].ids, ElementsAre(0, 0, 0));
}

TEST(Search, ReturnsItsBestWhenEverythingIsBanned) {
  for (const std::uint32_t beam : {1u, 3u}) {
    SearchOptions options = plain(4);
    options.beam = beam;
    options.end = {};
    options.no_repeat_ngram = 1;  // start and three others: nothing is left for a fourth
    const ToyModel model{.seed = 5, .vocab = 4, .spread = 2.0f};
    const auto found = run_search(options, model);
    ASSERT_EQ(found.size(), 1u);
    Tokens sorted = found[0].ids;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_THAT(sorted, ElementsAre(1, 2, 3));
    EXPECT_NEAR(found[0].score, found[0].sum / 3.0f, 1e-6f);
  }
}

TEST(Search, NumbersThatAreNoneAreNeverChosen) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::uint32_t beam : {1u, 4u}) {
    for (const float penalty : {1.0f, 1.5f}) {
      SearchOptions options = plain(6);
      options.beam = beam;
      options.repetition_penalty = penalty;
      for (const float bad : {nan, -std::numeric_limits<float>::infinity()}) {
        const auto found = run_search(
            options, [&](std::span<const std::int32_t>) { return std::vector<float>(6, bad); });
        ASSERT_EQ(found.size(), 1u);
        EXPECT_THAT(found[0].ids, IsEmpty());
      }
    }
  }
}

TEST(Search, DoesNotDependOnASearchBesideIt) {
  const ToyModel model{.seed = 11, .vocab = 25, .spread = 3.0f};
  SearchOptions options = plain(model.vocab);
  options.beam = 4;
  options.n_best = 4;
  options.repetition_penalty = 1.3f;
  const auto alone = run_search(options, model);
  std::vector<Traced> beside;
  bool started = false;
  run_search(
      options, [&](std::span<const std::int32_t> tokens) { return model.logits(tokens); },
      [&](std::span<const SearchRow>) {
        if (!started) beside = run_search(options, model);
        started = true;
      });
  ASSERT_EQ(beside.size(), alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(beside[i].ids, alone[i].ids);
    EXPECT_EQ(beside[i].score, alone[i].score);
  }
}

struct BadOption {
  std::function<void(SearchOptions&)> change;
  Code code;
  const char* sentence;
};

TEST(CheckSearchOptions, NamesTheOptionThatIsWrong) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Code invalid = Code::kInvalidArgument;
  const std::vector<BadOption> all = {
      {[](auto& o) { o.beam = 0; }, invalid, "beam 0: at least 1 is needed"},
      {[](auto& o) { o.beam = 5000; }, invalid, "beam 5000 is above 1024"},
      {[](auto& o) { o.n_best = 0; }, invalid, "n_best 0: at least 1 is needed"},
      {[](auto& o) { o.beam = 4, o.n_best = 5; }, invalid, "n_best 5 is above beam 4"},
      {[](auto& o) { o.max_length = 0; }, invalid, "max_length 0: at least 1 is needed"},
      {[](auto& o) { o.max_length = 2000000; }, invalid, "max_length 2000000 is above 1048576"},
      {[](auto& o) { o.min_length = 9; }, invalid, "min_length 9 is above max_length 8"},
      {[=](auto& o) { o.length_penalty = nan; }, invalid,
       "length_penalty nan: a finite number is needed"},
      {[=](auto& o) { o.length_penalty = -infinity; }, invalid,
       "length_penalty -inf: a finite number is needed"},
      {[](auto& o) { o.repetition_penalty = 0.0f; }, invalid,
       "repetition_penalty 0: a finite number above 0 is needed"},
      {[](auto& o) { o.repetition_penalty = -1.5f; }, invalid,
       "repetition_penalty -1.5: a finite number above 0 is needed"},
      {[=](auto& o) { o.repetition_penalty = infinity; }, invalid,
       "repetition_penalty inf: a finite number above 0 is needed"},
      {[=](auto& o) { o.repetition_penalty = nan; }, invalid,
       "repetition_penalty nan: a finite number above 0 is needed"},
      {[](auto& o) { o.start = 10; }, invalid,
       "decoder start token: token 10 is not in the vocabulary of 10"},
      {[](auto& o) { o.forced_bos = -2; }, invalid,
       "forced first token: token -2 is not in the vocabulary of 10"},
      {[](auto& o) {
         o.forced_eos = {1, 11};
       },
       invalid, "forced end token: token 11 is not in the vocabulary of 10"},
      {[](auto& o) { o.end = {-1}; }, invalid,
       "end_tokens: token -1 is not in the vocabulary of 10"},
      {[](auto& o) {
         o.bad_words = {{1, 10}};
       },
       invalid, "bad_words: token 10 is not in the vocabulary of 10"},
      {[](auto& o) { o.bad_words = {{}}; }, invalid, "bad_words: an empty sequence"},
      {[](auto& o) { o.rules = Rules::automatic; }, invalid,
       "rules auto: the model does not say which rules to follow"},
      {[](auto& o) { o.rules = Rules::ctranslate2; }, Code::kUnsupported,
       "rules ctranslate2 is not supported by this version, only transformers is"},
      {[](auto& o) { o.rules = Rules::marian; }, Code::kUnsupported,
       "rules marian is not supported by this version, only transformers is"},
  };
  EXPECT_TRUE(check_search_options(plain(10)).ok());
  for (const BadOption& bad : all) {
    SearchOptions options = plain(10);
    bad.change(options);
    const Status status = check_search_options(options);
    EXPECT_EQ(status.code(), bad.code) << bad.sentence;
    EXPECT_EQ(status.message(), bad.sentence);
  }
}

}  // namespace
}  // namespace transept
