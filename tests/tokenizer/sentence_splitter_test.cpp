#include "tokenizer/sentence_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/tokenizer/test_texts.h"
#include "tokenizer/abbreviations.h"
#include "tokenizer/one_sentence.h"
#include "tokenizer/sentence_ends.h"
#include "tokenizer/text_boundaries.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

using Views = std::vector<std::string_view>;

// A tokenizer of two characters a token.
std::size_t pairs(std::string_view text) {
  std::size_t characters = 0;
  while (!text.empty()) {
    text.remove_prefix(utf8_first(text).length);
    ++characters;
  }
  return (characters + 1) / 2;
}

void expect_round_trip(std::string_view line, const SplitLine& split) {
  ASSERT_EQ(split.gaps.size(), split.segments.size() + 1);
  std::string joined(split.gaps[0]);
  for (std::size_t i = 0; i < split.segments.size(); ++i) {
    joined.append(split.segments[i]).append(split.gaps[i + 1]);
    EXPECT_FALSE(strip(split.segments[i]).empty());
  }
  EXPECT_EQ(joined, line);
  for (const std::string_view gap : split.gaps) EXPECT_TRUE(strip(gap).empty());
}

SplitLine split(std::string_view line, Split mode, std::size_t limit,
                std::string_view language = "en") {
  SplitLine result = SentenceSplitter().split(line, mode, limit, pairs, language);
  expect_round_trip(line, result);
  return result;
}

TEST(SentenceSplitter, LinesThatFitStayWhole) {
  const std::string line = "  One. Two.  ";
  EXPECT_EQ(split(line, Split::long_lines, 100).segments, Views{line});
  EXPECT_EQ(split(line, Split::long_lines, 0).segments, Views{line});
  EXPECT_EQ(split(line, Split::none, 1).segments, Views{line});
}

TEST(SentenceSplitter, BlankLinesHaveNoSegments) {
  for (const char* line : {"", " ", "\t \xE3\x80\x80"}) {
    for (const Split mode : {Split::long_lines, Split::none, Split::sentences}) {
      const SplitLine result = split(line, mode, 4);
      EXPECT_TRUE(result.segments.empty());
      EXPECT_EQ(result.gaps, Views{line});
    }
  }
}

TEST(SentenceSplitter, SentencesAreNotJoinedAgain) {
  const std::string line = " Hello there.  How are you? Fine! ";
  const Views expected = {"Hello there.", "How are you?", "Fine!"};
  EXPECT_EQ(split(line, Split::sentences, 0).segments, expected);
  EXPECT_EQ(split(line, Split::sentences, 100).segments, expected);
  EXPECT_EQ(split(line, Split::long_lines, 12).segments, expected);
  EXPECT_EQ(split(line, Split::long_lines, 12).gaps, (Views{" ", "  ", " ", " "}));
}

TEST(SentenceSplitter, OtherScriptsEndSentencesTheirWay) {
  EXPECT_EQ(split("你好。再见！", Split::sentences, 0, "zh").segments, (Views{"你好。", "再见！"}));
  EXPECT_EQ(split("नमस्ते। कैसे हो?", Split::sentences, 0, "hi").segments.size(), 2u);
}

TEST(SentenceSplitter, LongSentencesAreCutAtClausesThenBlanksThenGraphemes) {
  EXPECT_EQ(split("One two, three four, five six.", Split::long_lines, 10).segments,
            (Views{"One two, three four,", "five six."}));
  EXPECT_EQ(split("one two three four five six", Split::long_lines, 5).segments,
            (Views{"one two", "three four", "five six"}));
  EXPECT_EQ(split("abcdefghij", Split::long_lines, 2).segments, (Views{"abcd", "efgh", "ij"}));
  // e with two combining marks is one grapheme of three characters.
  const std::string letter = "e\xCC\x81\xCC\x82";
  EXPECT_EQ(split(letter + letter + letter, Split::long_lines, 3).segments,
            (Views{letter + letter, letter}));
  // One grapheme beyond the limit cannot be cut.
  EXPECT_EQ(split(letter + letter, Split::long_lines, 1).segments, (Views{letter, letter}));
}

TEST(SentenceSplitter, AbbreviationsDoNotEndSentences) {
  EXPECT_EQ(split("Dr. Smith met Mr. J. Jones. They spoke.", Split::sentences, 0).segments,
            (Views{"Dr. Smith met Mr. J. Jones.", "They spoke."}));
  EXPECT_EQ(
      split("Es gibt z. B. Kaffee. Am 3. Mai kam Prof. Weiß.", Split::sentences, 0, "de").segments,
      (Views{"Es gibt z. B. Kaffee.", "Am 3. Mai kam Prof. Weiß."}));
  EXPECT_EQ(split("Le voici. M. Dupont et Mme. Roy.", Split::sentences, 0, "fr").segments,
            (Views{"Le voici.", "M. Dupont et Mme. Roy."}));
  EXPECT_EQ(split("Está aquí. El Sr. López vino.", Split::sentences, 0, "es_ES").segments,
            (Views{"Está aquí.", "El Sr. López vino."}));
  EXPECT_EQ(split("I said no. He left.", Split::sentences, 0).segments.size(), 2u);
}

Views sentences(std::string_view line, std::string_view language) {
  return split(line, Split::sentences, 0, language).segments;
}

TEST(SentenceSplitter, KnowsLanguagesByAnyOfTheirCodes) {
  const std::string_view line = "Er kommt am 3. Mai zu uns.";
  for (const char* code : {"de", "deu", "ger", "de_DE", "DE-at", "deu_Latn"}) {
    EXPECT_EQ(sentences(line, code), Views{line}) << code;
  }
  for (const char* code : {"", "en", "zz", "deutsch"}) {
    EXPECT_EQ(sentences(line, code).size(), 2u) << code;
  }
}

TEST(SentenceSplitter, IsCautiousWithLanguagesItDoesNotKnow) {
  for (const char* code : {"", "tlh", "cy"}) {
    EXPECT_EQ(sentences("Dr. Smith met J. R. R. Tolkien. They spoke.", code).size(), 2u) << code;
    EXPECT_EQ(sentences("Open example.com/?q=A.B! Close it. (It is late.) Go.", code).size(), 4u);
    // "No." is a word in some.
    EXPECT_EQ(sentences("Tell me. Now.", code).size(), 2u) << code;
  }
}

TEST(SentenceSplitter, OneAbbreviationIsAWordOfAnotherLanguage) {
  EXPECT_EQ(sentences("Est-ce pour M. Dupont ?", "fr").size(), 1u);
  EXPECT_EQ(sentences("Kocham Sr. Anna.", "hu").size(), 2u);
  EXPECT_EQ(sentences("She is a St. Bernard.", "en").size(), 1u);
  EXPECT_EQ(sentences("Kapitola 3. Konec.", "cs").size(), 1u);
  EXPECT_EQ(sentences("Chapter 3. The end.", "en").size(), 2u);
}

TEST(SentenceSplitter, MarksOfOneLanguageEndNoSentenceInAnother) {
  EXPECT_EQ(sentences("Που είσαι; Είμαι σπίτι.", "el").size(), 2u);
  EXPECT_EQ(sentences("You left; Tom stayed.", "en").size(), 1u);
  EXPECT_EQ(sentences("Ես տանն եմ։ Դու ո՞ւր ես։", "hy").size(), 2u);
  EXPECT_EQ(sentences("Ես տանն եմ: Դու ո՞ւր ես:", "hy").size(), 2u);
  EXPECT_EQ(sentences("Note: This stays.", "en").size(), 1u);
  // Thai has no marks; the Burmese comma is none.
  EXPECT_EQ(sentences("ผมอยู่บ้าน คุณอยู่ที่ไหน", "th").size(), 1u);
  EXPECT_EQ(sentences("မြန်မာ၊ ထိုင်း။ လာအို။", "my").size(), 2u);
  EXPECT_EQ(sentences("डॉ. शर्मा आए। वे थके थे।", "hi").size(), 2u);
  EXPECT_EQ(sentences("أين أنت؟ أنا في البيت.", "ar").size(), 2u);
}

TEST(SentenceSplitter, ParagraphsEndWithTheirLine) {
  EXPECT_EQ(sentences("A title\nand Dr.\r\nSmith\xE2\x80\xA9x", "en"),
            (Views{"A title", "and Dr.", "Smith", "x"}));
}

TEST(SentenceSplitter, SignsAloneAreNoSentence) {
  EXPECT_EQ(sentences("I am tired! 😀", "en").size(), 1u);
  EXPECT_EQ(sentences("... And then he left.", "en").size(), 1u);
  EXPECT_EQ(sentences("Stop! --- ***", "en").size(), 1u);
}

// The short cut says nothing that the long way would not.
TEST(SentenceSplitter, OneSentenceIsSeenWithoutIcu) {
  const auto is_one = [](std::string_view text) {
    return is_surely_one_sentence(text, words_of_language("en"));
  };
  for (const char* text : {"I am tired.", "Is 3.5 more than 3.25?", "“Go, e.g. home,” he said.",
                           "Что это такое?!", "See www.example.com/?q=a.B, please!)", "你好。",
                           "no end", "Wait... what?", "Naïve “café”."}) {
    EXPECT_TRUE(is_one(text)) << text;
  }

  TextMaker maker(5);
  const auto lines = read_lines(std::string(TRANSEPT_TEST_DATA) + "/tokenizer/sentences.txt");
  const std::vector<std::string> signs = {". ",  "! ", "? ", "?\" ", "a", "B", "5",
                                          "...", "…",  "。", "「",   "»", " ", "\n",
                                          ",",   "—",  "Mr", "é",    "Я", "ב", ":"};
  const TextBoundaries boundaries;
  std::size_t seen = 0;
  for (int i = 0; i < 60000; ++i) {
    std::size_t replaced = 0;
    const std::string line = utf8_repair(i % 3 == 0   ? maker.random_unicode(1 + maker.below(20))
                                         : i % 3 == 1 ? maker.shuffled(signs, 1 + maker.below(12))
                                                      : maker.shuffled(lines, 1 + maker.below(3)),
                                         replaced);
    for (const char* language : {"en", "hy"}) {
      const LanguageWords& words = words_of_language(language);
      if (line.empty() || !is_surely_one_sentence(line, words)) continue;
      ++seen;
      EXPECT_EQ(SentenceEnds(boundaries, line, words).next(), line.size())
          << testing::PrintToString(line);
    }
  }
  EXPECT_GT(seen, 10000u);
}

// Every character that Unicode lets end a sentence stops the short cut.
TEST(SentenceSplitter, NoEndOfASentenceIsOverlooked) {
  const TextBoundaries boundaries;
  const LanguageWords& words = words_of_language("");
  for (char32_t code = 1; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    std::string text = "Ab";
    append_utf8(text, code);
    text += " Cd ef";
    if (is_surely_one_sentence(text, words)) {
      EXPECT_EQ(boundaries.sentences(text).next(), text.size())
          << std::hex << static_cast<unsigned>(code);
    }
  }
}

TEST(SentenceSplitter, SegmentsComeOneByOne) {
  const std::string line = "  One two. Three? Four, five.  ";
  std::size_t counted = 0;
  const auto count = [&counted](std::string_view text) {
    counted += text.size();
    return pairs(text);
  };
  const SentenceSplitter splitter;
  SegmentWalk walk = splitter.walk(line, Split::sentences, 6, count, "en");
  auto piece = walk.next();
  ASSERT_TRUE(piece.has_value());
  EXPECT_EQ(piece->gap, "  ");
  EXPECT_EQ(piece->segment, "One two.");
  EXPECT_EQ(walk.rest(), " Three? Four, five.  ");
  EXPECT_EQ(walk.next()->segment, "Three?");
  EXPECT_EQ(walk.next()->segment, "Four, five.");
  EXPECT_FALSE(walk.next().has_value());
  EXPECT_FALSE(walk.next().has_value());
  EXPECT_EQ(walk.rest(), "  ");

  // The first segment of a long line costs no more than that of a short one.
  std::string sentences_of_a_line;
  for (int i = 0; i < 100000; ++i) sentences_of_a_line += "A sentence stands here. ";
  counted = 0;
  for (const Split mode : {Split::sentences, Split::long_lines}) {
    SegmentWalk front = splitter.walk(sentences_of_a_line, mode, 100, count, "en");
    EXPECT_EQ(front.next()->segment, "A sentence stands here.");
  }
  EXPECT_LT(counted, 10000u);
}

TEST(SentenceSplitter, EveryTextComesBackAndEverySegmentFits) {
  TextMaker maker(11);
  const auto lines = read_lines(std::string(TRANSEPT_TEST_DATA) + "/tokenizer/sentences.txt");
  for (int i = 0; i < 600; ++i) {
    std::size_t replaced = 0;
    const std::string line = utf8_repair(
        i % 2 == 0 ? maker.random_unicode(maker.below(200)) : maker.shuffled(lines, 20), replaced);
    const std::size_t limit = 8 + maker.below(40);
    for (const Split mode : {Split::long_lines, Split::sentences}) {
      // Clusters of random marks stay below 16 characters here.
      for (const std::string_view segment : split(line, mode, limit).segments) {
        EXPECT_LE(pairs(segment), limit) << testing::PrintToString(line);
      }
    }
  }
}

// Ten times the text may not take a hundred times the work.
TEST(SentenceSplitter, WorkIsLinearInTheLength) {
  const std::string flag = "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA";
  for (const std::string& unit :
       {std::string("a"), std::string("word "), std::string("a, "), flag, std::string("A. "),
        std::string("a\xCC\x81"), std::string("5.A"), std::string("  ")}) {
    std::size_t work[2] = {0, 0};
    for (const std::size_t scale : {1u, 10u}) {
      std::string line = "x";
      while (line.size() < scale * 20000) line += unit;
      std::size_t& bytes = work[scale == 1 ? 0 : 1];
      const auto count = [&bytes](std::string_view text) {
        bytes += text.size();
        return pairs(text);
      };
      expect_round_trip(line, SentenceSplitter().split(line, Split::long_lines, 100, count, "en"));
    }
    EXPECT_LE(work[1], 15 * work[0]) << unit;
    EXPECT_LE(work[0], 20000u * 20) << unit;
  }
}

}  // namespace
}  // namespace transept
