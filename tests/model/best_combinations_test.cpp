// Against all combinations, enumerated.
#include "model/best_combinations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

namespace transept {
namespace {

using Lists = std::vector<std::vector<float>>;
using Ranks = std::vector<std::size_t>;

double sum_of(const Lists& lists, const Ranks& ranks) {
  double sum = 0.0;
  for (std::size_t i = 0; i < lists.size(); ++i) sum += lists[i][ranks[i]];
  return sum;
}

std::vector<Ranks> read(const Lists& lists, std::size_t count) {
  BestCombinations combinations(lists);
  std::vector<Ranks> found;
  while (found.size() < count) {
    const BestCombinations::Next next = combinations.next();
    if (!next.more) break;
    Ranks& ranks = found.emplace_back(lists.size(), 0);
    for (const auto& [list, rank] : next.choices) ranks[list] = rank;
  }
  return found;
}

std::vector<double> all_sums(const Lists& lists) {
  std::vector<double> sums = {0.0};
  for (const std::vector<float>& list : lists) {
    std::vector<double> longer;
    for (const double sum : sums) {
      for (const float score : list) longer.push_back(sum + score);
    }
    sums = longer;
  }
  std::sort(sums.rbegin(), sums.rend());
  return sums;
}

TEST(BestCombinations, AreAllOfThemOnceByFallingSum) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Lists lists(random() % 5);
    for (std::vector<float>& list : lists) {
      list.resize(1 + random() % 4);
      // Halves, so that sums are exact and many are equal.
      for (float& score : list) score = -0.5f * static_cast<float>(random() % 6);
      std::sort(list.rbegin(), list.rend());
    }
    const std::vector<double> expected = all_sums(lists);
    const std::vector<Ranks> found = read(lists, expected.size() + 1);
    ASSERT_EQ(found.size(), expected.size());
    EXPECT_EQ(std::set<Ranks>(found.begin(), found.end()).size(), found.size());
    EXPECT_EQ(found.front(), Ranks(lists.size(), 0));
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(sum_of(lists, found[i]), expected[i]) << round << ", " << i;
    }
  }
}

TEST(BestCombinations, OfVeryManyListsAreReadOneByOne) {
  Lists lists(100000, {-1.0f, -2.0f, -3.0f});
  lists[777] = {-1.0f, -1.25f};
  const std::vector<Ranks> found = read(lists, 3);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1][777], 1u);
  EXPECT_EQ(sum_of(lists, found[2]), sum_of(lists, found[0]) - 1.0);
}

TEST(BestCombinations, SurviveScoresThatAreNoNumbers) {
  const float nothing = -std::numeric_limits<float>::infinity();
  const Lists lists = {{-1.0f, nothing, nothing}, {nothing, nothing}, {0.0f, std::nanf("")}};
  EXPECT_EQ(read(lists, 100).size(), 12u);
}

}  // namespace
}  // namespace transept
