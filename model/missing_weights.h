// What to say of a path in which no model is found: what is accepted, what is there instead, and what
// to do.
#pragma once

#include <filesystem>

#include "transept/status.h"

namespace transept {

// REQUIRES: `path` is no directory with an ONNX export or safetensors.
// The status: kNotFound, or kUnsupported for a format this version does not read.
Status explain_missing_weights(const std::filesystem::path& path);

}  // namespace transept
