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
// The output layer hands over, for each row, the best `top` columns and the log-sum-exp over all
// columns that the row does not list as special, and the raw logits of the special ones. Special
// columns are those a processor changes (banned, penalised): all else shifts by one number, so this
// is the whole distribution, without writing [rows, vocab] logits to memory. A row whose next token
// is forced asks for nothing (top 0, no special column): the output layer may skip it; only where
// the end is forced at max_length it asks for its best column, to tell whether it ends there. A search
// depends on its own options and scores only, never on other segments; its sums use the C library's
// double exp, log and pow, rounded to float. Not thread-safe; one object is used by one thread at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "transept/options.h"
#include "transept/status.h"

namespace transept {

// Everything resolved: model defaults, rules and request merged. Lengths count new tokens after the
// decoder start.
struct SearchOptions {
  Rules rules = Rules::transformers;
  std::uint32_t beam = 1;       // 1: greedy
  std::uint32_t n_best = 1;     // at most beam
  float length_penalty = 1.0f;  // score = sum / length^length_penalty
  EarlyStopping early_stopping = EarlyStopping::off;
  std::uint32_t max_length = 512;        // new tokens, end token included
  std::uint32_t min_length = 0;          // end tokens are banned while fewer new tokens exist
  float repetition_penalty = 1.0f;       // 1: none
  std::uint32_t no_repeat_ngram = 0;     // 0: none
  bool renormalize = false;              // softmax again after the processors
  bool scores = true;                    // false: greedy may skip log-sum-exp and scores are 0
  std::int32_t start = 0;                // decoder start token
  std::int32_t forced_bos = -1;          // the first new token; -1: free
  std::vector<std::int32_t> forced_eos;  // one of them is forced at the last position; empty: free
  std::vector<std::int32_t> end;         // end tokens
  // Sequences whose last token is banned where the rest precedes it; of length 1: always.
  std::vector<std::vector<std::int32_t>> bad_words;
  std::uint32_t vocab = 0;
  // A hypothesis that goes round in circles is stopped (loop_guard.h); what never does comes out as
  // without. Reads src_len: the source's tokens tell how long a translation may become.
  bool loop_guard = false;
  std::size_t src_len = 0;
};

// Bounds that keep a mistyped option from asking for all the memory there is.
inline constexpr std::uint32_t kMaxBeam = 1024;
inline constexpr std::uint32_t kMaxLength = 1u << 20;

// What one live hypothesis asks of the next decoder step.
struct SearchRow {
  std::int32_t token = 0;   // input: the last token
  std::int32_t parent = 0;  // index of the row of the previous step it continues; -1 at the start
  // Candidates wanted among non-special columns; never more than there are.
  std::uint32_t top = 0;
  bool needs_lse = true;
  std::span<const std::int32_t> special = {};  // ascending, distinct; valid until advance()
};

struct Candidate {
  std::int32_t token = 0;
  float logit = 0.0f;
};

// What the output layer found for one row.
struct RowScores {
  // SearchRow::top non-special columns, best first, or as many as the output has where it is
  // restricted to some; ties: lower token first. What it does not have has the logit -inf.
  std::span<const Candidate> top;
  float lse = 0.0f;  // log-sum-exp over the non-special columns; -inf when there are none
  std::span<const float> special_logits;  // parallel to SearchRow::special
};

struct SearchHypothesis {
  std::vector<std::int32_t> ids;  // generated: end token and forced tokens included, start excluded
  std::vector<float> token_scores;  // log-probabilities after the processors, parallel to ids
  // ids[t] continued rows()[rows[t]] of step t, so a caller finds what it kept of that row's step.
  std::vector<std::uint32_t> rows;
  float sum = 0.0f;    // of token_scores, added in order in float32
  float score = 0.0f;  // final score of the rules
  // The loop guard ended the search: this hypothesis was cut back to its first round, or is there
  // although one that went round in circles had a better score than all.
  bool repetition = false;
  // max_length ended it: its last token is no end token, or is one that was forced there in place of
  // another.
  bool cut = false;
  // [ids][source]: the runtime's to fill in, for segments that ask for it (Segment::attention).
  std::vector<std::vector<float>> attention = {};
};

class Search {
 public:
  virtual ~Search() = default;
  // At least one while !done(), at most SearchOptions::beam; none when done(). Beam search starts
  // with one row. Valid until advance().
  virtual std::span<const SearchRow> rows() const = 0;
  // REQUIRES: !done(); one RowScores for each row, in the order of rows(). A NaN or -inf logit is
  // never chosen.
  virtual void advance(std::span<const RowScores> scores) = 0;
  virtual bool done() const = 0;
  // Best first, at least one and at most n_best: fewer when the rules leave fewer (tiny
  // vocabularies). A search that ran out of allowed tokens returns its best hypothesis as it stood.
  // REQUIRES: done().
  virtual std::vector<SearchHypothesis> hypotheses() = 0;
};

// Errors: kInvalidArgument with a sentence naming the option as the program spells it (beam 0,
// n_best > beam, ids out of vocab, min_length > max_length, repetition_penalty <= 0, ...);
// kUnsupported for rules that have no search yet.
Status check_search_options(const SearchOptions& options);

// REQUIRES: check_search_options(options).ok().
std::unique_ptr<Search> make_search(const SearchOptions& options);

}  // namespace transept
