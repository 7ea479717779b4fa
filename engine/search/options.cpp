#include "engine/search/options.h"

#include <charconv>
#include <cmath>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "engine/base/try.h"
#include "transept/option_table.h"
#include "transept/words.h"

namespace transept {
namespace {

using Ask = TranslateOptions;

Status invalid(std::initializer_list<Status::Part> sentence) {
  return Status::sentence(Code::kInvalidArgument, sentence);
}

// Shortest form that reads back to the same float, whatever the locale.
std::string text(float value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

Status check_number(OptionName name, std::uint32_t value, const Range<std::uint32_t>& range) {
  const auto number = [](std::uint32_t n) { return std::to_string(n); };
  if (value < range.low) {
    return invalid({name, " ", number(value), ": at least ", number(range.low), " is needed"});
  }
  if (value > range.high) {
    return invalid({name, " ", number(value), " is above ", number(range.high)});
  }
  return {};
}

Status check_number(OptionName name, float value, const Range<float>& range) {
  const bool high_enough = range.above_low ? value > range.low : value >= range.low;
  if (std::isfinite(value) && high_enough && value <= range.high) return {};
  std::string needed = "a finite number";
  if (range.low > kAnyNumber.low) {
    needed += (range.above_low ? " above " : " from ") + text(range.low);
  }
  if (range.high < kAnyNumber.high) needed += " to " + text(range.high);
  return invalid({name, " ", text(value), ": ", needed, " is needed"});
}

template <class Option>
Status check_value(const Option& option, const typename Option::Value& value) {
  using Value = typename Option::Value;
  const OptionName name{option.name};
  if constexpr (std::is_enum_v<Value>) {
    if (word_of(value).empty()) return invalid({name, ": expected ", words_of<Value>()});
  } else if constexpr (!std::is_same_v<Value, bool>) {
    return check_number(name, value, option.range);
  }
  return {};
}

// Of every row that value_in() finds a value for.
template <class ValueIn>
Status check_values(ValueIn value_in) {
  Status status;
  for_each_option([&](const auto& option) {
    if (!status.ok()) return;
    if (const auto* value = value_in(option)) status = check_value(option, *value);
  });
  return status;
}

Status check_rules(Rules rules) {
  const OptionName name = name_of(&Ask::Search::rules);
  if (rules == Rules::transformers) return {};
  if (rules == Rules::automatic) {
    return invalid({name, " ", word_of(rules), ": the model does not say which rules to follow"});
  }
  return Status::sentence(Code::kUnsupported,
                          {name, " ", word_of(rules), " is not supported by this version, only ",
                           word_of(Rules::transformers), " is"});
}

Status check_order(OptionName name, std::uint32_t value, OptionName bound, std::uint32_t most) {
  if (value <= most) return {};
  return invalid(
      {name, " ", std::to_string(value), " is above ", bound, " ", std::to_string(most)});
}

Status check_token(Status::Part what, std::int32_t token, std::uint32_t vocab) {
  if (token >= 0 && static_cast<std::uint32_t>(token) < vocab) return {};
  return invalid({what, ": token ", std::to_string(token), " is not in the vocabulary of ",
                  std::to_string(vocab)});
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
    TRANSEPT_RETURN_IF_ERROR(check_token(kEndTokens, token, options.vocab));
  }
  for (const auto& word : options.bad_words) {
    if (word.empty()) return invalid({kBadWords, ": an empty sequence"});
    for (const std::int32_t token : word) {
      TRANSEPT_RETURN_IF_ERROR(check_token(kBadWords, token, options.vocab));
    }
  }
  return {};
}

}  // namespace

Status check_options(const TranslateOptions& request) {
  return check_values([&](const auto& option) { return option.given(request); });
}

Status check_search_options(const SearchOptions& options) {
  const auto resolved = [&](const auto& option) {
    return option.resolved == nullptr ? nullptr : &(options.*option.resolved);
  };
  TRANSEPT_RETURN_IF_ERROR(check_values(resolved));
  TRANSEPT_RETURN_IF_ERROR(check_rules(options.rules));
  TRANSEPT_RETURN_IF_ERROR(check_order(name_of(&Ask::Search::n_best), options.n_best,
                                       name_of(&Ask::Search::beam), options.beam));
  TRANSEPT_RETURN_IF_ERROR(check_order(name_of(&Ask::Lengths::min_length), options.min_length,
                                       name_of(&Ask::Lengths::max_length), options.max_length));
  return check_tokens(options);
}

}  // namespace transept
