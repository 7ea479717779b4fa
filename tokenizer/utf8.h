// UTF-8: validation, repair and the few properties of characters that tokenizing needs.
//
// All functions are pure and safe on any bytes. NUL is an ordinary character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace transept {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

// Bytes that a sequence beginning with `lead` announces: 1 to 4; 1 for a byte that begins none.
inline std::size_t utf8_announced_length(char lead) {
  return static_cast<std::size_t>(
      "\1\1\1\1\1\1\1\1\1\1\1\1\2\2\3\4"[static_cast<unsigned char>(lead) >> 4]);
}

// A character at the front of a text.
struct Utf8Char {
  char32_t code = 0;       // U+FFFD when not valid
  std::size_t length = 0;  // bytes; of an invalid sequence: its maximal valid prefix, at least 1
  bool valid = false;
};

// The first character. REQUIRES: !text.empty().
Utf8Char utf8_first(std::string_view text);

// Length of the longest prefix of whole, valid characters: text.size() when all of it is valid.
std::size_t utf8_valid_prefix(std::string_view text);

// Replaces each maximal subpart of an ill-formed sequence by U+FFFD (the practice of the WHATWG
// decoder and of Unicode 3.9, table 3-8). Adds the number of replacements to `replaced`.
std::string utf8_repair(std::string_view text, std::size_t& replaced);

// White space as Python's str.isspace() has it, which is what the reference tokenizers strip.
bool is_space(char32_t code);

// Text without white space (is_space) in front or behind. Invalid bytes are not white space.
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
inline std::string_view strip(std::string_view text) { return strip_right(strip_left(text)); }

}  // namespace transept
