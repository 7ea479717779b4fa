// Family: what one kind of model computes, and what it means by its configuration.
//
// A row of data with hooks, one file each (marian.cpp, ...); families.h lists them. It knows no
// format: a checkpoint's tensors come by its dialect's names, an ONNX export's by structure, and both
// are settled the same way. Stateless; safe to use from anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/listing.h"
#include "engine/network/architecture.h"
#include "engine/search/options.h"
#include "model/families/config_fields.h"
#include "model/families/language_codes.h"
#include "model/families/names/name_scheme.h"
#include "tokenizer/tokenizer.h"
#include "transept/status.h"

namespace transept {

struct FamilyConfig {
  Architecture architecture;
  SearchOptions defaults;
  std::int32_t pad_id = -1;
  bool shared_embeddings = true;  // encoder and decoder read one table
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

// What its training tells of the texts a family takes.
struct SentenceFacts {
  // Trained on single sentences: of several at once it drops some (Split::automatic).
  bool single = false;
  // Source tokens that no sentence it was trained on has more of, or hardly one: what is longer
  // is cut when it is split (TranslateOptions::Text::max_segment). 0: not known.
  std::size_t usual_tokens = 0;
};

struct Family {
  std::string_view name;
  std::span<const std::string_view> model_types;  // of config.json
  const NameScheme* names;                        // what transformers' checkpoints call parameters
  SentenceFacts sentences = {};

  // `generation` is generation_config.json, or config.json again where there is none.
  // Errors: kCorrupt, kUnsupported.
  Result<FamilyConfig> (*read_config)(const ConfigFields& config, const ConfigFields& generation);

  // Adjusts architecture and tensors by role where only the tensors tell; shapes have not been
  // checked against the architecture yet. Null: they tell nothing.
  void (*settle)(TensorMap& tensors, FamilyConfig& config) = nullptr;

  // Null when the directory has no tokenizer files at all. Errors: those of the tokenizer.
  Result<std::shared_ptr<const Tokenizer>> (*open_tokenizer)(const Listing& listing);

  // What the text's target language is chosen from. Null: the models have one each.
  LanguageCodes (*languages)(const Tokenizer& tokenizer) = nullptr;
};

}  // namespace transept
