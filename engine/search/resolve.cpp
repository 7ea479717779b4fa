#include "engine/search/resolve.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "engine/base/try.h"
#include "transept/option_table.h"

namespace transept {
namespace {

using Ask = TranslateOptions;

// What was asked for against what the model has where nothing was asked: a message that named both
// alike would speak of an option nobody gave.
Status check_against_defaults(const SearchOptions& options, const TranslateOptions& request) {
  const auto above = [](OptionName option, std::uint32_t value, const char* bound,
                        std::uint32_t own) {
    return Status::sentence(
        Code::kInvalidArgument,
        {option, " ", std::to_string(value), " is above the model's own ", bound, " of ",
         std::to_string(own), ": give a ", bound, " of ", std::to_string(value), " or more, too"});
  };
  if (!request.search.beam && options.n_best > options.beam) {
    return above(name_of(&Ask::Search::n_best), options.n_best, "beam", options.beam);
  }
  if (!request.lengths.max_length && options.min_length > options.max_length) {
    return above(name_of(&Ask::Lengths::min_length), options.min_length, "maximal length",
                 options.max_length);
  }
  return Status();
}

}  // namespace

Result<SearchOptions> resolve(const SearchOptions& defaults, const TranslateOptions& request,
                              std::int32_t unk) {
  TRANSEPT_RETURN_IF_ERROR(check_options(request));
  SearchOptions options = defaults;
  for_each_option([&](const auto& option) {
    if (option.resolved == nullptr) return;
    if (const auto* value = option.given(request)) options.*option.resolved = *value;
  });
  if (request.search.beam && !request.search.n_best) {
    options.n_best = std::min(options.n_best, options.beam);
  }
  if (request.lengths.max_length && !request.lengths.min_length) {
    options.min_length = std::min(options.min_length, options.max_length);
  }
  if (!request.words.end_tokens.empty()) options.end = request.words.end_tokens;
  options.bad_words.insert(options.bad_words.end(), request.words.bad_words.begin(),
                           request.words.bad_words.end());
  if (request.words.disable_unk && unk >= 0) options.bad_words.push_back({unk});
  TRANSEPT_RETURN_IF_ERROR(check_against_defaults(options, request));
  TRANSEPT_RETURN_IF_ERROR(check_search_options(options));
  return options;
}

}  // namespace transept
