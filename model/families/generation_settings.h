// Settings of a generation configuration that are not done here, and those that nobody knows.
#pragma once

#include <string>
#include <vector>

#include "model/families/config_fields.h"

namespace transept {

// "name value" of every setting with which transformers would generate something else than this
// library does. Values that change nothing are left out: the defaults, and what another setting
// switches off (temperature without do_sample).
// Source: transformers 4.57.6, generation/configuration_utils.py, generation/utils.py
// (_get_logits_processor, get_generation_mode, _get_stopping_criteria).
std::vector<std::string> settings_not_done(const ConfigFields& fields);

// Names of generation_config.json that transformers' GenerationConfig does not have: it keeps and
// never reads them.
std::vector<std::string> unknown_settings(const ConfigFields& fields);

}  // namespace transept
