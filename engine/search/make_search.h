// make_search: the search that its options ask for.
#pragma once

#include <memory>

#include "engine/search/options.h"
#include "engine/search/protocol.h"

namespace transept {

// REQUIRES: check_search_options(options).ok().
std::unique_ptr<Search> make_search(const SearchOptions& options);

}  // namespace transept
