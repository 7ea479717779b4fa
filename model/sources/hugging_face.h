// Directories as transformers, optimum and transformers.js write them: config.json,
// generation_config.json, tokenizer files, and the weights as an ONNX export or as safetensors.
#pragma once

#include "model/sources/source.h"

namespace transept {

extern const Source kHuggingFace;

}  // namespace transept
