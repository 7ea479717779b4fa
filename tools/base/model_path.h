// Where models are found by name, and the default one.
#pragma once

#include <filesystem>
#include <string>

#include "transept/status.h"

namespace transept::tools {

inline constexpr const char* kDefaultModel = "en-de";

// A directory or file as it is; otherwise a plain name is looked up in the folders of
// TRANSEPT_MODEL_PATH (separated by colons), then in share/transept/models beside the program's
// bin. "" is the default model. Errors: kNotFound.
Result<std::filesystem::path> find_model(const std::string& name);

}  // namespace transept::tools
