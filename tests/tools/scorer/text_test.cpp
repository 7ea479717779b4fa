#include "tools/scorer/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transept::score {
namespace {

std::string encoded(char32_t code) {
  std::string out;
  append_code_point(code, out);
  return out;
}

bool is_python_space(char32_t code) {
  return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 ||
         code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

TEST(Text, EveryCodePointIsReadBackAndClassified) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    const std::string bytes = encoded(code);
    std::size_t position = 0;
    ASSERT_EQ(next_code_point(bytes, position), code);
    ASSERT_EQ(position, bytes.size());
    ASSERT_EQ(find_invalid_utf8(bytes), std::string::npos) << static_cast<unsigned>(code);
    ASSERT_EQ(space_length(bytes, 0), is_python_space(code) ? bytes.size() : 0)
        << static_cast<unsigned>(code);
  }
}

TEST(Text, InvalidBytesAreFound) {
  EXPECT_EQ(find_invalid_utf8("ab\xFF"), 2u);
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0u);          // overlong
  EXPECT_EQ(find_invalid_utf8("\xE0\x9F\xBF"), 0u);      // overlong
  EXPECT_EQ(find_invalid_utf8("a\xED\xA0\x80"), 1u);     // surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("\xE2\x82"), 0u);          // cut off
  EXPECT_EQ(find_invalid_utf8("\x80"), 0u);
}

TEST(Text, SplitsAtAnyWhiteSpace) {
  std::vector<std::string_view> words;
  split(" a\u00a0b\u3000\x1cÄc\u2028 ", words);
  EXPECT_EQ(words, (std::vector<std::string_view>{"a", "b", "Äc"}));
  split("\u2003 \n", words);
  EXPECT_TRUE(words.empty());
}

TEST(Text, StripsAtBothEndsOrOne) {
  EXPECT_EQ(strip("\u3000 \ta b\u00a0\r"), "a b");
  EXPECT_EQ(strip_right(" a\u2029\u205f"), " a");
  EXPECT_EQ(strip(" \u00a0"), "");
  // A byte-order mark is no white space.
  EXPECT_EQ(strip("\ufeffa"), "\ufeffa");
}

TEST(Text, LowersAllScripts) {
  EXPECT_EQ(lower("ABC xyz"), "abc xyz");
  EXPECT_EQ(lower("ÄÖÜ ẞ Ж Ⴀ"), "äöü ß ж ⴀ");
  EXPECT_EQ(lower("ΟΔΥΣΣΕΥΣ ΣΑΣ. Σ"), "οδυσσευς σας. σ");
  EXPECT_EQ(lower("İ"), "i\u0307");  // longer than before
  EXPECT_EQ(lower(std::string(50, 'A') + "ȺȺȺȺȺȺȺȺ"), std::string(50, 'a') + "ⱥⱥⱥⱥⱥⱥⱥⱥ");
  EXPECT_EQ(lower(""), "");
}

TEST(Text, ReplacesFromLeftToRight) {
  std::string text = "aaa";
  replace_all(text, "aa", "b");
  EXPECT_EQ(text, "ba");
  text = "x";
  replace_all(text, "x", "xx");
  EXPECT_EQ(text, "xx");
}

}  // namespace
}  // namespace transept::score
