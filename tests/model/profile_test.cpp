// What Translator::profile() counts, held against what the results say.
#include "transept/profile.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "transept/translator.h"

namespace transept {
namespace {

const std::vector<std::string> kTexts = {"I am here.", "", "Where is the station?", "Good morning!",
                                         "It is late."};

Translator open(bool profile, std::size_t threads = 1) {
  OpenOptions options;
  options.threads = threads;
  options.profile = profile;
  auto translator = Translator::open(std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian", options);
  EXPECT_TRUE(translator.ok()) << translator.status().message();
  return *std::move(translator);
}

std::vector<Translation> translate(const Translator& translator, std::uint32_t beam) {
  TranslateOptions options;
  options.search.beam = beam;
  options.lengths.max_length = 16;
  auto results = translator.translate(std::span<const std::string>(kTexts), options);
  EXPECT_TRUE(results.ok()) << results.status().message();
  return *std::move(results);
}

TEST(Profile, NothingIsCountedUnlessAsked) {
  const Translator translator = open(false);
  translate(translator, 1);
  const Profile profile = translator.profile();
  for (const double seconds : profile.seconds) EXPECT_EQ(seconds, 0.0);
  EXPECT_EQ(profile.steps, 0u);
  EXPECT_EQ(profile.source_tokens, 0u);
}

TEST(Profile, CountsOfGreedySearchAreThoseOfTheResults) {
  for (const std::size_t threads : {1u, 2u}) {
    const Translator translator = open(true, threads);
    std::uint64_t source = 0, squares = 0, rows = 0, cross = 0, self = 0;
    for (const Translation& one : translate(translator, 1)) {
      EXPECT_TRUE(one.segments.empty());
      const std::uint64_t s = one.source_ids.size();
      const std::uint64_t t = one.hypotheses.front().ids.size();
      source += s;
      squares += s * s;
      rows += t;  // a row a generated token
      cross += t * s;
      self += t * (t + 1) / 2;
    }
    const Profile profile = translator.profile();
    EXPECT_EQ(profile.source_tokens, source);
    EXPECT_EQ(profile.encoder_pairs, squares);
    EXPECT_EQ(profile.rows, rows);
    EXPECT_EQ(profile.cross_pairs, cross);
    EXPECT_EQ(profile.self_pairs, self);
    EXPECT_GE(profile.encoder_passes, 1u);
    EXPECT_LE(profile.steps, rows);
  }
}

TEST(Profile, EveryPhaseTakesTimeAndNoneIsCountedTwice) {
  const Translator translator = open(true);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) translate(translator, 4);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const Profile profile = translator.profile();
  double sum = 0.0;
  for (std::size_t i = 0; i < kPhases; ++i) {
    EXPECT_GT(profile.seconds[i], 0.0) << kPhaseNames[i];
    sum += profile.seconds[i];
  }
  EXPECT_LE(sum, wall.count());  // one thread: a second is counted once
}

TEST(Profile, ResultsAreTheSame) {
  for (const std::uint32_t beam : {1u, 4u}) {
    const auto without = translate(open(false), beam);
    const auto with = translate(open(true, 2), beam);
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
      const Hypothesis& a = without[i].hypotheses.front();
      const Hypothesis& b = with[i].hypotheses.front();
      EXPECT_EQ(a.ids, b.ids);
      EXPECT_EQ(a.token_scores, b.token_scores);
    }
  }
}

}  // namespace
}  // namespace transept
