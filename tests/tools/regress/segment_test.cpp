#include "tools/regress/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transept::tools {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Words = std::vector<std::string>;

Words words(const std::string& text) { return words_of(text, "none"); }

TEST(Segment, SeparatesWordsAsTheTokenizerDoes) {
  EXPECT_THAT(words_of("Wo ist er?", "13a"), ElementsAre("Wo", "ist", "er", "?"));
  EXPECT_THAT(words_of("Wo ist er?", "none"), ElementsAre("Wo", "ist", "er?"));
  EXPECT_THAT(words_of("他说", "zh"), ElementsAre("他", "说"));
  EXPECT_THAT(words_of("a-b", "intl"), ElementsAre("a", "-", "b"));
  EXPECT_THAT(words_of("ab", "char"), ElementsAre("a", "b"));
  EXPECT_THAT(words_of("", "13a"), IsEmpty());
}

TEST(Segment, LocatesWordsInTheirText) {
  const std::string text = "Wo  ist er?";
  const auto spans = locate(text, words_of(text, "13a"));
  ASSERT_EQ(spans.size(), 4u);
  EXPECT_EQ(text.substr(spans[1].begin, spans[1].end - spans[1].begin), "ist");
  EXPECT_EQ(spans[3].begin, 10u);
  EXPECT_THAT(locate("a &lt; b", words_of("a &lt; b", "13a")), IsEmpty());
}

TEST(Segment, MarksTheLongestNgramOfEachWord) {
  EXPECT_THAT(matched_orders(words("the cat sat on a mat"), {words("the cat sat in a mat")}),
              ElementsAre(3, 3, 3, 0, 2, 2));
  EXPECT_THAT(matched_orders(words("a b c d e"), {words("a b c d e")}), ElementsAre(4, 4, 4, 4, 4));
  EXPECT_THAT(matched_orders(words("a b c d e"), {words("a b c d e")}, 2),
              ElementsAre(2, 2, 2, 2, 2));
  EXPECT_THAT(matched_orders({}, {words("a")}), IsEmpty());
  EXPECT_THAT(matched_orders(words("a"), {{}}), ElementsAre(0));
}

TEST(Segment, CountsNgramsAsOftenAsAReferenceHasThem) {
  EXPECT_THAT(matched_orders(words("the the the"), {words("the cat the")}), ElementsAre(1, 1, 0));
  EXPECT_THAT(matched_orders(words("the the the"), {words("the cat"), words("the dog the")}),
              ElementsAre(1, 1, 0));
  EXPECT_THAT(matched_orders(words("a b"), {words("a"), words("b")}), ElementsAre(1, 1));
}

TEST(Segment, TellsWordsThatChanged) {
  const WordDifference difference =
      word_difference(words("the old cat sat there"), words("the cat sat down there"));
  EXPECT_THAT(difference.removed, ElementsAre(false, true, false, false, false));
  EXPECT_THAT(difference.added, ElementsAre(false, false, false, true, false));
}

TEST(Segment, TellsNothingOfEqualTextsAndEverythingOfOthers) {
  EXPECT_THAT(word_difference(words("a b"), words("a b")).added, ElementsAre(false, false));
  EXPECT_THAT(word_difference(words("a b"), words("c")).removed, ElementsAre(true, true));
  EXPECT_THAT(word_difference(words("a b"), words("c")).added, ElementsAre(true));
  EXPECT_THAT(word_difference({}, words("c")).added, ElementsAre(true));
  EXPECT_THAT(word_difference(words("c"), {}).removed, ElementsAre(true));
}

TEST(Segment, KeepsALongestCommonPart) {
  // By brute force over all subsequences of short texts.
  const Words alphabet = {"a", "b", "c"};
  for (int x = 0; x < 243; ++x) {
    for (int y = 0; y < 81; ++y) {
      Words before, now;
      for (int i = 0, rest = x; i < 5; ++i, rest /= 3) {
        before.push_back(alphabet[static_cast<std::size_t>(rest % 3)]);
      }
      for (int i = 0, rest = y; i < 4; ++i, rest /= 3) {
        now.push_back(alphabet[static_cast<std::size_t>(rest % 3)]);
      }
      std::size_t best = 0;
      for (unsigned mask = 0; mask < 32; ++mask) {
        Words part;
        for (unsigned i = 0; i < 5; ++i) {
          if ((mask >> i & 1) != 0) part.push_back(before[i]);
        }
        std::size_t found = 0;
        for (const std::string& word : now) {
          found += found < part.size() && part[found] == word ? 1 : 0;
        }
        if (found == part.size()) best = std::max(best, part.size());
      }
      const WordDifference difference = word_difference(before, now);
      Words kept_before, kept_now;
      for (std::size_t i = 0; i < 5; ++i) {
        if (!difference.removed[i]) kept_before.push_back(before[i]);
      }
      for (std::size_t i = 0; i < 4; ++i) {
        if (!difference.added[i]) kept_now.push_back(now[i]);
      }
      ASSERT_EQ(kept_before, kept_now);
      ASSERT_EQ(kept_now.size(), best) << x << ' ' << y;
    }
  }
}

TEST(Segment, BoundsTheWorkOfLongTexts) {
  Words before, now;
  for (std::size_t i = 0; i < kDiffWords + 10; ++i) {
    before.push_back("b" + std::to_string(i));
    now.push_back("n" + std::to_string(i));
  }
  before.front() = now.front() = "same";
  const WordDifference difference = word_difference(before, now);
  EXPECT_FALSE(difference.added[0]);
  EXPECT_TRUE(difference.added[1]);
}

std::vector<std::string> flags(const std::string& source, const std::string& text,
                               const std::string& reference,
                               const std::vector<std::string>& said = {}) {
  TranslatedLine line;
  line.text = text;
  line.flags = said;
  return segment_flags(source, line, {reference});
}

TEST(Segment, FlagsWhatLooksWrong) {
  EXPECT_THAT(flags("where is the station", "wo ist der bahnhof", "wo ist denn der bahnhof"),
              IsEmpty());
  EXPECT_THAT(flags("where is it", "", "wo ist es"), ElementsAre("empty"));
  EXPECT_THAT(flags("", "", ""), IsEmpty());
  EXPECT_THAT(flags("where is the station", "where is the station", "wo ist der bahnhof"),
              ElementsAre("copy"));
  EXPECT_THAT(flags("Tom!", "Tom!", "Tom !"), IsEmpty());
  EXPECT_THAT(flags("a b c", "a b c", "a b c"), IsEmpty());
  EXPECT_THAT(flags("x y z w", "der der der hund", "der hund ist da"), ElementsAre("repetition"));
  EXPECT_THAT(flags("x y z w", "ja so ja so ja so", "ja so ist es"), ElementsAre("repetition"));
  EXPECT_THAT(flags("x y z w", "ja so ja so", "ja so ist es"), IsEmpty());
  EXPECT_THAT(flags("ha ha ha", "ha ha ha", "ha ha ha !"), ElementsAre("copy"));
  EXPECT_THAT(flags("x", "eins", "eins zwei drei vier"), ElementsAre("short"));
  EXPECT_THAT(flags("x", "a b c d e", "a b"), ElementsAre("long"));
  EXPECT_THAT(flags("x", "a b c", "a b c", {"max-length"}), ElementsAre("truncation"));
  EXPECT_THAT(flags("x", "a b c", "a b c", {"split"}), IsEmpty());
}

}  // namespace
}  // namespace transept::tools
