#include "tools/scorer/shifts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace transept::score {
namespace {

using Words = std::vector<std::uint32_t>;

std::size_t edits(const Words& hypothesis, const Words& reference) {
  ShiftSearch search;
  return search.edits(hypothesis, reference);
}

std::size_t levenshtein(const Words& a, const Words& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

TEST(Shifts, WithoutCommonWordsEveryWordIsAnEdit) {
  EXPECT_EQ(edits({1, 2, 3}, {4, 5, 6, 7}), 4u);
  EXPECT_EQ(edits({}, {1, 2}), 2u);
  EXPECT_EQ(edits({1, 2}, {}), 2u);
  EXPECT_EQ(edits({}, {}), 0u);
}

TEST(Shifts, AMovedPhraseIsOneEdit) {
  EXPECT_EQ(edits({4, 5, 6, 1, 2, 3}, {1, 2, 3, 4, 5, 6}), 1u);
  EXPECT_EQ(edits({2, 3, 4, 5, 6, 1}, {1, 2, 3, 4, 5, 6}), 1u);
  EXPECT_EQ(edits({1, 5, 2, 3, 4, 6}, {1, 2, 3, 4, 5, 6}), 1u);
}

TEST(Shifts, AreBoundByThePlainEditDistanceAndTheNumberOfWords) {
  std::mt19937 random(7);
  ShiftSearch search;
  for (int round = 0; round < 3000; ++round) {
    // Lengths on either side of the beam (25) and of a machine word (64).
    const std::size_t longest = round % 10 == 0 ? 90 : 30;
    Words hypothesis(random() % longest), reference(random() % longest);
    const auto vocabulary = 2 + random() % 40;
    for (auto& word : hypothesis) word = static_cast<std::uint32_t>(random() % vocabulary);
    for (auto& word : reference) word = static_cast<std::uint32_t>(random() % vocabulary);
    const std::size_t found = search.edits(hypothesis, reference);
    if (hypothesis.size() < 25 && reference.size() < 25) {
      EXPECT_LE(found, levenshtein(hypothesis, reference));
    }
    EXPECT_GE(found, hypothesis.size() > reference.size() ? hypothesis.size() - reference.size()
                                                          : reference.size() - hypothesis.size());
    EXPECT_EQ(found, edits(hypothesis, reference));  // nothing is left over from the round before
  }
}

TEST(Shifts, VeryDifferentLengths) {
  Words longer(300);
  for (std::size_t i = 0; i < longer.size(); ++i) longer[i] = static_cast<std::uint32_t>(i % 50);
  EXPECT_EQ(edits({1, 2, 3}, longer), 297u);
  EXPECT_EQ(edits(longer, {1, 2, 3}), 297u);
}

}  // namespace
}  // namespace transept::score
