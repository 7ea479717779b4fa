// Beam search.
#pragma once

#include <memory>

#include "engine/search/options.h"
#include "engine/search/protocol.h"

namespace transept {

// Decisions and scores are those of options.rules; what all rules have in common is at the top of
// beam.cpp, and what loop_guard adds. REQUIRES: check_search_options(options).ok(),
// options.beam > 1.
std::unique_ptr<Search> make_beam_search(const SearchOptions& options);

}  // namespace transept
