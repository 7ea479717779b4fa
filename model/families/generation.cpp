#include "model/families/generation.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "engine/base/try.h"
#include "model/families/generation_settings.h"
#include "transept/option_table.h"
#include "transept/words.h"

namespace transept {
namespace {

constexpr std::string_view kEndKey = "eos_token_id";
constexpr std::string_view kBadWordsKey = "bad_words_ids";
// What GenerationConfig() holds; a model that says 20 gets 20 new tokens, as one that says nothing.
constexpr std::uint32_t kDefaultMaxLength = 20;

Status check_ids(const ConfigFields& fields, std::string_view name,
                 const std::vector<std::int32_t>& ids, std::size_t vocab) {
  for (const std::int32_t id : ids) {
    if (static_cast<std::size_t>(id) >= vocab) {
      return fields.wrong(name, "ids below the vocabulary size " + std::to_string(vocab));
    }
  }
  return Status();
}

Result<std::vector<std::int32_t>> read_ids(const ConfigFields& fields, std::string_view name,
                                           std::size_t vocab) {
  TRANSEPT_ASSIGN_OR_RETURN(auto ids, fields.ids(name));
  TRANSEPT_RETURN_IF_ERROR(check_ids(fields, name, ids, vocab));
  return ids;
}

Result<std::int32_t> read_id(const ConfigFields& fields, std::string_view name, std::size_t vocab) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto ids, read_ids(fields, name, vocab));
  if (ids.size() > 1) return fields.wrong(name, "one token id");
  return ids.empty() ? -1 : ids.front();
}

Result<std::optional<std::uint32_t>> read_count(const ConfigFields& fields, std::string_view name,
                                                const Range<std::uint32_t>& range) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto value, fields.integer(name));
  if (!value) return std::optional<std::uint32_t>();
  if (*value < std::int64_t{range.low} || *value > std::int64_t{range.high}) {
    return fields.wrong(
        name, "an integer from " + std::to_string(range.low) + " to " + std::to_string(range.high));
  }
  return std::optional(static_cast<std::uint32_t>(*value));
}

Result<std::optional<float>> read_float(const ConfigFields& fields, std::string_view name) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto value, fields.number(name));
  if (!value) return std::optional<float>();
  if (!std::isfinite(static_cast<float>(*value))) {
    return fields.wrong(name, "a number that float32 holds");
  }
  return std::optional(static_cast<float>(*value));
}

// Its words, of which true and false are no texts in JSON.
template <class T>
Result<std::optional<T>> read_word(const ConfigFields& fields, std::string_view name) {
  const Json* found = fields.find(name);
  if (found == nullptr) return std::optional<T>();
  for (const Word<T>& one : WordsOf<T>::all) {
    const bool truth = one.word == "true" || one.word == "false";
    if (*found == (truth ? Json(one.word == "true") : Json(one.word))) {
      return std::optional(one.value);
    }
  }
  return fields.wrong(name, words_of<T>());
}

template <class Option>
Result<std::optional<typename Option::Value>> read_value(const ConfigFields& fields,
                                                         const Option& option) {
  using Value = typename Option::Value;
  if constexpr (std::is_enum_v<Value>) {
    return read_word<Value>(fields, option.key);
  } else if constexpr (std::is_same_v<Value, bool>) {
    return fields.boolean(option.key);
  } else if constexpr (std::is_same_v<Value, float>) {
    return read_float(fields, option.key);
  } else {
    return read_count(fields, option.key, option.range);
  }
}

// Every option that has a key. What the file does not say stays.
Status read_options(const ConfigFields& fields, SearchOptions& search) {
  Status status;
  for_each_option([&](const auto& option) {
    if (!status.ok() || option.key.empty()) return;
    // transformers does not look at it then.
    const bool overruled = option.name == name_of(&TranslateOptions::Lengths::max_length).name &&
                           fields.find("max_new_tokens") != nullptr;
    if (overruled) return;
    const auto value = read_value(fields, option);
    status = value.status();
    if (value.ok() && *value) search.*option.resolved = **value;
  });
  return status;
}

// Lengths count the decoder start token, but for the default and those of new tokens, which win.
Status read_lengths(const ConfigFields& fields, std::size_t max_positions, SearchOptions& search) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto max_new,
                            read_count(fields, "max_new_tokens", {1, kMaxLength}));
  TRANSEPT_ASSIGN_OR_RETURN(const auto min_new,
                            read_count(fields, "min_new_tokens", {0, kMaxLength}));
  if (max_new) {
    search.max_length = *max_new;
  } else if (search.max_length != kDefaultMaxLength) {
    search.max_length = std::max(1u, search.max_length - 1);
  } else if (max_positions != 0 && max_positions <= search.max_length) {
    search.max_length = std::max(1u, static_cast<std::uint32_t>(max_positions) - 1);
  }
  search.min_length = min_new ? *min_new : std::max(1u, search.min_length) - 1;
  return Status();
}

Status read_bad_words(const ConfigFields& fields, std::size_t vocab, SearchOptions& search) {
  const Json* lists = fields.find(kBadWordsKey);
  if (lists == nullptr) return Status();
  const Status wrong = fields.wrong(kBadWordsKey, "a list of lists of token ids");
  if (!lists->is_array()) return wrong;
  for (const Json& list : *lists) {
    if (!list.is_array() || list.empty()) return wrong;
    std::vector<std::int32_t> sequence;
    for (const Json& id : list) {
      if (!id.is_number_integer() || id < 0 || id >= vocab) return wrong;
      sequence.push_back(id.get<std::int32_t>());
    }
    // An end token by itself is never a bad word.
    const bool is_end =
        sequence.size() == 1 && std::count(search.end.begin(), search.end.end(), sequence[0]) != 0;
    if (!is_end) search.bad_words.push_back(std::move(sequence));
  }
  return Status();
}

}  // namespace

Result<GenerationDefaults> read_generation(const ConfigFields& generation,
                                           const ConfigFields& config, std::size_t vocab,
                                           std::size_t max_positions) {
  GenerationDefaults defaults;
  SearchOptions& search = defaults.search;
  search.vocab = static_cast<std::uint32_t>(vocab);

  TRANSEPT_ASSIGN_OR_RETURN(search.end, read_ids(generation, kEndKey, vocab));
  if (search.end.empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(search.end, read_ids(config, kEndKey, vocab));
  }
  if (search.end.empty()) return config.wrong(kEndKey, "the id of the end token");
  TRANSEPT_ASSIGN_OR_RETURN(search.start, read_id(generation, "decoder_start_token_id", vocab));
  if (search.start < 0) {
    TRANSEPT_ASSIGN_OR_RETURN(search.start, read_id(generation, "bos_token_id", vocab));
  }
  if (search.start < 0) {
    TRANSEPT_ASSIGN_OR_RETURN(search.start, read_id(config, "decoder_start_token_id", vocab));
  }
  if (search.start < 0) {
    return config.wrong("decoder_start_token_id", "the id the decoder starts with");
  }
  TRANSEPT_ASSIGN_OR_RETURN(defaults.pad_id, read_id(generation, "pad_token_id", vocab));
  if (defaults.pad_id < 0) {
    TRANSEPT_ASSIGN_OR_RETURN(defaults.pad_id, read_id(config, "pad_token_id", vocab));
  }
  TRANSEPT_ASSIGN_OR_RETURN(search.forced_bos, read_id(generation, "forced_bos_token_id", vocab));
  TRANSEPT_ASSIGN_OR_RETURN(search.forced_eos, read_ids(generation, "forced_eos_token_id", vocab));

  search.max_length = kDefaultMaxLength;
  TRANSEPT_RETURN_IF_ERROR(read_options(generation, search));
  TRANSEPT_RETURN_IF_ERROR(read_lengths(generation, max_positions, search));
  TRANSEPT_RETURN_IF_ERROR(read_bad_words(generation, vocab, search));
  TRANSEPT_ASSIGN_OR_RETURN(const auto suppressed, read_ids(generation, "suppress_tokens", vocab));
  for (const std::int32_t id : suppressed) search.bad_words.push_back({id});
  with_option(&TranslateOptions::Words::renormalize, [&](const auto& option) {
    defaults.renormalize_given = generation.find(option.key) != nullptr;
  });
  defaults.not_done = settings_not_done(generation);
  if (&generation.json() != &config.json()) defaults.unknown = unknown_settings(generation);
  return defaults;
}

std::string_view generation_key(std::string_view option) {
  std::string_view key = option == kEndTokens.name  ? kEndKey
                         : option == kBadWords.name ? kBadWordsKey
                                                    : std::string_view();
  for_each_option([&](const auto& one) {
    if (one.name == option) key = one.key;
  });
  return key.empty() ? option : key;
}

}  // namespace transept
