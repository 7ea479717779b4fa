// What the words on both sides of a full stop, or of the end of direct speech, say about it.
//
// All functions are pure. Texts are valid UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tokenizer/abbreviations.h"

namespace transept {

// Words of lists are shorter (bytes), and what is farther away does not matter.
inline constexpr std::size_t kLongest = 24;
inline constexpr std::size_t kFar = 64;

// What follows a place: the word there, whatever quotes, brackets and dashes are in front.
struct Ahead {
  bool found = false;  // a letter or digit, not far away
  char32_t first = 0;
  std::string word;       // in small letters, at most kLongest bytes; empty for a number
  bool initial = false;   // one letter with a full stop
  std::string_view rest;  // from the word on
};

Ahead look_ahead(std::string_view text);

// The end of `text` from the last blank, bracket or quotation mark on; longer than kLongest where
// the word is.
std::string_view last_word(std::string_view text);

// `sentence` begins with its first letter or digit. True when the full stop it ends with belongs to
// an abbreviation, an initial, an ordinal or the number of a list's item, so that no sentence ends
// there.
bool is_abbreviated(std::string_view sentence, const Ahead& ahead, const LanguageWords& words);

// True when a speaker with a verb of saying follows direct speech: "“Are you here?” Tom asked."
bool names_speaker(const Ahead& ahead, const LanguageWords& words);

// True when what follows direct speech in a script without blanks belongs to its sentence.
bool goes_on_behind_speech(const Ahead& ahead);

}  // namespace transept
