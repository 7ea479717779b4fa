// The sources there are, a file each.
#pragma once

#include <span>

#include "engine/base/listing.h"
#include "model/sources/source.h"

namespace transept {

// Directories as transformers, optimum and transformers.js write them: config.json,
// generation_config.json, tokenizer files, and the weights as an ONNX export or as safetensors.
extern const Source kHuggingFace;

// In the order in which they are asked.
std::span<const Source* const> sources();

// The one whose directory this is, or null.
const Source* source_of(const Listing& listing);

}  // namespace transept
