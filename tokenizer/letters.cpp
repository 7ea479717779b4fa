#include "tokenizer/letters.h"

#include <unicode/uchar.h>

#include "tokenizer/utf8.h"

namespace transept {
namespace {

template <class Wanted>
bool has_any(std::string_view text, Wanted wanted) {
  while (!text.empty()) {
    const Utf8Char c = utf8_first(text);
    if (c.valid && wanted(c.code)) return true;
    text.remove_prefix(c.length);
  }
  return false;
}

bool is_in(char32_t code, std::uint32_t categories) {
  return (U_GET_GC_MASK(static_cast<UChar32>(code)) & categories) != 0;
}

}  // namespace

bool is_letter_or_digit(char32_t code) { return is_in(code, U_GC_L_MASK | U_GC_N_MASK); }

bool has_letter_or_digit(std::string_view text) { return has_any(text, is_letter_or_digit); }

bool is_visible(std::string_view text) {
  return has_any(text, [](char32_t code) {
    return !is_space(code) && !is_in(code, U_GC_Z_MASK | U_GC_CC_MASK | U_GC_CF_MASK);
  });
}

bool joins_words(char32_t code) {
  // From the CJK radicals on, but for Hangul, scripts put no blanks between words.
  const bool without_blanks = code >= 0x2E80 && !(code >= 0xAC00 && code <= 0xD7FF);
  return (is_letter_or_digit(code) && !without_blanks) || is_in(code, U_GC_M_MASK);
}

}  // namespace transept
