#include "tools/regress/segment.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "tools/scorer/text.h"
#include "tools/scorer/tokenizers.h"

namespace transept::tools {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string_view> words;
  score::split(text, words);
  return {words.begin(), words.end()};
}

using Ngram = std::vector<std::string>;

std::map<Ngram, unsigned> count_ngrams(const std::vector<std::string>& words, std::size_t order) {
  std::map<Ngram, unsigned> counts;
  for (std::size_t i = 0; i + order <= words.size(); ++i) {
    const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
    ++counts[Ngram(first, first + static_cast<std::ptrdiff_t>(order))];
  }
  return counts;
}

// Whether up to four words are said three times in a row.
bool repeats(const std::vector<std::string>& words) {
  constexpr std::size_t kPhrase = 4;
  constexpr std::size_t kTimes = 3;
  for (std::size_t length = 1; length <= kPhrase; ++length) {
    std::size_t same = 0;  // words equal to the one `length` before
    for (std::size_t i = length; i < words.size(); ++i) {
      same = words[i] == words[i - length] ? same + 1 : 0;
      if (same == length * (kTimes - 1)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text, const std::string& tokenizer) {
  if (tokenizer == "none") return split(text);
  if (tokenizer == "intl") return split(score::tokenize_intl(text));
  if (tokenizer == "zh") return split(score::tokenize_zh(text));
  if (tokenizer == "char" || tokenizer == "ja-mecab") return split(score::tokenize_char(text));
  return split(score::tokenize_13a(text));
}

std::vector<WordSpan> locate(std::string_view text, const std::vector<std::string>& words) {
  std::vector<WordSpan> spans;
  std::size_t from = 0;
  for (const std::string& word : words) {
    const std::size_t begin = text.find(word, from);
    if (begin == std::string_view::npos) return {};
    from = begin + word.size();
    spans.push_back({begin, from});
  }
  return spans;
}

std::vector<unsigned> matched_orders(const std::vector<std::string>& words,
                                     const std::vector<std::vector<std::string>>& references,
                                     unsigned max_order) {
  std::vector<unsigned> orders(words.size(), 0);
  for (unsigned order = 1; order <= max_order && order <= words.size(); ++order) {
    std::map<Ngram, unsigned> left;
    for (const auto& reference : references) {
      for (const auto& [ngram, count] : count_ngrams(reference, order)) {
        left[ngram] = std::max(left[ngram], count);
      }
    }
    for (std::size_t i = 0; i + order <= words.size(); ++i) {
      const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
      const auto found = left.find(Ngram(first, first + order));
      if (found == left.end() || found->second == 0) continue;
      --found->second;
      std::fill_n(orders.begin() + static_cast<std::ptrdiff_t>(i), order, order);
    }
  }
  return orders;
}

WordDifference word_difference(const std::vector<std::string>& before,
                               const std::vector<std::string>& now) {
  WordDifference difference{std::vector<bool>(before.size(), true),
                            std::vector<bool>(now.size(), true)};
  std::size_t begin = 0;
  while (begin < std::min(before.size(), now.size()) && before[begin] == now[begin]) {
    difference.removed[begin] = difference.added[begin] = false;
    ++begin;
  }
  std::size_t before_end = before.size(), now_end = now.size();
  while (before_end > begin && now_end > begin && before[before_end - 1] == now[now_end - 1]) {
    difference.removed[--before_end] = false;
    difference.added[--now_end] = false;
  }
  const std::size_t rows = before_end - begin, columns = now_end - begin;
  if (rows > kDiffWords || columns > kDiffWords) return difference;

  // length[i][j]: of the longest common subsequence of before[i..] and now[j..]. [rows + 1, columns
  // + 1]
  std::vector<std::uint16_t> length((rows + 1) * (columns + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint16_t& {
    return length[i * (columns + 1) + j];
  };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      at(i, j) = before[begin + i] == now[begin + j]
                     ? static_cast<std::uint16_t>(at(i + 1, j + 1) + 1)
                     : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    if (before[begin + i] == now[begin + j]) {
      difference.removed[begin + i++] = difference.added[begin + j++] = false;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
  return difference;
}

std::vector<std::string> segment_flags(std::string_view source, const TranslatedLine& line,
                                       const std::vector<std::string>& references) {
  constexpr std::size_t kFewWords = 3;  // below, a copy or a length says nothing: "Tom!"
  std::vector<std::string> flags;
  const std::vector<std::string> words = split(line.text);
  const auto said = [&](const char* flag) {
    return std::find(line.flags.begin(), line.flags.end(), flag) != line.flags.end();
  };

  std::size_t shortest = SIZE_MAX, longest = 0;
  bool reference_copies = false;
  for (const std::string& reference : references) {
    const std::size_t count = split(reference).size();
    shortest = std::min(shortest, count);
    longest = std::max(longest, count);
    reference_copies = reference_copies || reference == source;
  }
  if (words.empty() && shortest > 0) flags.emplace_back("empty");
  if (line.text == source && words.size() >= kFewWords && !reference_copies) {
    flags.emplace_back("copy");
  }
  if (repeats(words) && !repeats(split(source))) flags.emplace_back("repetition");
  if (!words.empty() && shortest >= kFewWords && words.size() * 2 < shortest) {
    flags.emplace_back("short");
  }
  if (words.size() >= kFewWords && words.size() > longest * 2) flags.emplace_back("long");
  if (said("max-length") || said("truncated")) flags.emplace_back("truncation");
  return flags;
}

}  // namespace transept::tools
