// Greedy search.
#pragma once

#include <memory>

#include "engine/search/options.h"
#include "engine/search/protocol.h"

namespace transept {

// Each token is the arg-max of the logits with what the column rules change, the lower token of
// equals.
// Under loop_guard, a hypothesis that goes round in circles ends behind its first round, without an
// end token; its scores are those of the tokens kept.
// token score = log-softmax of these logits; score: as the rules have it.
// REQUIRES: check_search_options(options).ok(), options.beam == 1.
// Source: transformers 4.57.6, generation/utils.py (_sample with do_sample false).
std::unique_ptr<Search> make_greedy_search(const SearchOptions& options);

}  // namespace transept
