#include "engine/search/resolve.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/try.h"

namespace transept {
namespace {

template <class T>
void replace(T& value, const std::optional<T>& request) {
  if (request) value = *request;
}

// What was asked for against what the model has where nothing was asked: a message that named both
// alike would speak of an option nobody gave.
Status check_against_defaults(const SearchOptions& options, const TranslateOptions& request) {
  const auto above = [](const char* option, std::uint32_t value, const char* bound,
                        std::uint32_t own) {
    return Status(Code::kInvalidArgument, std::string(option) + " " + std::to_string(value) +
                                              " is above the model's own " + bound + " of " +
                                              std::to_string(own) + ": give a " + bound + " of " +
                                              std::to_string(value) + " or more, too");
  };
  if (!request.search.beam && options.n_best > options.beam)
    return above("n_best", options.n_best, "beam", options.beam);
  if (!request.lengths.max_length && options.min_length > options.max_length)
    return above("min_length", options.min_length, "maximal length", options.max_length);
  return Status();
}

}  // namespace

Result<SearchOptions> resolve(const SearchOptions& defaults, const TranslateOptions& request,
                              std::int32_t unk) {
  SearchOptions options = defaults;
  if (request.search.rules != Rules::automatic) options.rules = request.search.rules;
  replace(options.beam, request.search.beam);
  replace(options.n_best, request.search.n_best);
  replace(options.length_penalty, request.search.length_penalty);
  replace(options.early_stopping, request.search.early_stopping);
  replace(options.max_length, request.lengths.max_length);
  replace(options.min_length, request.lengths.min_length);
  replace(options.repetition_penalty, request.words.repetition_penalty);
  replace(options.no_repeat_ngram, request.words.no_repeat_ngram);
  replace(options.renormalize, request.words.renormalize);
  if (request.search.beam && !request.search.n_best) options.n_best = std::min(options.n_best, options.beam);
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
