#include "tokenizer/one_sentence.h"

#include <array>

#include "tokenizer/characters.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

// What may follow a full stop and the like, when it does not end a sentence there.
bool goes_on_in_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ',' ||
         c == '.' || c == '!' || c == '?' || c == '/' || c == '-' || c == '=' || c == '&' ||
         c == '_' || c == '@';
}

// Bytes of UTF-8 with which no character begins that may end a sentence: ASCII but . ! ? and line
// ends; Latin, Greek and Cyrillic letters; Han, kana and Hangul but for their marks.
constexpr std::array<bool, 256> make_harmless() {
  std::array<bool, 256> harmless{};
  for (int c = 0; c < 0x80; ++c) {
    harmless[static_cast<std::size_t>(c)] =
        c != '.' && c != '!' && c != '?' && c != '\n' && c != '\r';
  }
  for (std::size_t c = 0x80; c <= 0xBF; ++c) harmless[c] = true;  // of characters begun
  for (std::size_t c = 0xC3; c <= 0xD5; ++c) harmless[c] = true;  // U+00C0 to U+057F
  for (std::size_t c = 0xE4; c <= 0xE9; ++c) harmless[c] = true;  // U+4000 to U+9FFF
  for (std::size_t c = 0xEB; c <= 0xED; ++c) harmless[c] = true;  // U+B000 to U+D7FF
  return harmless;
}
constexpr std::array<bool, 256> kHarmless = make_harmless();

// A character whose lead byte does not tell.
bool may_end_sentence(char32_t c) {
  switch (u_getIntPropertyValue(code(c), UCHAR_SENTENCE_BREAK)) {
    case U_SB_ATERM:
    case U_SB_STERM:
    case U_SB_SEP:
    case U_SB_CR:
    case U_SB_LF: return true;
    default: return c == kEllipsisCode;
  }
}

// True when only closing marks and white space follow.
bool only_closes(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = utf8_first(text);
    if (!is_close(c.code) && !is_space(c.code) && !may_end_sentence(c.code)) return false;
    if (is_separator(c.code)) return strip(text).empty();
    text.remove_prefix(c.length);
  }
  return true;
}

}  // namespace

bool is_surely_one_sentence(std::string_view text, const LanguageWords& words) {
  if (!words.mark.empty() && text.find(words.mark) != std::string_view::npos) return false;
  for (std::size_t at = 0; at < text.size();) {
    if (kHarmless[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const Utf8Char c = utf8_first(text.substr(at));
    at += c.length;
    if (!may_end_sentence(c.code)) continue;
    const bool plain = c.code == '.' || c.code == '!' || c.code == '?';
    if (plain && at < text.size() && goes_on_in_word(text[at])) continue;
    // "etc. and so on"
    if (c.code == '.' && at + 1 < text.size() && text[at] == ' ' && text[at + 1] >= 'a' &&
        text[at + 1] <= 'z') {
      continue;
    }
    return only_closes(text.substr(at)) && !is_separator(c.code);
  }
  return true;
}

}  // namespace transept
