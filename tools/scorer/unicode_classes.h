// Classes of characters by Unicode's general category, from a table of our own.
//
// ICU's follow its own release: newer punctuation and symbols would be cut otherwise than by
// sacreBLEU, whose tokenizers ask the Python package `regex` and so a newer Unicode.
#pragma once

#include <cstdint>

namespace transept::score {

// Of the categories N*, P* and S*; other: all else, unassigned code points included.
enum class CharacterClass : std::uint8_t { other, number, punctuation, symbol };

// Any value is allowed; beyond U+10FFFF all is `other`.
CharacterClass class_of(char32_t code);

}  // namespace transept::score
