// IBM Model 1 against an example counted by hand and against its formulas, written down literally
// in double.
#include "model/ibm_model1.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace transept {
namespace {

using Pairs = std::vector<std::pair<std::vector<std::int32_t>, std::vector<std::int32_t>>>;
using Table = std::map<std::pair<std::int32_t, std::int32_t>, double>;  // of source and target

Table train(const Pairs& pairs, std::int32_t source_vocab, std::int32_t target_vocab,
            std::uint32_t iterations, std::size_t helpers = 0) {
  IdSentences sources, targets;
  for (const auto& [source, target] : pairs) {
    sources.add(source);
    targets.add(target);
  }
  Team team(helpers);
  const auto lists = train_ibm_model1(sources, targets, static_cast<std::size_t>(source_vocab),
                                      static_cast<std::size_t>(target_vocab), iterations, team, {});
  Table table;
  for (std::size_t source = 0; source < lists->size(); ++source) {
    for (const WeightedTarget& one : (*lists)[source]) {
      table[{static_cast<std::int32_t>(source), one.target}] = one.probability;
    }
  }
  return table;
}

constexpr std::int32_t kNull = -1;

Table formula(const Pairs& pairs, std::uint32_t iterations) {
  Table t;
  for (auto [source, target] : pairs) {
    source.push_back(kNull);
    for (const auto s : source) {
      for (const auto f : target) t[{s, f}] = 1.0;
    }
  }
  for (std::uint32_t i = 0; i < iterations; ++i) {
    Table counts;
    std::map<std::int32_t, double> totals;
    for (auto [source, target] : pairs) {
      source.push_back(kNull);
      for (const auto f : target) {
        double all = 0;
        for (const auto s : source) all += t[{s, f}];
        for (const auto s : source) {
          counts[{s, f}] += t[{s, f}] / all;
          totals[s] += t[{s, f}] / all;
        }
      }
    }
    for (auto& [words, probability] : t) probability = counts[words] / totals[words.first];
  }
  std::erase_if(t, [](const auto& one) { return one.first.first == kNull; });
  return t;
}

// Source 0 with target 0, and 0 1 with 0 1. First iteration: target 0 of the first pair is shared
// by 0 and NULL, 1/2 each; the targets of the second by 0, 1 and NULL, 1/3 each. So 0 counts 1/2 +
// 1/3 for target 0, 1/3 for target 1.
TEST(IbmModel1, CountsAsByHand) {
  const Table t = train({{{0}, {0}}, {{0, 1}, {0, 1}}}, 2, 2, 1);
  ASSERT_EQ(t.size(), 4u);
  EXPECT_FLOAT_EQ(static_cast<float>(t.at({0, 0})), 5.0f / 7.0f);
  EXPECT_FLOAT_EQ(static_cast<float>(t.at({0, 1})), 2.0f / 7.0f);
  EXPECT_FLOAT_EQ(static_cast<float>(t.at({1, 0})), 0.5f);
  EXPECT_FLOAT_EQ(static_cast<float>(t.at({1, 1})), 0.5f);
}

Pairs random_pairs(std::size_t count, std::int32_t source_vocab, std::int32_t target_vocab) {
  std::mt19937 random(5);
  Pairs pairs(count);
  for (auto& [source, target] : pairs) {
    for (std::size_t i = 1 + random() % 6; i > 0; --i) {
      source.push_back(
          static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(source_vocab)));
    }
    for (std::size_t i = 1 + random() % 6; i > 0; --i) {
      target.push_back(
          static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(target_vocab)));
    }
  }
  return pairs;
}

TEST(IbmModel1, AgreesWithTheFormulas) {
  const Pairs pairs = random_pairs(200, 23, 17);
  for (const std::uint32_t iterations : {1u, 2u, 7u}) {
    const Table expected = formula(pairs, iterations);
    const Table found = train(pairs, 25, 20, iterations);  // some words never occur
    ASSERT_EQ(found.size(), expected.size());
    for (const auto& [words, probability] : expected) {
      EXPECT_NEAR(found.at(words), probability, 1e-5);
    }
  }
}

TEST(IbmModel1, ThreadsChangeNoBit) {
  const Pairs pairs = random_pairs(500, 150, 170);
  const Table alone = train(pairs, 150, 170, 4);
  EXPECT_EQ(train(pairs, 150, 170, 4, 1), alone);
  EXPECT_EQ(train(pairs, 150, 170, 4, 4), alone);
}

TEST(IbmModel1, EndsWhenToldTo) {
  IdSentences sentences;
  sentences.add(std::vector<std::int32_t>{0, 1});
  Team team(0);
  std::uint32_t asked = 0;
  const auto lists = train_ibm_model1(sentences, sentences, 2, 2, 9, team, [&](std::uint32_t i) {
    ++asked;
    return i < 2;
  });
  EXPECT_FALSE(lists);
  EXPECT_EQ(asked, 3u);
}

}  // namespace
}  // namespace transept
