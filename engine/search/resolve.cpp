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
  if (!request.beam && options.n_best > options.beam)
    return above("n_best", options.n_best, "beam", options.beam);
  if (!request.max_length && options.min_length > options.max_length)
    return above("min_length", options.min_length, "maximal length", options.max_length);
  return Status();
}

}  // namespace

Result<SearchOptions> resolve(const SearchOptions& defaults, const TranslateOptions& request,
                              std::int32_t unk) {
  SearchOptions options = defaults;
  if (request.rules != Rules::automatic) options.rules = request.rules;
  replace(options.beam, request.beam);
  replace(options.n_best, request.n_best);
  replace(options.length_penalty, request.length_penalty);
  replace(options.early_stopping, request.early_stopping);
  replace(options.max_length, request.max_length);
  replace(options.min_length, request.min_length);
  replace(options.repetition_penalty, request.repetition_penalty);
  replace(options.no_repeat_ngram, request.no_repeat_ngram);
  replace(options.renormalize, request.renormalize);
  if (request.beam && !request.n_best) options.n_best = std::min(options.n_best, options.beam);
  if (request.max_length && !request.min_length) {
    options.min_length = std::min(options.min_length, options.max_length);
  }
  if (!request.end_tokens.empty()) options.end = request.end_tokens;
  options.bad_words.insert(options.bad_words.end(), request.bad_words.begin(),
                           request.bad_words.end());
  if (request.disable_unk && unk >= 0) options.bad_words.push_back({unk});
  TRANSEPT_RETURN_IF_ERROR(check_against_defaults(options, request));
  TRANSEPT_RETURN_IF_ERROR(check_search_options(options));
  return options;
}

}  // namespace transept
