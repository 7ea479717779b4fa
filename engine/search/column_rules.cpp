// Source: transformers 4.57.6, generation/logits_process.py and utils.py (_get_logits_processor).
#include "engine/search/column_rules.h"

#include <algorithm>
#include <vector>

namespace transept {
namespace {

using History = std::span<const std::int32_t>;

constexpr std::uint32_t kAlways = std::numeric_limits<std::uint32_t>::max();

std::uint32_t always_if(bool on) { return on ? kAlways : 0; }

bool ends_with(History history, History tail) {
  return std::equal(tail.begin(), tail.end(),
                    history.end() - static_cast<std::ptrdiff_t>(tail.size()));
}

// Bad words of one token. An end token alone is never one.
void ban_words(const SearchOptions& options, History /*history*/, ColumnMarks& marks) {
  for (const auto& word : options.bad_words) {
    if (word.size() == 1 && std::ranges::find(options.end, word.front()) == options.end.end()) {
      marks.ban(word.front());
    }
  }
}

// Bad words of several tokens, behind all but the last of them. transformers skips a sequence that
// is longer than the history, although its beginning, one token shorter, could already match.
void ban_ends_of_words(const SearchOptions& options, History history, ColumnMarks& marks) {
  for (const auto& word : options.bad_words) {
    if (word.size() == 1 || word.size() > history.size()) continue;
    if (ends_with(history, History(word).first(word.size() - 1))) marks.ban(word.back());
  }
}

void ban_ends_before_min_length(const SearchOptions& options, History /*history*/,
                                ColumnMarks& marks) {
  for (const std::int32_t token : options.end) marks.ban(token);
}

// What would complete an n-gram that is there already.
void ban_repeated_ngrams(const SearchOptions& options, History history, ColumnMarks& marks) {
  const std::size_t context = options.no_repeat_ngram - 1;
  if (history.size() <= context) return;
  const History tail = history.last(context);
  for (std::size_t i = 0; i + context < history.size(); ++i) {
    if (std::equal(tail.begin(), tail.end(), history.begin() + static_cast<std::ptrdiff_t>(i))) {
      marks.ban(history[i + context]);
    }
  }
}

void penalise_repetition(const SearchOptions& options, History history, ColumnMarks& marks) {
  for (const std::int32_t token : history) marks.penalise(token, options.repetition_penalty);
}

constexpr ColumnRule kRules[] = {
    {[](const SearchOptions& o) { return always_if(o.repetition_penalty != 1.0f); }, true,
     penalise_repetition},
    {[](const SearchOptions& o) { return always_if(o.no_repeat_ngram > 0); }, true,
     ban_repeated_ngrams},
    {[](const SearchOptions& o) { return always_if(!o.bad_words.empty()); }, false, ban_words},
    {[](const SearchOptions& o) {
       return always_if(
           std::ranges::any_of(o.bad_words, [](const auto& word) { return word.size() > 1; }));
     },
     true, ban_ends_of_words},
    {[](const SearchOptions& o) { return o.min_length; }, false, ban_ends_before_min_length},
};

}  // namespace

std::span<const ColumnRule> column_rules() { return kRules; }

}  // namespace transept
