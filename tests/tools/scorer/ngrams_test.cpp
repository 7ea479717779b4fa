#include "tools/scorer/ngrams.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace transept::score {
namespace {

using Symbols = std::vector<std::uint32_t>;

std::map<Symbols, std::uint64_t> count(const Symbols& text, std::size_t order) {
  std::map<Symbols, std::uint64_t> counts;
  for (std::size_t i = 0; i + order <= text.size(); ++i) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(i);
    ++counts[Symbols(begin, begin + static_cast<std::ptrdiff_t>(order))];
  }
  return counts;
}

// The definition.
std::vector<std::uint64_t> matches(const std::vector<Symbols>& references,
                                   const Symbols& hypothesis, unsigned max_order) {
  std::vector<std::uint64_t> out;
  for (unsigned order = 1; order <= max_order; ++order) {
    std::map<Symbols, std::uint64_t> most;
    for (const Symbols& reference : references) {
      for (const auto& [gram, times] : count(reference, order)) {
        most[gram] = std::max(most[gram], times);
      }
    }
    std::uint64_t sum = 0;
    for (const auto& [gram, times] : count(hypothesis, order)) sum += std::min(times, most[gram]);
    out.push_back(sum);
  }
  return out;
}

std::vector<std::uint64_t> match(NgramMatcher& matcher, const Symbols& hypothesis,
                                 unsigned max_order) {
  std::vector<std::uint64_t> out(max_order);
  matcher.match(hypothesis, out.data());
  return out;
}

using Random = std::minstd_rand;

Symbols random_text(Random& random, std::size_t length, std::uint32_t alphabet) {
  Symbols text(random() % (length + 1));
  for (std::uint32_t& symbol : text) symbol = static_cast<std::uint32_t>(random() % alphabet);
  return text;
}

TEST(NgramMatcher, CountsAsDefined) {
  Random random(1);
  for (const unsigned max_order : {1U, 2U, 4U, 6U, 20U}) {
    NgramMatcher matcher(max_order);
    for (int round = 0; round < 300; ++round) {
      const auto alphabet = static_cast<std::uint32_t>(1 + random() % 8);
      const std::size_t length = round % 50 == 0 ? 700 : 24;
      std::vector<Symbols> references(1 + random() % 3);
      matcher.clear();
      for (Symbols& reference : references) {
        reference = random_text(random, length, alphabet);
        matcher.add_reference(reference);
      }
      for (int system = 0; system < 3; ++system) {
        Symbols hypothesis =
            system == 0 ? references.back() : random_text(random, length, alphabet);
        for (std::uint32_t& symbol : hypothesis) {
          if (random() % 20 == 0) symbol = kNoId;
        }
        ASSERT_EQ(match(matcher, hypothesis, max_order),
                  matches(references, hypothesis, max_order));
      }
    }
  }
}

TEST(NgramMatcher, WithoutReferencesNothingMatches) {
  NgramMatcher matcher(2);
  EXPECT_EQ(match(matcher, {1, 2}, 2), (std::vector<std::uint64_t>{0, 0}));
  matcher.clear();
  matcher.add_reference({});
  EXPECT_EQ(match(matcher, {1, 2}, 2), (std::vector<std::uint64_t>{0, 0}));
}

TEST(WordIds, AreGivenInOrder) {
  WordIds words;
  std::vector<std::string> texts;  // of every length round the hash's eight bytes
  for (std::size_t i = 0; i < 3000; ++i) {
    texts.push_back(std::string(i % 20, 'x') + std::to_string(i));
  }
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(words.find("x"), kNoId);
    for (std::uint32_t i = 0; i < texts.size(); ++i) ASSERT_EQ(words.insert(texts[i]), i);
    for (std::uint32_t i = 0; i < texts.size(); ++i) ASSERT_EQ(words.find(texts[i]), i);
    EXPECT_EQ(words.insert(texts[7]), 7U);
    words.clear();
  }
}

}  // namespace
}  // namespace transept::score
