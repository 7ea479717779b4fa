// The tokenizers of BLEU that need nothing but Unicode's character classes.
//
// Each is a function from a line to the line with words separated by white space, sequential
// rewrites as in sacrebleu/tokenizers/*.py; what they do to the blanks themselves is left out,
// because the words are split at white space afterwards. Pure.
#pragma once

#include <string>
#include <string_view>

namespace transept::score {

// mteval-v13a: tokenizer_13a.py.
std::string tokenize_13a(std::string_view line);

// mteval-v14 for any script: splits at punctuation and symbols of Unicode; tokenizer_intl.py.
std::string tokenize_intl(std::string_view line);

// Chinese characters one by one, the rest as 13a; tokenizer_zh.py, whose table it keeps as it is
// read by Python: U+2001-2A6D and 2F81-2FA1 count as Chinese, the planes above U+FFFF do not.
std::string tokenize_zh(std::string_view line);

// Every code point a word; tokenizer_char.py.
std::string tokenize_char(std::string_view line);

// The passes shared by 13a, zh and TER's normalisation; tokenizer_re.py. First: blanks round ASCII
// punctuation but for the apostrophe, comma, hyphen and period.
std::string set_punctuation_apart(std::string_view line);
// Then: periods and commas unless between digits, hyphens behind a digit.
std::string set_periods_apart(std::string_view line);

}  // namespace transept::score
