// Properties of characters that finding sentences needs, as ICU has them; its properties need no
// data to be opened.
#pragma once

#include <unicode/uchar.h>

#include <string>
#include <string_view>

#include "tokenizer/utf8.h"

namespace transept {

inline constexpr char32_t kEllipsisCode = 0x2026;

inline UChar32 code(char32_t c) { return static_cast<UChar32>(c); }
inline bool is_alnum(char32_t c) { return u_isalnum(code(c)) != 0; }
inline bool is_letter(char32_t c) { return u_isalpha(code(c)) != 0; }
inline bool is_small(char32_t c) { return u_islower(code(c)) != 0; }
inline bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
inline bool is_quote(char32_t c) { return u_hasBinaryProperty(code(c), UCHAR_QUOTATION_MARK) != 0; }
// Quotation marks and brackets, opening or closing.
inline bool is_close(char32_t c) {
  return u_getIntPropertyValue(code(c), UCHAR_SENTENCE_BREAK) == U_SB_CLOSE;
}
// Of those, what opens: but „Ja.“ closes with one of them, too.
inline bool is_opening(char32_t c) {
  const auto category = u_charType(code(c));
  return category == U_INITIAL_PUNCTUATION || category == U_START_PUNCTUATION;
}
// Ends a paragraph, whatever stands around it.
inline bool is_separator(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}
// Of a script that is written without blanks.
inline bool is_unspaced(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}
inline bool is_hiragana(char32_t c) { return c >= 0x3040 && c <= 0x309F; }

// The last character. REQUIRES: !text.empty(), valid UTF-8.
inline Utf8Char utf8_last(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 &&
         (static_cast<unsigned char>(text[begin]) & 0xC0u) == 0x80u) {
    --begin;
  }
  return utf8_first(text.substr(begin));
}

// Appends a text in small letters, those beyond U+07FF as they are.
inline void append_small(std::string& word, std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = utf8_first(text);
    const auto small = static_cast<char32_t>(u_tolower(code(c.code)));
    if (small < 0x80) {
      word.push_back(static_cast<char>(small));
    } else if (small == c.code) {
      word.append(text.substr(0, c.length));
    } else if (small < 0x800) {
      word.push_back(static_cast<char>(0xC0u | (small >> 6)));
      word.push_back(static_cast<char>(0x80u | (small & 0x3Fu)));
    } else {
      word.append(text.substr(0, c.length));
    }
    text.remove_prefix(c.length);
  }
}

}  // namespace transept
