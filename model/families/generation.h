// Generation defaults of a Hugging Face directory, resolved as transformers 4.57 resolves them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/search/options.h"
#include "model/families/config_fields.h"
#include "transept/status.h"

namespace transept {

struct GenerationDefaults {
  SearchOptions search;
  std::int32_t pad_id = -1;
  bool renormalize_given = false;  // the directory says anything about renormalize_logits
  // settings that change what transformers generates and that are not done here: "do_sample true"
  std::vector<std::string> not_done;
  // settings that transformers does not know, either
  std::vector<std::string> unknown;
};

// `generation` is generation_config.json, or config.json where the directory has no such file: one
// of the two decides, they are not mixed; only special ids that the first lacks come from `config`.
// `vocab` is the number of target ids, `max_positions` the positions of the decoder (0: no limit).
// Errors: kCorrupt (types, ids outside the vocabulary, numbers out of range).
// Source: transformers 4.57.6, generation/utils.py (_prepare_generated_length,
// _prepare_special_tokens, _get_logits_processor), generation/configuration_utils.py (defaults).
Result<GenerationDefaults> read_generation(const ConfigFields& generation,
                                           const ConfigFields& config, std::size_t vocab,
                                           std::size_t max_positions);

// What generation_config.json calls an option; its name where it has no key.
std::string_view generation_key(std::string_view option);

}  // namespace transept
