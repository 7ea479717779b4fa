// Family: what one kind of model means by its configuration, its tensor names and its graphs.
//
// One file a family (marian.cpp, ...), listed in family.cpp. A family turns config.json into an
// Architecture and generation defaults, and the tensors of either container into roles. Stateless;
// safe to use from anywhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/network/architecture.h"
#include "engine/search/options.h"
#include "model/families/config_fields.h"
#include "model/graph/export_reader.h"
#include "model/language_codes.h"
#include "tokenizer/tokenizer.h"
#include "transept/status.h"

namespace transept {

struct FamilyConfig {
  Architecture architecture;
  SearchOptions defaults;
  std::int32_t pad_id = -1;
  bool shared_embeddings = true;  // encoder and decoder read one table
  // Trained on single sentences: of several at once it drops some (Split::automatic).
  bool single_sentences = false;
  // Source tokens that no sentence it was trained on has more of, or hardly one: what is longer
  // is cut when it is split (TranslateOptions::max_segment). 0: not known.
  std::size_t usual_segment = 0;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

// Tensors of a checkpoint by the names of the training framework.
using NamedTensors = TensorMap;

struct RoleTensors {
  TensorMap tensors;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
};

class Family {
 public:
  virtual ~Family() = default;
  virtual std::string_view name() const = 0;
  virtual bool accepts(std::string_view model_type) const = 0;

  // `generation` is generation_config.json, or config.json again where there is none.
  // Errors: kCorrupt, kUnsupported.
  virtual Result<FamilyConfig> read_config(const ConfigFields& config,
                                           const ConfigFields& generation) const = 0;

  // Both may adjust `config.architecture` where only the tensors tell (a head bias). Errors:
  // kCorrupt, kUnsupported. Shapes are checked by the caller (check_weights).
  virtual Result<RoleTensors> roles_of(const NamedTensors& tensors, FamilyConfig& config) const = 0;
  virtual Result<RoleTensors> roles_of(const graph::ExportGraphs& graphs,
                                       FamilyConfig& config) const = 0;

  // Null when the directory has no tokenizer files at all. Errors: those of the tokenizer.
  virtual Result<std::shared_ptr<const Tokenizer>> open_tokenizer(
      const std::filesystem::path& directory) const = 0;

  // What the text's target language is chosen from; none for families of one language.
  virtual LanguageCodes languages(const Tokenizer& tokenizer) const = 0;
};

// Errors: kUnsupported with the list of families.
Result<const Family*> find_family(std::string_view model_type);

}  // namespace transept
