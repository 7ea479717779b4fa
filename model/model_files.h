// ModelFiles: a model directory, opened: architecture, parameters by role, generation defaults,
// tokenizer.
//
// The one door from bytes on disk to the engine. What lies in a directory, model/sources know.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/mapped_file.h"
#include "engine/network/architecture.h"
#include "engine/search/options.h"
#include "model/families/language_codes.h"
#include "tokenizer/tokenizer.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct ModelFiles {
  std::string family;                        // "marian"
  std::string format;                        // "onnx", "safetensors"
  std::string variant;                       // "fp32", "q8", ...
  std::vector<std::filesystem::path> paths;  // of every file that was read
  Architecture architecture;
  TensorMap tensors;
  // generation_config.json over config.json over the rules' defaults
  SearchOptions defaults;
  std::int32_t pad_id = -1;
  std::int32_t unk_id = -1;
  std::size_t max_source = 0;   // source tokens one segment may have; 0: no limit
  std::string source_language;  // a code as the model has it ("eng"); empty: it tells none
  // See FamilyConfig.
  bool single_sentences = false;
  std::size_t usual_segment = 0;
  std::shared_ptr<const Tokenizer> tokenizer;
  LanguageCodes languages;   // what TranslateOptions::Text::to chooses from
  WeightFiles weight_files;  // those of `tensors`
  // what changes translations in a way nobody asked for
  std::vector<std::string> warnings;
  // what `inspect` points out: dequantised, no renormalize_logits, ...
  std::vector<std::string> notes;
};

// Errors: kNotFound (directory or a file of the set, named), kCorrupt, kUnsupported (family,
// operator pattern with node and file, pytorch_model.bin, ...).
Result<ModelFiles> open_model_files(const std::filesystem::path& directory,
                                    const OpenOptions& options);

}  // namespace transept
