// What can be told of one segment: which words n-grams of the references cover, what changed from
// another translation, and what looks wrong with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/regress/translation.h"

namespace transept::tools {

// Words as BLEU's tokenizer of this name separates them; with ja-mecab characters, with ko-mecab
// those of 13a.
std::vector<std::string> words_of(std::string_view text, const std::string& tokenizer);

// Where words stand in the text they come from.
struct WordSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};
// Empty when a word does not stand there as it is: some tokenizers rewrite (&amp;).
std::vector<WordSpan> locate(std::string_view text, const std::vector<std::string>& words);

// For each word the longest n-gram up to `max_order` that it is part of and that a reference has,
// too; 0: none. An n-gram counts as often as the reference that has it most often (BLEU's
// clipping), from left to right.
std::vector<unsigned> matched_orders(const std::vector<std::string>& words,
                                     const std::vector<std::vector<std::string>>& references,
                                     unsigned max_order = 4);

struct WordDifference {
  std::vector<bool> removed;  // of the words before
  std::vector<bool> added;    // of the words now
};
// Along a longest common subsequence. Texts of more than kDiffWords words count as replaced where
// their common beginning and end stop.
inline constexpr std::size_t kDiffWords = 2000;
WordDifference word_difference(const std::vector<std::string>& before,
                               const std::vector<std::string>& now);

// What looks wrong: "empty"; "copy": the source, untranslated; "repetition": words said at least
// three times in a row; "short", "long": less than half or more than twice the words of every
// reference; "truncation": the program says that source or translation were cut off.
std::vector<std::string> segment_flags(std::string_view source, const TranslatedLine& line,
                                       const std::vector<std::string>& references);

}  // namespace transept::tools
