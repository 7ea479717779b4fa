// Characters of UTF-8 text as Python sees them: white space, lower case, splitting.
//
// Scores of the reference implementation depend on Python's idea of white space and lower case, so
// these functions follow it. All take valid UTF-8 unless they say otherwise, and are pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace transept::score {

inline bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The code point that begins at text[position]; `position` moves behind it.
// REQUIRES: valid UTF-8, position at the start of a character.
char32_t next_code_point(std::string_view text, std::size_t& position);

void append_code_point(char32_t code, std::string& out);

// Where the first byte that is not UTF-8 stands, or npos. Surrogates and overlong forms are not
// UTF-8.
std::size_t find_invalid_utf8(std::string_view text);

// Length in bytes of the white space character that begins at text[position], 0 when there is none.
// The set of str.isspace(): U+0009-000D, 001C-0020, 0085, 00A0, 1680, 2000-200A, 2028, 2029, 202F,
// 205F, 3000. REQUIRES: position < text.size().
std::size_t space_length(std::string_view text, std::size_t position);

std::string_view strip_right(std::string_view text);
std::string_view strip(std::string_view text);

// str.split(): words between white space. `words` is overwritten and points into `text`.
void split(std::string_view text, std::vector<std::string_view>& words);

// str.lower(): the full mapping of Unicode, final sigma included, independent of the locale.
std::string lower(std::string_view text);

// text.replace(from, to). REQUIRES: from is not empty.
void replace_all(std::string& text, std::string_view from, std::string_view to);

}  // namespace transept::score
