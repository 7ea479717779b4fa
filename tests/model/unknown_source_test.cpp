// What is copied, what is taken out and put back, on a vocabulary of a few words.
#include "model/unknown_source.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/matrix.h"
#include "tokenizer/letters.h"

namespace transept {
namespace {

const std::string kPizza = "\xF0\x9F\x8D\x95";
const std::string kBeer = "\xF0\x9F\x8D\xBA";
constexpr std::int32_t kEnd[] = {0};
const std::string kKanji = "\xE6\xBC\xA2\xE5\xAD\x97";

// Words between blanks, punctuation at their ends for itself; what is not listed is unknown.
class Words final : public Tokenizer {
 public:
  Encoding encode_source(std::string_view text, Detail, Specials) const override {
    Encoding encoding;
    const auto add = [&](std::size_t begin, std::size_t end) {
      if (end <= begin) return;
      const std::int32_t id = source_id(text.substr(begin, end - begin));
      encoding.ids.push_back(id < 0 ? 1 : id);
      encoding.offsets.emplace_back(begin, end);
    };
    std::size_t begin = 0;
    if (text.starts_with(">>de<<")) {
      add(0, 6);
      encoding.language_code = begin = 6;
    }
    for (std::size_t i = begin; i <= text.size(); ++i) {
      const bool is_mark = i < text.size() && (text[i] == '.' || text[i] == '!' || text[i] == '(');
      if (i < text.size() && text[i] != ' ' && !is_mark) continue;
      add(begin, i);
      if (is_mark) add(i, i + 1);
      begin = i + 1;
    }
    encoding.ids.push_back(0);
    encoding.offsets.emplace_back(text.size(), text.size());
    return encoding;
  }
  Encoding encode_target(std::string_view text, Detail detail) const override {
    return encode_source(text, detail, Specials::as_tokens);
  }
  std::span<const std::int32_t> source_specials() const override { return kEnd; }
  std::span<const std::int32_t> target_specials() const override { return kEnd; }
  std::string decode_target(std::span<const std::int32_t> ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (id == 0) continue;
      if (!text.empty() && id > 4) text += ' ';
      text += target_token(id);
    }
    return text;
  }
  std::string_view source_token(std::int32_t id) const override {
    return kNames[static_cast<std::size_t>(id)];
  }
  std::string_view target_token(std::int32_t id) const override { return source_token(id); }
  std::int32_t source_id(std::string_view token) const override {
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
      if (kNames[i] == token) return static_cast<std::int32_t>(i);
    }
    return -1;
  }
  std::int32_t target_id(std::string_view token) const override { return source_id(token); }
  std::size_t source_vocab() const override { return std::size(kNames); }
  std::size_t target_vocab() const override { return std::size(kNames); }
  std::string describe() const override { return "words"; }

 private:
  static constexpr std::string_view kNames[] = {"</s>", "<unk>", ".",    "!", "(",
                                                "I",    "love",  "much", "7", ">>de<<"};
};

class UnknownSource : public testing::Test {
 protected:
  SourceSegment segment(const std::string& text, CopyUnknown copy) const {
    return source_segment({words_, 1, Specials::as_text, copy}, text);
  }
  std::string copied(const std::string& text) const {
    return segment(text, CopyUnknown::automatic).copy.value_or("");
  }
  std::string put_back(const SourceSegment& source, const std::vector<std::int32_t>& ids,
                       const std::vector<std::vector<float>>& attention) const {
    return with_symbols(words_, source, 1, ids, matrix(attention), words_.decode_target(ids));
  }

  const Words words_;
};

TEST_F(UnknownSource, IsASegmentWithoutAKnownLetterOrDigit) {
  for (const std::string& text :
       {kKanji, kPizza, kKanji + "!", "(" + kKanji + ".", kKanji + " " + kPizza}) {
    EXPECT_EQ(copied(text), text);
    const SourceSegment off = segment(text, CopyUnknown::off);
    EXPECT_TRUE(off.unknown) << text;
    EXPECT_FALSE(off.copy) << text;
    EXPECT_EQ(off.ids, segment(text, CopyUnknown::lines).ids);
  }
  for (const std::string& text : {std::string(), std::string("!"), std::string("I"),
                                  kKanji + " love", kKanji + " 7", "I " + kPizza}) {
    for (const CopyUnknown copy : {CopyUnknown::lines, CopyUnknown::symbols, CopyUnknown::off}) {
      EXPECT_FALSE(segment(text, copy).unknown) << text;
      EXPECT_FALSE(segment(text, copy).copy) << text;
    }
  }
}

TEST_F(UnknownSource, ALanguageCodeSaysNothingAndIsNotGivenBack) {
  EXPECT_EQ(copied(">>de<< " + kKanji), kKanji);
  EXPECT_FALSE(segment(">>de<< I", CopyUnknown::lines).copy);
  EXPECT_FALSE(segment(">>de<<", CopyUnknown::lines).copy);
}

TEST_F(UnknownSource, SymbolsLeaveTheInputAndWordsStay) {
  const std::vector<std::int32_t> plain =
      words_.encode_source("I love much.", Detail::all, Specials::as_text).ids;
  for (const std::string& text :
       {"I love " + kPizza + " much.", kPizza + " I love much.", "I love much " + kPizza + ".",
        "I love much." + kPizza, "I " + kPizza + " love " + kBeer + " " + kPizza + " much."}) {
    EXPECT_EQ(segment(text, CopyUnknown::symbols).ids, plain) << text;
    EXPECT_EQ(segment(text, CopyUnknown::lines).ids,
              words_.encode_source(text, Detail::all, Specials::as_text).ids);
    EXPECT_TRUE(segment(text, CopyUnknown::lines).symbols.empty());
  }
  // Marks of markup stay where they are: alone they would mean something else.
  for (const std::string text : {"I < love > much.", "I love # much.", "I \\ love much."}) {
    EXPECT_TRUE(segment(text, CopyUnknown::symbols).symbols.empty()) << text;
    EXPECT_EQ(segment(text, CopyUnknown::symbols).ids, segment(text, CopyUnknown::off).ids);
  }
  // An unknown word may carry the sentence, whatever stands in it.
  const std::string word = "I love " + kKanji + kPizza + " much.";
  EXPECT_TRUE(segment(word, CopyUnknown::symbols).symbols.empty());
  EXPECT_EQ(segment(word, CopyUnknown::symbols).ids, segment(word, CopyUnknown::off).ids);
}

TEST_F(UnknownSource, SymbolsRememberWhereTheyWere) {
  const SourceSegment source =
      segment("(" + kPizza + " I love " + kBeer + " " + kPizza + " much.", CopyUnknown::symbols);
  ASSERT_EQ(source.symbols.size(), 2u);
  EXPECT_EQ(source.symbols[0].text, kPizza);
  EXPECT_EQ(source.symbols[0].position, 1u);
  EXPECT_TRUE(source.symbols[0].joined_left);
  EXPECT_FALSE(source.symbols[0].joined_right);
  EXPECT_EQ(source.symbols[1].text, kBeer + " " + kPizza);
  EXPECT_EQ(source.symbols[1].position, 3u);
  EXPECT_FALSE(source.symbols[1].joined_left);
}

// Target and source words are the same ones, in orders that the attention tells.
TEST_F(UnknownSource, SymbolsStandWhereTheAttentionSays) {
  const SourceSegment source = segment("I love " + kPizza + " much.", CopyUnknown::symbols);
  const std::vector<float> of_i = {1, 0, 0, 0, 0}, of_love = {0, 1, 0, 0, 0},
                           of_much = {0, 0, 1, 0, 0}, of_dot = {0, 0, 0, 1, 0},
                           of_end = {0, 0, 0, 0, 1};
  EXPECT_EQ(put_back(source, {5, 6, 7, 2, 0}, {of_i, of_love, of_much, of_dot, of_end}),
            "I love " + kPizza + " much.");
  // "much" went to the front: it counts against two words that are left of the symbol.
  EXPECT_EQ(put_back(source, {7, 5, 6, 2, 0}, {of_much, of_i, of_love, of_dot, of_end}),
            "much I love " + kPizza + ".");
  // All of it comes from behind the symbol, or from the end token, which is nowhere.
  EXPECT_EQ(put_back(source, {7, 7, 0}, {of_much, of_much, of_end}), kPizza + " much much");
  EXPECT_EQ(put_back(source, {7, 7, 0}, {of_end, of_end, of_i}), kPizza + " much much");
  EXPECT_EQ(put_back(source, {0}, {of_end}), kPizza);
}

TEST_F(UnknownSource, SymbolsKeepTheirOrderWhateverTheAttention) {
  const SourceSegment source = segment(
      kPizza + " I " + kBeer + " love " + kPizza + " much " + kBeer + ".", CopyUnknown::symbols);
  ASSERT_EQ(source.symbols.size(), 4u);
  const std::string order = kPizza + kBeer + kPizza + kBeer;
  std::uint32_t state = 1;
  for (int round = 0; round < 500; ++round) {
    std::vector<std::int32_t> ids;
    std::vector<std::vector<float>> attention;
    for (int t = 0; t < 6; ++t) {
      ids.push_back(5 + static_cast<std::int32_t>((state >> 16) % 3));
      auto& row = attention.emplace_back();
      for (int s = 0; s < 5; ++s) {
        state = state * 1664525 + 1013904223;
        row.push_back(static_cast<float>(state >> 8));
      }
    }
    const std::string text = put_back(source, ids, attention);
    std::string symbols, words;
    for (const char c : text) (static_cast<unsigned char>(c) >= 0x80 ? symbols : words) += c;
    EXPECT_EQ(symbols, order) << text;
    EXPECT_EQ(text.find("  "), std::string::npos) << text;
    EXPECT_NE(text.back(), ' ');
    std::string expected = words_.decode_target(ids);
    std::erase(words, ' ');
    std::erase(expected, ' ');
    EXPECT_EQ(words, expected);
  }
}

TEST_F(UnknownSource, LettersAreThoseOfEveryScript) {
  for (const char* text :
       {"a", "7", "\xC3\xA4", "\xD0\x9F", "\xE6\xBC\xA2", "\xE0\xA4\x95", "!x"}) {
    EXPECT_TRUE(has_letter_or_digit(text)) << text;
  }
  for (const char* text :
       {"", " ", "!?", "\xE2\x82\xAC", "\xF0\x9F\x8D\x95", "\xEF\xBF\xBD", "\xFF"}) {
    EXPECT_FALSE(has_letter_or_digit(text)) << text;
  }
  EXPECT_FALSE(is_visible(" \t\xE2\x80\x8B\xC2\xA0\x07"));  // zero width space, no-break space
  EXPECT_TRUE(is_visible(" \xEF\xBF\xBD"));
}

}  // namespace
}  // namespace transept
