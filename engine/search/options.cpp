#include "engine/search/options.h"

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/try.h"

namespace transept {
namespace {

Status invalid(std::string sentence) { return {Code::kInvalidArgument, std::move(sentence)}; }

// Shortest form that reads back to the same float, whatever the locale.
std::string text(float value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

Status check_rules(Rules rules) {
  switch (rules) {
    case Rules::transformers: return {};
    case Rules::automatic:
      return invalid("--rules auto: the model does not say which rules to follow");
    case Rules::ctranslate2:
      return {Code::kUnsupported,
              "--rules ctranslate2 is not supported by this version, only transformers is"};
    case Rules::marian:
      return {Code::kUnsupported,
              "--rules marian is not supported by this version, only transformers is"};
  }
  return invalid("--rules: unknown value");
}

Status check_sizes(const SearchOptions& options) {
  if (options.beam == 0) return invalid("--beam 0: at least 1 is needed");
  if (options.beam > kMaxBeam) {
    return invalid("--beam " + std::to_string(options.beam) + " is above " +
                   std::to_string(kMaxBeam));
  }
  if (options.n_best == 0) return invalid("--n-best 0: at least 1 is needed");
  if (options.n_best > options.beam) {
    return invalid("--n-best " + std::to_string(options.n_best) + " is above --beam " +
                   std::to_string(options.beam));
  }
  if (options.max_length == 0) return invalid("--max-length 0: at least 1 is needed");
  if (options.max_length > kMaxLength) {
    return invalid("--max-length " + std::to_string(options.max_length) + " is above " +
                   std::to_string(kMaxLength));
  }
  if (options.min_length > options.max_length) {
    return invalid("--min-length " + std::to_string(options.min_length) +
                   " is above --max-length " + std::to_string(options.max_length));
  }
  return {};
}

Status check_numbers(const SearchOptions& options) {
  if (!std::isfinite(options.length_penalty)) {
    return invalid("--length-penalty " + text(options.length_penalty) +
                   ": a finite number is needed");
  }
  if (!(options.repetition_penalty > 0.0f) || !std::isfinite(options.repetition_penalty)) {
    return invalid("--repetition-penalty " + text(options.repetition_penalty) +
                   ": a finite number above 0 is needed");
  }
  switch (options.early_stopping) {
    case EarlyStopping::off:
    case EarlyStopping::on:
    case EarlyStopping::never: return {};
  }
  return invalid("--early-stopping: expected false, true or never");
}

Status check_token(std::string_view option, std::int32_t token, std::uint32_t vocab) {
  if (token >= 0 && static_cast<std::uint32_t>(token) < vocab) return {};
  return invalid(std::string(option) + ": token " + std::to_string(token) +
                 " is not in the vocabulary of " + std::to_string(vocab));
}

Status check_tokens(const SearchOptions& options) {
  TRANSEPT_RETURN_IF_ERROR(check_token("decoder start token", options.start, options.vocab));
  if (options.forced_bos != -1) {
    TRANSEPT_RETURN_IF_ERROR(check_token("forced first token", options.forced_bos, options.vocab));
  }
  for (const std::int32_t token : options.forced_eos) {
    TRANSEPT_RETURN_IF_ERROR(check_token("forced end token", token, options.vocab));
  }
  for (const std::int32_t token : options.end) {
    TRANSEPT_RETURN_IF_ERROR(check_token("--end-token", token, options.vocab));
  }
  for (const auto& word : options.bad_words) {
    if (word.empty()) return invalid("--bad-words and --suppress: an empty sequence");
    for (const std::int32_t token : word) {
      TRANSEPT_RETURN_IF_ERROR(check_token("--bad-words and --suppress", token, options.vocab));
    }
  }
  return {};
}

}  // namespace

Status check_search_options(const SearchOptions& options) {
  TRANSEPT_RETURN_IF_ERROR(check_rules(options.rules));
  TRANSEPT_RETURN_IF_ERROR(check_sizes(options));
  TRANSEPT_RETURN_IF_ERROR(check_numbers(options));
  return check_tokens(options);
}

}  // namespace transept
