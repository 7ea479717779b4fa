#include "tokenizer/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace transept {
namespace {

using namespace std::string_literals;

std::string encode(char32_t code) {
  std::string out;
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
  return out;
}

std::string repair(std::string_view text, std::size_t expected_count) {
  std::size_t count = 0;
  std::string out = utf8_repair(text, count);
  EXPECT_EQ(count, expected_count) << testing::PrintToString(text);
  return out;
}

TEST(Utf8, EveryCodePointIsValidExceptSurrogates) {
  for (char32_t code = 0; code < 0x110000; ++code) {
    const std::string bytes = encode(code);
    const Utf8Char c = utf8_first(bytes);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    ASSERT_EQ(c.valid, !surrogate) << std::hex << static_cast<unsigned>(code);
    if (surrogate) continue;
    ASSERT_EQ(c.code, code);
    ASSERT_EQ(c.length, bytes.size());
    ASSERT_EQ(utf8_announced_length(bytes[0]), bytes.size());
  }
}

TEST(Utf8, ValidTextIsUntouched) {
  const std::string text =
      "a\0b \xC3\xA9 \xF0\x9F\x98\x80 plain ASCII for longer than eight bytes"s;
  EXPECT_EQ(utf8_valid_prefix(text), text.size());
  EXPECT_EQ(repair(text, 0), text);
  EXPECT_EQ(repair("", 0), "");
}

// The examples of Unicode 3.9, tables 3-8 to 3-11.
TEST(Utf8, EachMaximalSubpartBecomesOneReplacement) {
  const std::string r(kReplacementCharacter);
  EXPECT_EQ(repair("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82"
                   "A",
                   8),
            r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repair("\xED\xA0\x80\xED\xBF\xBF\xED\xAF"
                   "A",
                   8),
            r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repair("\xF4\x91\x92\x93\xFF"
                   "A\x80\xBF"
                   "B",
                   7),
            r + r + r + r + r + "A" + r + r + "B");
  EXPECT_EQ(repair("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
                   "A",
                   4),
            r + r + r + r + "A");
}

TEST(Utf8, TruncatedSequencesAtTheEnd) {
  const std::string r(kReplacementCharacter);
  EXPECT_EQ(repair("x\xF0\x9F\x98", 1), "x" + r);
  EXPECT_EQ(repair("x\xE2\x96", 1), "x" + r);
  EXPECT_EQ(repair("x\xC3", 1), "x" + r);
}

TEST(Utf8, RepairedTextIsValidWhateverTheBytes) {
  std::string bytes;
  std::uint32_t state = 1;
  for (int i = 0; i < 200000; ++i) {
    state = state * 1664525u + 1013904223u;
    bytes.push_back(static_cast<char>(state >> 24));
  }
  std::size_t count = 0;
  const std::string text = utf8_repair(bytes, count);
  EXPECT_GT(count, 0u);
  EXPECT_EQ(utf8_valid_prefix(text), text.size());
  EXPECT_EQ(repair(text, 0), text);
}

TEST(Utf8, StripRemovesWhatPythonCallsSpace) {
  EXPECT_EQ(strip(" \t\n\x1C\xC2\xA0\xE2\x80\xA8 a b \xE3\x80\x80\xE1\x9A\x80\r"), "a b");
  EXPECT_EQ(strip("\xE2\x80\x8B"), "\xE2\x80\x8B");  // zero width space is not
  EXPECT_EQ(strip("  "), "");
  EXPECT_EQ(strip(""), "");
  EXPECT_EQ(strip("\x80 \x80"), "\x80 \x80");
  EXPECT_EQ(strip_left(" a "), "a ");
  EXPECT_EQ(strip_right(" a "), " a");
}

}  // namespace
}  // namespace transept
