// Greedy search under the transformers rules.
#pragma once

#include <memory>

#include "engine/search/options.h"
#include "engine/search/protocol.h"

namespace transept {

// Each token is the arg-max of the processed logits, the lower token of equals. In contrast to beam
// search the repetition penalty acts on logits, not on log-probabilities.
// Under loop_guard, a hypothesis that goes round in circles ends behind its first round, without an
// end token; its scores are those of the tokens kept.
// token score = log-softmax of the processed logits; score = sum / length^length_penalty.
// REQUIRES: check_search_options(options).ok(), options.beam == 1.
// Source: transformers 4.57.6, generation/utils.py (_sample with do_sample false).
std::unique_ptr<Search> make_greedy_search(const SearchOptions& options);

}  // namespace transept
