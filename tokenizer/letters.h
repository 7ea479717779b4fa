// Which characters say something: letters and digits, as Unicode (ICU's data) has them.
//
// Pure functions, safe on any bytes; invalid ones are no letters.
#pragma once

#include <string_view>

namespace transept {

// Letters and numbers of every script: the general categories L and N.
bool is_letter_or_digit(char32_t code);
bool has_letter_or_digit(std::string_view text);

// False for white space, controls and format characters only (zero width joiners and the like).
bool is_visible(std::string_view text);

// Whether the character is one that words are spelt with in a script that puts blanks between
// words: nothing may be put between two such characters.
bool joins_words(char32_t code);

}  // namespace transept
