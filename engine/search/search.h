// Search: a state machine per segment over scored candidates; it never sees a network.
//
//   auto search = make_search(options);
//   while (!search->done()) {
//     rows = search->rows();                    // what the next decoder step must compute
//     ... one decoder step for these rows (of many segments at once) ...
//     search->advance(scores);                  // one RowScores a row, same order
//   }
//   search->hypotheses();
//
// The output layer hands over, for each row, the best `top` columns and the log-sum-exp over all columns
// that the row does not list as special, and the raw logits of the special ones. Special columns are
// those a processor changes (banned, penalised, forced): all else shifts by one number, so this is
// the whole distribution, without writing [rows, vocab] logits to memory.
// Not thread-safe; one object is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "transept/options.h"
#include "transept/status.h"

namespace transept {

// Everything resolved: model defaults, rules and request merged. Lengths count new tokens after the decoder start.
struct SearchOptions {
  Rules rules = Rules::transformers;
  std::uint32_t beam = 1;
  std::uint32_t n_best = 1;
  float length_penalty = 1.0f;
  EarlyStopping early_stopping = EarlyStopping::off;
  std::uint32_t max_length = 512;          // new tokens, end token included
  std::uint32_t min_length = 0;            // end tokens are banned while fewer new tokens exist
  float repetition_penalty = 1.0f;
  std::uint32_t no_repeat_ngram = 0;
  bool renormalize = false;
  bool scores = true;                      // false: greedy may skip log-sum-exp and scores are 0
  std::int32_t start = 0;                  // decoder start token
  std::int32_t forced_bos = -1;            // -1: none
  std::vector<std::int32_t> forced_eos;    // tokens forced at the last position; empty: none
  std::vector<std::int32_t> end;           // end tokens
  std::vector<std::vector<std::int32_t>> bad_words;  // sequences whose last token is banned; length 1: always
  std::uint32_t vocab = 0;
};

// What one live hypothesis asks of the next decoder step.
struct SearchRow {
  std::int32_t token = 0;                       // input: the last token
  std::int32_t parent = 0;                      // index of the row of the previous step it continues; -1 at the start
  std::uint32_t top = 0;                        // candidates wanted among non-special columns
  bool needs_lse = true;
  std::span<const std::int32_t> special;        // ascending, distinct; valid until advance()
};

struct Candidate {
  std::int32_t token = 0;
  float logit = 0.0f;
};

// What the output layer found for one row.
struct RowScores {
  std::span<const Candidate> top;               // non-special columns, best first; ties: lower token first
  float lse = 0.0f;                             // log-sum-exp over the non-special columns; -inf when there are none
  std::span<const float> special_logits;        // parallel to SearchRow::special
};

struct SearchHypothesis {
  std::vector<std::int32_t> ids;                // generated: end token and forced tokens included, start excluded
  std::vector<float> token_scores;              // log-probabilities after the processors, parallel to ids
  float sum = 0.0f;                             // of token_scores
  float score = 0.0f;                           // final score of the rules
};

class Search {
 public:
  virtual ~Search() = default;
  virtual std::span<const SearchRow> rows() const = 0;
  virtual void advance(std::span<const RowScores> scores) = 0;
  virtual bool done() const = 0;
  // Best first, at most n_best. REQUIRES: done().
  virtual std::vector<SearchHypothesis> hypotheses() = 0;
};

// Errors: kInvalidArgument with a sentence naming the option (beam 0, n_best > beam, ids out of vocab,
// min_length > max_length, repetition_penalty <= 0, ...).
Status check_search_options(const SearchOptions& options);

// REQUIRES: check_search_options(options).ok().
std::unique_ptr<Search> make_search(const SearchOptions& options);

}  // namespace transept
