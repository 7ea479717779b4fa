// The rules of transformers 4.50 and later.
#pragma once

#include <memory>

#include "engine/search/options.h"
#include "engine/search/rules/rules.h"

namespace transept {

// Beam search with K beams, end tokens E and C = K * max(2, 1 + |E|):
//
//   each step: the C best continuations of all beams, by accumulated log-probability
//     a continuation "hits" when it ends in an end token or at max_length
//     finished = best K of the finished so far and the hits among the first K continuations, by
//                sum / length^length_penalty
//     beams    = best K continuations; a hit counts as 1e9 worse
//   until every continuation hits, or the best beam could not enter the finished any more, or
//   early_stopping is on and K have finished.
//
// What changes columns does so to log-probabilities, in contrast to greedy search.
// Source: transformers 4.57.6, generation/utils.py (_beam_search and the functions it calls).
std::unique_ptr<SearchRules> make_transformers_rules(const SearchOptions& options);

}  // namespace transept
