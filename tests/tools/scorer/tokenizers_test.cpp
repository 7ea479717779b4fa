#include "tools/scorer/tokenizers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/scorer/text.h"

namespace transept::score {
namespace {

// Words joined by single blanks, as the original tokenizers give them.
std::string joined(const std::string& text) {
  std::vector<std::string_view> words;
  split(text, words);
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

struct Golden {
  std::string line, by_13a, by_intl, by_zh;
};

// Tokenized by sacreBLEU 2.6.0.
const Golden kGolden[] = {
    {"今天是“星期一”——2024年3.5%…", "今天是“星期一”——2024年3.5 % …",
     "今天是 “ 星期一 ” — — 2024年3.5 % …", "今 天 是 “ 星 期 一 ” — — 2024 年 3.5 % …"},
    {"他说：\"Hello, world.\" €5", "他说： \" Hello , world . \" €5",
     "他说 ： \" Hello , world . \" € 5", "他 说 ： \" Hello , world . \" € 5"},
    {"Mr. Smith paid $1,000.50 for 3-4 items & more (e.g. pens).",
     "Mr . Smith paid $ 1,000.50 for 3 - 4 items & more ( e . g . pens ) .",
     "Mr . Smith paid $ 1,000.50 for 3-4 items & more ( e . g . pens ) .",
     "Mr . Smith paid $ 1,000.50 for 3 - 4 items & more ( e . g . pens ) ."},
    {"a,b 1,000 1.5 .5 5. x-y 5-x \u00a0z’s", "a , b 1,000 1.5 . 5 5 . x-y 5 - x z’s",
     "a , b 1,000 1.5 . 5 5 . x - y 5 - x z ’ s", "a , b 1,000 1.5 . 5 5 . x-y 5 - x z ’ s"},
};

TEST(Tokenizers, AgreeWithTheOriginals) {
  for (const Golden& golden : kGolden) {
    EXPECT_EQ(joined(tokenize_13a(golden.line)), golden.by_13a);
    EXPECT_EQ(joined(tokenize_intl(golden.line)), golden.by_intl);
    EXPECT_EQ(joined(tokenize_zh(golden.line)), golden.by_zh);
  }
}

TEST(Tokenizers, Of13aDecodeEntitiesInOrder) {
  EXPECT_EQ(joined(tokenize_13a("&amp;lt;b&amp;quot; <skipped>x-\ny\nz")), "< b & quot ; xy z");
  // Without an ampersand there is nothing to decode, and intl decodes nothing at all.
  EXPECT_EQ(joined(tokenize_13a("quot;")), "quot ;");
  EXPECT_EQ(joined(tokenize_intl("&lt;")), "& lt ;");
}

TEST(Tokenizers, OfChineseKeepTheMisreadRanges) {
  EXPECT_EQ(joined(tokenize_zh("a\u2014b")), "a \u2014 b");  // U+2001 to U+2A6D are "Chinese"
  EXPECT_EQ(joined(tokenize_zh("\U00020000\U00020001")), "\U00020000\U00020001");  // these are not
}

TEST(Tokenizers, AtTheEndOfALine) {
  EXPECT_EQ(joined(tokenize_13a("in 2024.")), "in 2024 .");
  EXPECT_EQ(joined(tokenize_intl("in 2024.")),
            "in 2024.");  // an error of mteval-v14 scores depend on
  EXPECT_EQ(joined(tokenize_zh("in 2024.")), "in 2024.");
}

// Every line of up to six characters of each kind, in one pass and in several.
TEST(Tokenizers, PunctuationIsSetApartAsPassByPass) {
  const std::string kinds = "1x.-( ";
  std::size_t lines = 1;
  for (int length = 1; length <= 6; ++length) {
    lines *= kinds.size();
    for (std::size_t number = 0; number < lines; ++number) {
      std::string line;
      for (std::size_t rest = number; line.size() < static_cast<std::size_t>(length);) {
        line += kinds[rest % kinds.size()];
        rest /= kinds.size();
      }
      ASSERT_EQ(joined(tokenize_13a(line)),
                joined(set_periods_apart(set_punctuation_apart(" " + line + " "))))
          << line;
      ASSERT_EQ(joined(tokenize_zh(line)),
                joined(set_periods_apart(set_punctuation_apart(strip(line)))))
          << line;
    }
  }
}

// Punctuation and symbols that Unicode has had only since its version 16, 17 or 18, tokenized by
// sacreBLEU 2.6.0 with regex 2026.11.19.
TEST(Tokenizers, OfTheInternationalKindKnowNewCharacters) {
  EXPECT_EQ(joined(tokenize_intl("four\U0001FAE9")), "four \U0001FAE9");
  EXPECT_EQ(joined(tokenize_intl("5\u20c1 7")), "5 \u20c1 7");
  EXPECT_EQ(joined(tokenize_intl("a\U00010D6Eb")), "a \U00010D6E b");
  EXPECT_EQ(joined(tokenize_intl("x\U0001F8D0y")), "x \U0001F8D0 y");
  EXPECT_EQ(joined(tokenize_intl("1\U00010D40.")), "1\U00010D40.");  // a digit
  EXPECT_EQ(joined(tokenize_intl("a\U0001FADFb\U000E0FFFc")), "a \U0001FADF b\U000E0FFFc");
}

TEST(Tokenizers, OfCharactersSplitCodePoints) {
  EXPECT_EQ(tokenize_char("aé\u0301b"), "a é \u0301 b");
  EXPECT_EQ(tokenize_char(""), "");
}

TEST(Tokenizers, EmptyLinesHaveNoWords) {
  for (const auto tokenize : {tokenize_13a, tokenize_intl, tokenize_zh, tokenize_char}) {
    EXPECT_EQ(joined(tokenize("")), "");
  }
}

}  // namespace
}  // namespace transept::score
