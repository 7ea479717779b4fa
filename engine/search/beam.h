// Beam search under the transformers rules.
#pragma once

#include <memory>

#include "engine/search/options.h"
#include "engine/search/protocol.h"

namespace transept {

// Decisions, scores and n-best lists of transformers 4.50 and later; the algorithm is at the top of
// beam.cpp, and what loop_guard adds. REQUIRES: check_search_options(options).ok(), options.beam > 1. Source:
// transformers 4.57.6, generation/utils.py (_beam_search and the functions it calls).
std::unique_ptr<Search> make_beam_search(const SearchOptions& options);

}  // namespace transept
