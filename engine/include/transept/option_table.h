// The options of a translation that are a number, a truth or a word: one row each.
//
// Request, model and search hold a value each; everything else that is known of an option stands in
// its row. Resolution over the model's own settings, range checks, the reading of
// generation_config.json, inspect, flags, environment, configuration files and the messages of all
// these loop over the table:
//
//   for_each_option([&](const auto& option) { std::cout << option.name << '\n'; });
//
// Not here: lists, names of languages, and what is returned. Immutable; safe to use from anywhere.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "transept/export.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

// Bounds that keep a mistyped option from asking for all the memory there is.
inline constexpr std::uint32_t kMaxBeam = 1024;
inline constexpr std::uint32_t kMaxLength = 1u << 20;

// What a number may be: low to high, or above low. Of truths and words nothing is asked.
template <class T>
struct Range {
  T low{};
  T high{};
  bool above_low = false;
};
inline constexpr Range<float> kAnyNumber = {std::numeric_limits<float>::lowest(),
                                            std::numeric_limits<float>::max()};
inline constexpr Range<float> kAboveZero = {0.0f, std::numeric_limits<float>::max(), true};
inline constexpr Range<std::uint32_t> kAnyCount = {0, std::numeric_limits<std::uint32_t>::max()};
inline constexpr Range<std::uint32_t> kFromOne = {1, std::numeric_limits<std::uint32_t>::max()};

// A row. A request is a T that its first value leaves open (automatic, false), or an optional one.
template <class InGroup, class Request>
struct Option {
  using Group = InGroup;
  template <class T>
  struct Inner {
    using type = T;
  };
  template <class T>
  struct Inner<std::optional<T>> {
    using type = T;
  };
  using Value = typename Inner<Request>::type;

  std::string_view
      name;  // in the structs; flags, variables and keys of configuration are made of it
  std::string_view key;  // in generation_config.json; "": it has none
  Range<Value> range;
  Request Group::*request;
  Value SearchSettings::*resolved;  // null: no matter of the search, or decided segment by segment
  std::string_view value_name;      // --help: what the value is called; "" of flags that have none
  std::string_view help;
  // What other programs call it, separated by blanks: long flags without their dashes and with "-"
  // for "_"; short ones with their dash.
  std::string_view elsewhere;

  constexpr Option(std::string_view name_in, std::string_view key_in, Range<Value> range_in,
                   Request Group::*request_in, Value SearchSettings::*resolved_in,
                   std::string_view value_name_in, std::string_view help_in,
                   std::string_view elsewhere_in)
      : name(name_in),
        key(key_in),
        range(range_in),
        request(request_in),
        resolved(resolved_in),
        value_name(value_name_in),
        help(help_in),
        elsewhere(elsewhere_in) {}

  // The option's field of a request.
  Request& of(TranslateOptions& options) const {
    return std::get<Group&>(groups(options)).*request;
  }
  const Request& of(const TranslateOptions& options) const {
    return std::get<const Group&>(groups(options)).*request;
  }

  // What the request says; null where it leaves the option open.
  const Value* given(const TranslateOptions& options) const {
    const Request& asked = of(options);
    if constexpr (std::is_same_v<Request, Value>) {
      return asked != Value{} ? &asked : nullptr;
    } else {
      return asked ? &*asked : nullptr;
    }
  }

 private:
  template <class Options>
  static auto groups(Options& options) {
    return std::tie(options.search, options.lengths, options.words, options.returns, options.text);
  }
};

// In the order of --help and inspect.
inline constexpr std::tuple kOptions = {
    Option(
        "split", "", {}, &TranslateOptions::Text::split, nullptr, "HOW",
        "A line becomes sentences; what is too long (long); none; auto: as suits the model [auto]",
        "ssplit-mode ssplit sentence-split split-sentences"),
    Option(
        "max_segment", "", kFromOne, &TranslateOptions::Text::max_segment, nullptr, "N",
        "Tokens of what a line is cut into at most, where it must be [what is usual for the model]",
        "max-length-break max-segment-length"),
    Option("truncate_input", "", kAnyCount, &TranslateOptions::Text::truncate_input, nullptr, "N",
           "Cut lines to N tokens [never]",
           "max-input-length max-source-length max-length-crop src-seq-length-trunc truncation"),
    Option("special_tokens", "", {}, &TranslateOptions::Text::special_tokens, nullptr, "",
           "</s>, <pad> and the like in a text are these tokens, as transformers has it", ""),
    Option(
        "copy_unknown", "", {}, &TranslateOptions::Text::copy_unknown, nullptr, "WHAT",
        "Give text back that the vocabulary does not know: lines of nothing else; symbols such as "
        "emojis, too; off; auto: lines [auto]",
        ""),

    Option("beam", "num_beams", {1, kMaxBeam}, &TranslateOptions::Search::beam,
           &SearchSettings::beam, "N", "Hypotheses kept; 1 is greedy",
           "-b beam-size beam-width beam-search"),
    Option("n_best", "num_return_sequences", {1, kMaxBeam}, &TranslateOptions::Search::n_best,
           &SearchSettings::n_best, "N", "Hypotheses returned, with jsonl or nbest [1]",
           "num-hypotheses nbest n-best-list n-best-size"),
    Option("n_best_repeats", "", {}, &TranslateOptions::Returns::n_best_repeats, nullptr, "",
           "Of split lines also hypotheses whose text is there already", ""),
    Option("length_penalty", "length_penalty", kAnyNumber,
           &TranslateOptions::Search::length_penalty, &SearchSettings::length_penalty, "X",
           "Score = sum / length^X", "-n normalize lenpen len-penalty length-normalization"),
    Option("early_stopping", "early_stopping", {}, &TranslateOptions::Search::early_stopping,
           &SearchSettings::early_stopping, "WHEN", "false, true or never", "early-stop"),
    Option("loop_guard", "", {}, &TranslateOptions::Search::loop_guard, nullptr, "HOW",
           "on or off: stop what repeats itself without end [on for text]", ""),
    Option("rules", "", {}, &TranslateOptions::Search::rules, &SearchSettings::rules, "RULES",
           "auto or transformers: whose search it is [auto]", ""),

    Option("max_length", "max_length", {1, kMaxLength}, &TranslateOptions::Lengths::max_length,
           &SearchSettings::max_length, "N", "Generated tokens at most, end included",
           "max-new-tokens max-decoding-length max-len max-len-b max-target-length "
           "max-output-length max-generation-length max-gen-len"),
    Option("min_length", "min_length", {0, kMaxLength}, &TranslateOptions::Lengths::min_length,
           &SearchSettings::min_length, "N", "Generated tokens before the end token",
           "min-new-tokens min-decoding-length min-len min-target-length min-output-length"),

    Option("repetition_penalty", "repetition_penalty", kAboveZero,
           &TranslateOptions::Words::repetition_penalty, &SearchSettings::repetition_penalty, "X",
           "Above 1: used tokens become unlikely [1]", "repeat-penalty"),
    Option("no_repeat_ngram", "no_repeat_ngram_size", {0, kMaxLength},
           &TranslateOptions::Words::no_repeat_ngram, &SearchSettings::no_repeat_ngram, "N",
           "No N tokens in a row twice [0: allowed]", "block-ngram-repeat"),
    Option("disable_unk", "", {}, &TranslateOptions::Words::disable_unk, nullptr, "",
           "Never generate the unknown token", "unkpen unk-penalty ban-unk"),
    Option("renormalize", "renormalize_logits", {}, &TranslateOptions::Words::renormalize,
           &SearchSettings::renormalize, "HOW", "on or off: softmax again after all this", ""),
};

// Calls visit(row) for each row, in their order.
template <class Visit>
constexpr void for_each_option(Visit&& visit) {
  std::apply([&](const auto&... options) { (visit(options), ...); }, kOptions);
}

// The row of a field of the request: with_option(&TranslateOptions::Search::beam, visit) calls
// visit(row).
template <class Group, class Request, class Visit>
constexpr void with_option(Request Group::*field, Visit&& visit) {
  for_each_option([&](const auto& option) {
    if constexpr (std::is_same_v<std::decay_t<decltype(option)>, Option<Group, Request>>) {
      if (option.request == field) visit(option);
    }
  });
}

// The name of an option, for messages.
template <class Group, class Request>
constexpr OptionName name_of(Request Group::*field) {
  OptionName name{};
  with_option(field, [&](const auto& option) { name = {option.name}; });
  return name;
}

// Options that are lists, where messages speak of them.
inline constexpr OptionName kBadWords{"bad_words"};
inline constexpr OptionName kEndTokens{"end_tokens"};

// What is wrong with a request whatever the model is: numbers out of their ranges, values that are
// none. Errors: kInvalidArgument.
TRANSEPT_API Status check_options(const TranslateOptions& request);

}  // namespace transept
