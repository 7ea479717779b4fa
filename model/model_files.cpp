#include "model/model_files.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/base/json.h"
#include "engine/base/try.h"
#include "engine/network/roles.h"
#include "model/families/family.h"
#include "model/formats/safetensors/safetensors.h"
#include "model/graph/export_reader.h"
#include "model/missing_weights.h"
#include "model/onnx_files.h"
#include "model/source_language.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// "q8" and the like, from what the matrices of the layers hold.
std::string content_of(const Architecture& architecture, const TensorMap& tensors) {
  std::map<DType, std::size_t> elements;
  for (const Role& role : roles_of(architecture)) {
    const auto tensor = tensors.find(role.name);
    if (role.kind == Role::Kind::matrix && role.phase != Phase::output && tensor != tensors.end())
      elements[tensor->second->dtype] += tensor->second->elements();
  }
  const auto most =
      std::max_element(elements.begin(), elements.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  switch (most == elements.end() ? DType::f32 : most->first) {
    case DType::f16: return "fp16";
    case DType::bf16: return "bf16";
    case DType::i8:
    case DType::u8: return "q8";
    case DType::i4:
    case DType::u4: return "q4";
    case DType::i2:
    case DType::u2: return "q2";
    case DType::nf4:
    case DType::fp4: return "bnb4";
    default: return "fp32";
  }
}

void add_all(const std::vector<std::string>& from, std::vector<std::string>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

void note_quantised(ModelFiles& files) {
  std::set<std::string> types;
  for (const auto& [role, tensor] : files.tensors) {
    if (tensor->quantization.kind != Quantization::Kind::none)
      types.emplace(dtype_name(tensor->dtype));
  }
  if (types.empty()) return;
  std::string names;
  for (const std::string& type : types) names += (names.empty() ? "" : ", ") + type;
  files.notes.push_back("weights are stored as " + names);
}

Result<graph::ExportGraphs> open_graphs(const OnnxFiles& paths, WeightFiles& weights,
                                        std::vector<fs::path>& files) {
  graph::ExportGraphs graphs;
  const auto open = [&](const fs::path& path, std::unique_ptr<const onnx::Model>& model) -> Status {
    TRANSEPT_ASSIGN_OR_RETURN(model, onnx::open_model(path, weights));
    files.push_back(path);
    files.insert(files.end(), model->data_files.begin(), model->data_files.end());
    return Status();
  };
  if (!paths.whole.empty()) {
    TRANSEPT_RETURN_IF_ERROR(open(paths.whole, graphs.whole));
    return graphs;
  }
  TRANSEPT_RETURN_IF_ERROR(open(paths.encoder, graphs.encoder));
  TRANSEPT_RETURN_IF_ERROR(open(paths.decoder, graphs.decoder));
  return graphs;
}

Status open_onnx(const fs::path& directory, const std::string& variant, const Family& family,
                 FamilyConfig& config, ModelFiles& files) {
  Result<OnnxFiles> found = find_onnx_files(directory, variant);
  // A file without suffix may hold what was asked for.
  const Status not_there = found.status();
  if (not_there.code() == Code::kInvalidArgument) found = find_onnx_files(directory, "fp32");
  if (!found.ok()) return not_there.ok() ? found.status() : not_there;
  files.format = "onnx";
  TRANSEPT_ASSIGN_OR_RETURN(const graph::ExportGraphs graphs,
                            open_graphs(*found, files.weight_files, files.files));
  TRANSEPT_ASSIGN_OR_RETURN(RoleTensors roles, family.roles_of(graphs, config));
  files.tensors = std::move(roles.tensors);
  add_all(roles.warnings, files.warnings);
  add_all(roles.notes, files.notes);
  files.variant =
      found->variant == "fp32" ? content_of(config.architecture, files.tensors) : found->variant;
  if (not_there.ok() || files.variant == variant) return Status();
  return no_variant(directory, variant, files.variant);
}

Status open_safetensors(const fs::path& directory, const std::string& variant, const Family& family,
                        FamilyConfig& config, ModelFiles& files) {
  files.format = "safetensors";
  std::vector<fs::path> shards = {directory / "model.safetensors"};
  const fs::path index = directory / "model.safetensors.index.json";
  if (!is_there(shards.front())) {
    TRANSEPT_ASSIGN_OR_RETURN(shards, read_safetensors_index(index));
    files.files.push_back(index);
  }
  TensorMap tensors;
  for (const fs::path& shard : shards) {
    TRANSEPT_RETURN_IF_ERROR(read_safetensors(shard, files.weight_files, tensors));
    files.files.push_back(shard);
  }
  TRANSEPT_ASSIGN_OR_RETURN(RoleTensors roles, family.roles_of(tensors, config));
  files.tensors = std::move(roles.tensors);
  add_all(roles.warnings, files.warnings);
  add_all(roles.notes, files.notes);
  files.variant = content_of(config.architecture, files.tensors);
  if (variant.empty() || variant == files.variant) return Status();
  return Status(Code::kInvalidArgument, directory.string() + " has no variant \"" + variant +
                                            "\"; it has: " + files.variant);
}

// Source tokens one segment may have: what the positions and the tokenizer's configuration allow.
Result<std::size_t> source_limit(const fs::path& directory, std::size_t max_positions) {
  const fs::path path = directory / "tokenizer_config.json";
  if (!is_there(path)) return max_positions;
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree json, read_json(path));
  const ConfigFields fields(json, path);
  TRANSEPT_ASSIGN_OR_RETURN(const auto limit, fields.number("model_max_length"));
  // transformers writes 1e30 for "none".
  if (!limit || !(*limit >= 1.0 && *limit <= 1e9)) return max_positions;
  const auto tokens = static_cast<std::size_t>(*limit);
  return max_positions == 0 ? tokens : std::min(tokens, max_positions);
}

// Ids must mean the same to both: a vocabulary of another size belongs to another model. Where
// source and target vocabularies differ, both tables may have the larger size.
Status check_vocabulary(const fs::path& directory, const Tokenizer& tokenizer,
                        const FamilyConfig& config) {
  struct Side {
    const char* name;
    std::size_t ids, rows;
  };
  for (const Side& side :
       {Side{"source", tokenizer.source_vocab(), config.architecture.src_vocab},
        Side{"target", tokenizer.target_vocab(), config.architecture.tgt_vocab}}) {
    if (side.ids > side.rows || (config.shared_embeddings && side.ids != side.rows)) {
      return Status(Code::kCorrupt, directory.string() + ": the " + side.name + " vocabulary has " +
                                        std::to_string(side.ids) + " ids, the model " +
                                        std::to_string(side.rows));
    }
  }
  return Status();
}

// The id of the unknown token, by its name in the vocabulary.
Result<std::int32_t> unknown_id(const fs::path& directory, const Tokenizer& tokenizer) {
  const fs::path path = directory / "tokenizer_config.json";
  std::string name = "<unk>";
  if (is_there(path)) {
    TRANSEPT_ASSIGN_OR_RETURN(const JsonTree json, read_json(path));
    // A plain string, or an object with the string inside.
    const auto token = json.find("unk_token");
    if (token != json.end() && token->is_string()) name = token->get<std::string>();
    if (token != json.end() && token->is_object() && token->contains("content") &&
        (*token)["content"].is_string()) {
      name = (*token)["content"].get<std::string>();
    }
  }
  return tokenizer.target_id(name);
}

// A message about search options in the words of the file that holds them.
std::string in_keys_of_files(std::string message) {
  constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"--bad-words and --suppress", "bad_words_ids"},
      {"--beam", "num_beams"},
      {"--early-stopping", "early_stopping"},
      {"--end-token", "eos_token_id"},
      {"--length-penalty", "length_penalty"},
      {"--max-length", "max_length"},
      {"--min-length", "min_length"},
      {"--n-best", "num_return_sequences"},
      {"--no-repeat-ngram", "no_repeat_ngram_size"},
      {"--repetition-penalty", "repetition_penalty"}};
  for (const auto& [flag, key] : kKeys) {
    for (std::size_t at = 0; (at = message.find(flag, at)) != message.npos; at += key.size())
      message.replace(at, flag.size(), key);
  }
  return message;
}

Result<ModelFiles> open(const fs::path& directory, const OpenOptions& options) {
  if (directory.empty())
    return Status(Code::kNotFound, "the path of the model is empty: it names no directory");
  const bool onnx = has_onnx_files(directory);
  const bool safetensors = is_there(directory / "model.safetensors") ||
                           is_there(directory / "model.safetensors.index.json");
  if (!onnx && !safetensors) return explain_missing_weights(directory);

  ModelFiles files;
  const fs::path config_path = directory / "config.json";
  const fs::path generation_path = directory / "generation_config.json";
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree config_json, read_json(config_path));
  files.files.push_back(config_path);
  const ConfigFields config_fields(config_json, config_path);
  TRANSEPT_ASSIGN_OR_RETURN(const auto model_type, config_fields.text("model_type"));
  if (!model_type) return config_fields.wrong("model_type", "the name of a model family");
  const Result<const Family*> family = find_family(*model_type);
  if (!family.ok()) {
    return Status(family.status().code(), config_path.string() + ": " + family.status().message());
  }
  JsonTree generation_json;
  const bool has_generation = is_there(generation_path);
  if (has_generation) {
    TRANSEPT_ASSIGN_OR_RETURN(generation_json, read_json(generation_path));
    files.files.push_back(generation_path);
  }
  const ConfigFields generation_fields =
      has_generation ? ConfigFields(generation_json, generation_path) : config_fields;
  TRANSEPT_ASSIGN_OR_RETURN(FamilyConfig config,
                            (*family)->read_config(config_fields, generation_fields));

  // Settings of a request are its sender's business; those of the directory are part of the model.
  if (const Status status = check_search_options(config.defaults); !status.ok()) {
    return Status(Code::kCorrupt, (has_generation ? generation_path : config_path).string() + ": " +
                                      in_keys_of_files(status.message()));
  }
  files.family = (*family)->name();
  files.warnings = config.warnings;
  files.notes = config.notes;
  files.weight_files = WeightFiles(options.mapping);
  if (onnx) {
    TRANSEPT_RETURN_IF_ERROR(open_onnx(directory, options.variant, **family, config, files));
  } else {
    TRANSEPT_RETURN_IF_ERROR(open_safetensors(directory, options.variant, **family, config, files));
  }
  TRANSEPT_RETURN_IF_ERROR(check_weights(config.architecture, files.tensors));
  note_quantised(files);
  files.architecture = config.architecture;
  files.defaults = config.defaults;
  files.pad_id = config.pad_id;
  files.single_sentences = config.single_sentences;
  files.usual_segment = config.usual_segment;
  TRANSEPT_ASSIGN_OR_RETURN(files.max_source,
                            source_limit(directory, config.architecture.encoder.max_positions));
  TRANSEPT_ASSIGN_OR_RETURN(files.source_language, read_source_language(directory, config_fields));
  TRANSEPT_ASSIGN_OR_RETURN(files.tokenizer, (*family)->open_tokenizer(directory));
  if (files.tokenizer == nullptr) return files;
  for (const char* name :
       {"source.spm", "target.spm", "vocab.json", "target_vocab.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json"}) {
    if (is_there(directory / name)) files.files.push_back(directory / name);
  }
  TRANSEPT_RETURN_IF_ERROR(check_vocabulary(directory, *files.tokenizer, config));
  TRANSEPT_ASSIGN_OR_RETURN(files.unk_id, unknown_id(directory, *files.tokenizer));
  files.languages = (*family)->languages(*files.tokenizer);
  return files;
}

}  // namespace

Result<ModelFiles> open_model_files(const fs::path& directory, const OpenOptions& options) {
  // The filesystem and JSON libraries throw on exhaustion and on paths the system cannot express.
  try {
    return open(directory, options);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, directory.string() + ": not enough memory to open the model");
  } catch (const std::system_error& error) {
    const bool exhausted = error.code() == std::errc::not_enough_memory ||
                           error.code() == std::errc::too_many_files_open ||
                           error.code() == std::errc::too_many_files_open_in_system;
    return Status(exhausted ? Code::kOutOfMemory : Code::kNotFound,
                  directory.string() + ": " + error.what());
  } catch (const std::exception& error) {
    return Status(Code::kCorrupt, directory.string() + ": " + error.what());
  }
}

}  // namespace transept
