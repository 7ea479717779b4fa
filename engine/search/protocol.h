// Search: a state machine per segment over scored candidates; it never sees a network.
//
//   auto search = make_search(options);            // make_search.h
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

#include <cstdint>
#include <span>
#include <vector>

#include "engine/search/result.h"

namespace transept {

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

}  // namespace transept
