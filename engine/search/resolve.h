// resolve: a model's search defaults and one request, merged into the options of a search.
#pragma once

#include <cstdint>

#include "engine/search/options.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

// What the request sets replaces the default; its bad words are added to the default ones, its end
// tokens replace them, and disable_unk makes `unk` a bad word (-1: the model has none, so nothing
// to ban). A default that only makes sense beside one the request replaced gives way: n_best comes
// down to the requested beam, min_length to the requested max_length. request.text is no matter of
// search; what request.search.loop_guard means depends on the kind of input. defaults.rules must not
// be automatic. Errors: those of check_options, and of check_search_options about the merged options.
Result<SearchOptions> resolve(const SearchOptions& defaults, const TranslateOptions& request,
                              std::int32_t unk);

}  // namespace transept
