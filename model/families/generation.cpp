#include "model/families/generation.h"

#include <algorithm>
#include <cmath>

#include "engine/base/try.h"
#include "model/families/generation_settings.h"

namespace transept {
namespace {

// What GenerationConfig() holds; a model that says 20 gets 20 new tokens, as one that says nothing.
constexpr std::int64_t kDefaultMaxLength = 20;

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

Result<std::int64_t> read_count(const ConfigFields& fields, std::string_view name,
                                std::int64_t fallback, std::int64_t low, std::int64_t high) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto value, fields.integer(name));
  if (!value) return fallback;
  if (*value < low || *value > high) {
    return fields.wrong(name,
                        "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return *value;
}

Result<float> read_float(const ConfigFields& fields, std::string_view name, float fallback) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto value, fields.number(name));
  if (!value) return fallback;
  if (!std::isfinite(static_cast<float>(*value)))
    return fields.wrong(name, "a number that float32 holds");
  return static_cast<float>(*value);
}

Status read_lengths(const ConfigFields& fields, std::size_t max_positions, SearchOptions& search) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto max_new, fields.integer("max_new_tokens"));
  if (max_new) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto count,
                              read_count(fields, "max_new_tokens", 1, 1, kMaxLength));
    search.max_length = static_cast<std::uint32_t>(count);
  } else {
    TRANSEPT_ASSIGN_OR_RETURN(auto length,
                              read_count(fields, "max_length", kDefaultMaxLength, 1, kMaxLength));
    // Lengths count the decoder start token, except the default.
    if (length == kDefaultMaxLength) {
      length += 1;
      if (max_positions != 0) length = std::min(length, static_cast<std::int64_t>(max_positions));
    }
    search.max_length = static_cast<std::uint32_t>(std::max<std::int64_t>(1, length - 1));
  }
  TRANSEPT_ASSIGN_OR_RETURN(const auto min_new,
                            read_count(fields, "min_new_tokens", -1, 0, kMaxLength));
  TRANSEPT_ASSIGN_OR_RETURN(const auto min_length,
                            read_count(fields, "min_length", 0, 0, kMaxLength));
  const std::int64_t least = min_new >= 0 ? min_new : std::max<std::int64_t>(0, min_length - 1);
  search.min_length = static_cast<std::uint32_t>(least);
  return Status();
}

Status read_early_stopping(const ConfigFields& fields, SearchOptions& search) {
  const Json* value = fields.find("early_stopping");
  if (value == nullptr) return Status();
  if (value->is_boolean()) {
    search.early_stopping = value->get<bool>() ? EarlyStopping::on : EarlyStopping::off;
  } else if (*value == "never") {
    search.early_stopping = EarlyStopping::never;
  } else {
    return fields.wrong("early_stopping", "true, false or \"never\"");
  }
  return Status();
}

Status read_bad_words(const ConfigFields& fields, std::size_t vocab, SearchOptions& search) {
  const Json* lists = fields.find("bad_words_ids");
  if (lists == nullptr) return Status();
  const Status wrong = fields.wrong("bad_words_ids", "a list of lists of token ids");
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

  TRANSEPT_ASSIGN_OR_RETURN(search.end, read_ids(generation, "eos_token_id", vocab));
  if (search.end.empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(search.end, read_ids(config, "eos_token_id", vocab));
  }
  if (search.end.empty()) return config.wrong("eos_token_id", "the id of the end token");
  TRANSEPT_ASSIGN_OR_RETURN(search.start, read_id(generation, "decoder_start_token_id", vocab));
  if (search.start < 0) {
    TRANSEPT_ASSIGN_OR_RETURN(search.start, read_id(generation, "bos_token_id", vocab));
  }
  if (search.start < 0) {
    TRANSEPT_ASSIGN_OR_RETURN(search.start, read_id(config, "decoder_start_token_id", vocab));
  }
  if (search.start < 0)
    return config.wrong("decoder_start_token_id", "the id the decoder starts with");
  TRANSEPT_ASSIGN_OR_RETURN(defaults.pad_id, read_id(generation, "pad_token_id", vocab));
  if (defaults.pad_id < 0) {
    TRANSEPT_ASSIGN_OR_RETURN(defaults.pad_id, read_id(config, "pad_token_id", vocab));
  }
  TRANSEPT_ASSIGN_OR_RETURN(search.forced_bos, read_id(generation, "forced_bos_token_id", vocab));
  TRANSEPT_ASSIGN_OR_RETURN(search.forced_eos, read_ids(generation, "forced_eos_token_id", vocab));

  TRANSEPT_ASSIGN_OR_RETURN(const auto beam, read_count(generation, "num_beams", 1, 1, kMaxBeam));
  search.beam = static_cast<std::uint32_t>(beam);
  TRANSEPT_ASSIGN_OR_RETURN(const auto n_best,
                            read_count(generation, "num_return_sequences", 1, 1, kMaxBeam));
  search.n_best = static_cast<std::uint32_t>(n_best);
  TRANSEPT_RETURN_IF_ERROR(read_lengths(generation, max_positions, search));
  TRANSEPT_RETURN_IF_ERROR(read_early_stopping(generation, search));
  TRANSEPT_ASSIGN_OR_RETURN(search.length_penalty, read_float(generation, "length_penalty", 1.0f));
  TRANSEPT_ASSIGN_OR_RETURN(search.repetition_penalty,
                            read_float(generation, "repetition_penalty", 1.0f));
  TRANSEPT_ASSIGN_OR_RETURN(const auto ngram,
                            read_count(generation, "no_repeat_ngram_size", 0, 0, kMaxLength));
  search.no_repeat_ngram = static_cast<std::uint32_t>(ngram);
  TRANSEPT_RETURN_IF_ERROR(read_bad_words(generation, vocab, search));
  TRANSEPT_ASSIGN_OR_RETURN(const auto suppressed, read_ids(generation, "suppress_tokens", vocab));
  for (const std::int32_t id : suppressed) search.bad_words.push_back({id});
  TRANSEPT_ASSIGN_OR_RETURN(const auto renormalize, generation.boolean("renormalize_logits"));
  search.renormalize = renormalize.value_or(false);
  defaults.renormalize_given = renormalize.has_value();
  defaults.not_done = settings_not_done(generation);
  if (&generation.json() != &config.json()) defaults.unknown = unknown_settings(generation);
  return defaults;
}

}  // namespace transept
