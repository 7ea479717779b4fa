// Abbreviations: full stops that do not end a sentence, for languages written in Latin script.
#pragma once

#include <string_view>

namespace transept {

// True when the full stop that `before` ends with belongs to an abbreviation, an initial or an
// ordinal number, so that no sentence ends there. before: the text up to the boundary without the
// white space in front of it; after: the text behind that white space. language: a code of two or
// three letters with or without a region ("de", "deu", "de_DE"); empty or not in the table: only
// titles that are no word of another language.
bool is_abbreviation(std::string_view before, std::string_view after, std::string_view language);

}  // namespace transept
