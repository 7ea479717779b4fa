#include "engine/search/processors.h"

#include <algorithm>

#include "engine/base/try.h"

namespace transept {
namespace {

void sort_distinct(std::vector<std::int32_t>& tokens) {
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
}

bool ends_with(std::span<const std::int32_t> history, std::span<const std::int32_t> tail) {
  return std::equal(tail.begin(), tail.end(),
                    history.end() - static_cast<std::ptrdiff_t>(tail.size()));
}

}  // namespace

Processors::Processors(const SearchOptions& options)
    : max_length_(options.max_length),
      min_length_(options.min_length),
      no_repeat_ngram_(options.no_repeat_ngram),
      penalty_(options.repetition_penalty),
      forced_eos_(options.forced_eos) {
  if (options.forced_bos >= 0) forced_bos_.push_back(options.forced_bos);
  sort_distinct(forced_eos_);
  for (const auto& word : options.bad_words) {
    if (word.size() > 1) {
      sequences_.push_back(word);
    } else if (std::find(options.end.begin(), options.end.end(), word.front()) ==
               options.end.end()) {
      always_.tokens.push_back(word.front());  // an end token alone is never a bad word
    }
  }
  before_min_length_.tokens = always_.tokens;
  before_min_length_.tokens.insert(before_min_length_.tokens.end(), options.end.begin(),
                                   options.end.end());
  sort_distinct(always_.tokens);
  sort_distinct(before_min_length_.tokens);
  reads_history_ = no_repeat_ngram_ > 0 || penalty_ != 1.0f || !sequences_.empty();
}

std::span<const std::int32_t> Processors::forced(std::uint32_t generated) const {
  if (generated + 1 == max_length_ && !forced_eos_.empty()) return forced_eos_;
  if (generated == 0) return forced_bos_;
  return {};
}

const SpecialColumns& Processors::fixed(std::uint32_t generated) const {
  return generated < min_length_ ? before_min_length_ : always_;
}

void Processors::ban_repeated_ngrams(std::span<const std::int32_t> history) {
  const std::size_t context = no_repeat_ngram_ - 1;
  if (no_repeat_ngram_ == 0 || history.size() < no_repeat_ngram_) return;
  const auto tail = history.last(context);
  for (std::size_t i = 0; i + context < history.size(); ++i) {
    if (std::equal(tail.begin(), tail.end(), history.begin() + static_cast<std::ptrdiff_t>(i))) {
      ban(history[i + context]);
    }
  }
}

void Processors::ban_ends_of_bad_words(std::span<const std::int32_t> history) {
  for (const auto& sequence : sequences_) {
    // transformers skips a sequence longer than the history, although its beginning, one token
    // shorter, could already match.
    if (sequence.size() > history.size()) continue;
    if (ends_with(history, std::span(sequence).first(sequence.size() - 1))) ban(sequence.back());
  }
}

void Processors::collect(std::span<const std::int32_t> history, SpecialColumns& columns) {
  TRANSEPT_DCHECK(!history.empty());
  keys_.clear();
  for (const std::int32_t token : fixed(static_cast<std::uint32_t>(history.size() - 1)).tokens)
    ban(token);
  ban_repeated_ngrams(history);
  ban_ends_of_bad_words(history);
  if (penalty_ != 1.0f) {
    for (const std::int32_t token : history) mark_repeated(token);
  }
  std::sort(keys_.begin(), keys_.end());
  columns.tokens.clear();
  columns.penalised.clear();
  for (const std::uint64_t key : keys_) {
    const auto token = static_cast<std::int32_t>(key >> 1);
    if (!columns.tokens.empty() && columns.tokens.back() == token) continue;  // a ban sorts first
    if ((key & 1u) != 0)
      columns.penalised.push_back(static_cast<std::uint32_t>(columns.tokens.size()));
    columns.tokens.push_back(token);
  }
}

}  // namespace transept
