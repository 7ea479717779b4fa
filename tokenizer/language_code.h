// Language codes: "de", "deu", "de_DE", "deu_Latn", "zh-Hans-CN".
//
// All functions are pure and safe on any bytes.
#pragma once

#include <string>
#include <string_view>

namespace transept {

// True when `code` is two or three letters, at most with a script (four letters) and a region (two
// letters or three digits) behind them, apart by - or _; in any case.
bool is_language_code(std::string_view code);

// The language alone, in small letters: "deu" of "deu_Latn". Empty when the code is not well formed.
std::string language_part(std::string_view code);

// True for the two- or three-letter code of one language in ISO 639 ("en", "eng"), in small
// letters; not for codes of groups of languages ("roa", "mul").
bool is_single_language(std::string_view language);

}  // namespace transept
