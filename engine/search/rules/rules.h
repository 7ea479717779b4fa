// SearchRules: what the engines that Transept follows do each in their own way.
//
// Greedy and beam search know rows, tokens and ranks. Which ranked continuations finish, which run
// on, when nothing can change the result any more, what log-probabilities become of a row and what
// a hypothesis scores is up to the rules. An object belongs to one search and may count what
// happened in it. Tokens are counted after the decoder start; those of a given prefix are among
// them, and it is the rules' to leave them out of a length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/search/columns.h"
#include "engine/search/finished.h"
#include "engine/search/options.h"
#include "engine/search/protocol.h"

namespace transept {

// A beam with one more token.
struct Continuation {
  float score = 0.0f;     // of all its tokens
  float log_prob = 0.0f;  // of the last one
  std::uint32_t row = 0;  // that it continues
  std::int32_t token = 0;
  bool end = false;  // the token is an end token
};

// What a step found: the best continuations of all beams, best first.
struct BeamStep {
  std::span<const Continuation> ranked;  // at most SearchRules::candidates()
  std::uint32_t tokens = 0;              // that each of them has
};

// A continuation that runs on.
struct Running {
  float score = 0.0f;
  std::uint32_t continuation = 0;
};

// How the logits of a row become log-probabilities.
struct RowLogProbs {
  double total = 0.0;  // log-sum-exp
  double again = 0.0;  // of the log-probabilities, where they are normalised once more

  float operator()(float logit) const { return static_cast<float>(logit - total - again); }
};

class SearchRules {
 public:
  virtual ~SearchRules() = default;

  // The final score of a hypothesis. REQUIRES: tokens > 0.
  virtual float score(float sum, std::uint32_t tokens) const = 0;
  // A hypothesis of so many tokens is at its end, whatever the last of them.
  virtual std::uint32_t max_tokens() const = 0;

  // All that follows is asked by beam search only.

  // The scores of the beams it starts with, best first; all of them begin with the same row.
  virtual std::vector<float> start() const = 0;
  // The empty list of what finishes.
  virtual FinishedList finished() const = 0;
  // How many continuations of so many beams a step ranks.
  virtual std::size_t candidates(std::size_t beams) const = 0;
  // The log-probabilities of a row's clean columns by what is returned, and those of its changed
  // ones in `changed`, parallel to columns.changed.
  virtual RowLogProbs log_probs(const RowScores& scores, const SpecialColumns& columns,
                                std::vector<float>& changed) const = 0;
  // The log-probability of each of so many tokens where one of them is forced.
  virtual float forced_log_prob(std::size_t tokens) const = 0;
  // Puts what finishes into `finished` and what runs on into `running`, which comes empty: best
  // first, at least one unless the search is over. Returns whether it is.
  virtual bool decide(const BeamStep& step, FinishedList& finished,
                      std::vector<Running>& running) = 0;
};

// Those of options.rules. REQUIRES: check_search_options(options).ok().
std::unique_ptr<SearchRules> make_rules(const SearchOptions& options);

}  // namespace transept
