// Words that tell whether a full stop ends a sentence, language by language.
//
// Data and look-up only; what is made of them stands in sentence_ends.h.
#pragma once

#include <string>
#include <string_view>

namespace transept {

// Lists hold words in small letters between blanks, without the last full stop and without blanks
// inside: " mr z.b ".
struct LanguageWords {
  std::string_view languages;  // two- and three-letter codes
  // Abbreviations behind which no sentence ends: titles in front of names, "e.g."
  std::string_view never;
  // Abbreviations that may end a sentence, but hardly in front of a word that is not in `starters`.
  std::string_view seldom;
  // Abbreviations only in front of a number: "No. 5".
  std::string_view before_digit;
  // Words with which sentences begin, and which hardly ever follow an abbreviation, an initial or
  // an ordinal with a capital letter inside a sentence.
  std::string_view starters;
  bool ordinals = false;         // "3. Mai": a number with a full stop is an ordinal
  std::string_view suffix = {};  // with which seldom and before_digit words end: "Bahnhofstr. 5"
  std::string_view mark = {};    // ends sentences besides those Unicode has, in front of a blank
};

// language: a code of two or three letters with or without script and region ("de", "deu",
// "de_DE"); for one that has no row, or none: only titles that are no word of another language.
const LanguageWords& words_of_language(std::string_view language);

// True when a list holds the word.
bool lists(std::string_view list, std::string_view word);

}  // namespace transept
