// Processors: which columns of a row the options change, and which tokens they force.
//
// The logits processors of transformers, turned from operations on a whole distribution into short
// lists of columns. Their order there (repetition penalty, n-grams, bad words, minimal length,
// forced first token, forced last token, renormalisation) comes down to: a forced token overrides
// all, the last one first; a ban overrides a penalty. Source: transformers 4.57.6,
// generation/logits_process.py and utils.py (_get_logits_processor).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/search/options.h"

namespace transept {

// The special columns of one row. A column that is not listed in `penalised` is banned.
struct SpecialColumns {
  std::vector<std::int32_t> tokens;      // ascending, distinct
  std::vector<std::uint32_t> penalised;  // indices into tokens, ascending
};

class Processors {
 public:
  // REQUIRES: check_search_options(options).ok().
  explicit Processors(const SearchOptions& options);

  // The tokens of which one must come when `generated` new tokens exist: ascending, distinct; empty
  // when the row is free.
  std::span<const std::int32_t> forced(std::uint32_t generated) const;
  // Whether an end token is forced there because it is the last position.
  bool forces_end(std::uint32_t generated) const {
    return generated + 1 == max_length_ && !forced_eos_.empty();
  }

  // Whether the special columns depend on the tokens so far and not only on their number.
  bool reads_history() const { return reads_history_; }
  // REQUIRES: !reads_history().
  const SpecialColumns& fixed(std::uint32_t generated) const;
  // history: the decoder start and the `generated` new tokens. Overwrites `columns`; allocates only
  // while its vectors and the scratch grow.
  void collect(std::span<const std::int32_t> history, SpecialColumns& columns);

  // The repetition penalty: makes a token less likely whatever the sign of its logit or
  // log-probability.
  float penalise(float score) const { return score < 0.0f ? score * penalty_ : score / penalty_; }

 private:
  void ban(std::int32_t token) { keys_.push_back(static_cast<std::uint64_t>(token) << 1); }
  void mark_repeated(std::int32_t token) {
    keys_.push_back(static_cast<std::uint64_t>(token) << 1 | 1u);
  }
  void ban_repeated_ngrams(std::span<const std::int32_t> history);
  void ban_ends_of_bad_words(std::span<const std::int32_t> history);

  std::uint32_t max_length_;
  std::uint32_t min_length_;
  std::uint32_t no_repeat_ngram_;
  float penalty_;
  bool reads_history_;
  std::vector<std::int32_t> forced_bos_;
  std::vector<std::int32_t> forced_eos_;
  std::vector<std::vector<std::int32_t>> sequences_;  // bad words of two tokens and more
  SpecialColumns always_;                             // bad words of one token
  SpecialColumns before_min_length_;                  // the same and the end tokens
  std::vector<std::uint64_t> keys_;                   // scratch of collect: token << 1 | penalised
};

}  // namespace transept
