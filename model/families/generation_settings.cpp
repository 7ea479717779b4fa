#include "model/families/generation_settings.h"

#include <algorithm>
#include <string_view>

#include "transept/option_table.h"

namespace transept {
namespace {

// What must be set, too, for a setting to have an effect.
enum class When { always, sampling, greedy, groups };

struct Setting {
  std::string_view name;
  Json neutral;  // null and an empty list change nothing anywhere
  When when = When::always;
};

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = {
      {"do_sample", false},
      {"temperature", 1.0, When::sampling},
      {"top_k", 50, When::sampling},
      {"top_p", 1.0, When::sampling},
      {"min_p", nullptr, When::sampling},
      {"top_h", nullptr, When::sampling},
      {"typical_p", 1.0, When::sampling},
      {"epsilon_cutoff", 0.0, When::sampling},
      {"eta_cutoff", 0.0, When::sampling},
      {"penalty_alpha", 0.0, When::greedy},
      {"dola_layers", nullptr, When::greedy},
      {"num_beam_groups", 1},
      {"diversity_penalty", 0.0, When::groups},
      {"constraints", nullptr},
      {"force_words_ids", nullptr},
      {"encoder_repetition_penalty", 1.0},
      {"encoder_no_repeat_ngram_size", 0},
      {"exponential_decay_length_penalty", nullptr},
      {"sequence_bias", nullptr},
      {"begin_suppress_tokens", nullptr},
      {"guidance_scale", 1.0},
      {"watermarking_config", nullptr},
      {"token_healing", false},
      {"stop_strings", nullptr},
      {"max_time", nullptr},
  };
  return all;
}

// Done here, beside the options of the table, or without effect on what is generated (how it is
// computed and returned). remove_invalid_values repairs infinities and NaN, which sound models do not have.
constexpr std::string_view kKnown[] = {"max_new_tokens",
                                       "min_new_tokens",
                                       "bad_words_ids",
                                       "suppress_tokens",
                                       "forced_bos_token_id",
                                       "forced_eos_token_id",
                                       "pad_token_id",
                                       "bos_token_id",
                                       "eos_token_id",
                                       "decoder_start_token_id",
                                       "use_cache",
                                       "cache_implementation",
                                       "cache_config",
                                       "return_legacy_cache",
                                       "prefill_chunk_size",
                                       "low_memory",
                                       "output_attentions",
                                       "output_hidden_states",
                                       "output_scores",
                                       "output_logits",
                                       "return_dict_in_generate",
                                       "is_assistant",
                                       "num_assistant_tokens",
                                       "num_assistant_tokens_schedule",
                                       "assistant_confidence_threshold",
                                       "assistant_early_exit",
                                       "assistant_lookbehind",
                                       "target_lookbehind",
                                       "prompt_lookup_num_tokens",
                                       "max_matching_ngram_size",
                                       "compile_config",
                                       "disable_compile",
                                       "remove_invalid_values",
                                       "forced_decoder_ids",
                                       "transformers_version",
                                       "_from_model_config",
                                       "_commit_hash",
                                       "generation_kwargs",
                                       "continuous_batching_config",
                                       "language",
                                       "task",
                                       "is_multilingual",
                                       "lang_to_id",
                                       "lang_code_to_id"};

bool applies(When when, const ConfigFields& fields) {
  const auto is = [&](std::string_view name, const Json& value) {
    const Json* found = fields.find(name);
    return found != nullptr && *found == value;
  };
  switch (when) {
    case When::always: return true;
    case When::sampling: return is("do_sample", true);
    case When::greedy:
      return !is("do_sample", true) && (fields.find("num_beams") == nullptr || is("num_beams", 1));
    case When::groups:
      return fields.find("num_beam_groups") != nullptr && !is("num_beam_groups", 1);
  }
  return true;
}

}  // namespace

std::vector<std::string> settings_not_done(const ConfigFields& fields) {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    const Json* value = fields.find(setting.name);
    if (value == nullptr || *value == setting.neutral || !applies(setting.when, fields)) continue;
    if (value->is_structured() && value->empty()) continue;
    names.push_back(std::string(setting.name) + " " + fields.shown(setting.name));
  }
  return names;
}

std::vector<std::string> unknown_settings(const ConfigFields& fields) {
  std::vector<std::string> names;
  for (const auto& [name, value] : fields.json().items()) {
    bool known = std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown) ||
                 std::any_of(settings().begin(), settings().end(),
                             [&key = name](const Setting& setting) { return setting.name == key; });
    for_each_option([&, &key = name](const auto& option) { known = known || option.key == key; });
    constexpr std::size_t kNamed = 8;
    if (!known && names.size() < kNamed) names.push_back(name);
  }
  return names;
}

}  // namespace transept
