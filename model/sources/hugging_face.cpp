// Directories of the Hugging Face hub: a configuration, tokenizer files, and ONNX or safetensors.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/try.h"
#include "model/families/config_fields.h"
#include "model/families/families.h"
#include "model/families/generation.h"
#include "model/formats/safetensors/safetensors.h"
#include "model/graph/export_reader.h"
#include "model/sources/assemble.h"
#include "model/sources/onnx_layout.h"
#include "model/sources/source_language.h"
#include "model/sources/sources.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kGeneration = "generation_config.json";
constexpr std::string_view kTokenizer = "tokenizer_config.json";
constexpr std::string_view kSafetensors = "model.safetensors";
constexpr std::string_view kSafetensorsIndex = "model.safetensors.index.json";

void add_all(const std::vector<std::string>& from, std::vector<std::string>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

Result<graph::ExportGraphs> open_graphs(const OnnxFiles& paths, ModelFiles& files) {
  graph::ExportGraphs graphs;
  const auto open = [&](const fs::path& path, std::unique_ptr<const onnx::Model>& model) -> Status {
    TRANSEPT_ASSIGN_OR_RETURN(model, onnx::open_model(path, files.weight_files));
    files.paths.push_back(path);
    files.paths.insert(files.paths.end(), model->data_files.begin(), model->data_files.end());
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

// Both read the variant that was asked for into `files`: tensors by role, settled.

Status read_onnx(const Listing& listing, const std::string& variant, const Family& family,
                 FamilyConfig& config, ModelFiles& files) {
  Result<OnnxFiles> found = find_onnx_files(listing, variant);
  // A file without suffix may hold what was asked for.
  const Status not_there = found.status();
  if (not_there.code() == Code::kInvalidArgument) found = find_onnx_files(listing, "fp32");
  if (!found.ok()) return not_there.ok() ? found.status() : not_there;
  files.format = "onnx";
  TRANSEPT_ASSIGN_OR_RETURN(const graph::ExportGraphs graphs, open_graphs(*found, files));
  TRANSEPT_ASSIGN_OR_RETURN(graph::ExportRoles roles,
                            graph::read_export(graphs, config.architecture));
  files.tensors = std::move(roles.tensors);
  add_all(roles.notes, config.notes);
  settle(family, files.tensors, config);
  files.variant =
      found->variant == "fp32" ? content_of(config.architecture, files.tensors) : found->variant;
  if (not_there.ok() || files.variant == variant) return Status();
  return no_variant(listing, variant, files.variant);
}

// "a, b and 3 more have no place ...".
std::string unused_tensors(const std::vector<std::string>& origins) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, origins.size()); ++i) {
    text += (i == 0 ? "" : ", ") + origins[i];
  }
  if (origins.size() > kNamed) text += " and " + std::to_string(origins.size() - kNamed) + " more";
  return text + (origins.size() == 1 ? " has" : " have") +
         " no place in the architecture of config.json and " +
         (origins.size() == 1 ? "is" : "are") + " not used";
}

Status read_checkpoint(const Listing& listing, const std::string& variant, const Family& family,
                       FamilyConfig& config, ModelFiles& files) {
  files.format = "safetensors";
  TRANSEPT_ASSIGN_OR_RETURN(
      const Checkpoint checkpoint,
      listing.has(kSafetensors)
          ? read_safetensors(listing.at(kSafetensors), files.weight_files)
          : read_sharded_safetensors(listing.at(kSafetensorsIndex), files.weight_files));
  files.paths.insert(files.paths.end(), checkpoint.paths.begin(), checkpoint.paths.end());
  TRANSEPT_ASSIGN_OR_RETURN(
      NamedRoles roles, roles_by_name(*family.names, config.architecture, config.shared_embeddings,
                                      checkpoint.tensors));
  files.tensors = std::move(roles.tensors);
  if (!roles.unused.empty()) config.warnings.push_back(unused_tensors(roles.unused));
  settle(family, files.tensors, config);
  files.variant = content_of(config.architecture, files.tensors);
  if (variant.empty() || variant == files.variant) return Status();
  return Status(Code::kInvalidArgument, listing.path().string() + " has no variant \"" + variant +
                                            "\"; it has: " + files.variant);
}

// Source tokens one segment may have: what the positions and the tokenizer's configuration allow.
Result<std::size_t> source_limit(const ConfigFields& tokenizer, std::size_t max_positions) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto limit, tokenizer.number("model_max_length"));
  // transformers writes 1e30 for "none".
  if (!limit || !(*limit >= 1.0 && *limit <= 1e9)) return max_positions;
  const auto tokens = static_cast<std::size_t>(*limit);
  return max_positions == 0 ? tokens : std::min(tokens, max_positions);
}

// The name of the unknown token in the vocabulary: a plain string, or an object with the string
// inside.
std::string unknown_token(const Json& tokenizer) {
  const auto token = tokenizer.find("unk_token");
  if (token != tokenizer.end() && token->is_string()) return token->get<std::string>();
  if (token != tokenizer.end() && token->is_object() && token->contains("content") &&
      (*token)["content"].is_string()) {
    return (*token)["content"].get<std::string>();
  }
  return "<unk>";
}

Result<const Family*> family_of(const ConfigFields& config) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto model_type, config.text("model_type"));
  if (!model_type) return config.wrong("model_type", "the name of a model family");
  const Result<const Family*> family = find_family(*model_type);
  if (family.ok()) return family;
  return Status(family.status().code(), config.path().string() + ": " + family.status().message());
}

// What the family makes of both configurations.
Result<FamilyConfig> read_configs(const Family& family, const ConfigFields& config,
                                  const ConfigFields& generation) {
  TRANSEPT_ASSIGN_OR_RETURN(FamilyConfig result, family.read_config(config, generation));
  // Settings of a request are its sender's business; those of the directory are part of the model.
  if (const Status status = check_search_options(result.defaults); !status.ok()) {
    return Status(Code::kCorrupt,
                  generation.path().string() + ": " + status.message_with(generation_key));
  }
  return result;
}

// Limits, source language and tokenizer: what the tokenizer's files say.
Status read_tokenizer(const Listing& listing, const Family& family, const ConfigFields& config,
                      bool shared, ModelFiles& files) {
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree json, read_optional_json(listing, kTokenizer));
  TRANSEPT_ASSIGN_OR_RETURN(files.max_source,
                            source_limit(ConfigFields(json, listing.at(kTokenizer)),
                                         files.architecture.encoder.max_positions));
  files.source_language = source_language(hints_of(config, json), listing);
  TRANSEPT_RETURN_IF_ERROR(take_tokenizer(family, listing, shared, files));
  if (files.tokenizer == nullptr) return Status();
  for (const std::string_view name :
       {"source.spm", "target.spm", "vocab.json", "target_vocab.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json"}) {
    if (listing.has(name)) files.paths.push_back(listing.at(name));
  }
  files.unk_id = files.tokenizer->target_id(unknown_token(json));
  return Status();
}

bool owns(const Listing& listing) {
  return has_onnx_files(listing) || listing.has(kSafetensors) || listing.has(kSafetensorsIndex);
}

Result<ModelFiles> open(const Listing& listing, const OpenOptions& options) {
  ModelFiles files;
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree config_json, read_json(listing.at(kConfig)));
  files.paths.push_back(listing.at(kConfig));
  const ConfigFields config_fields(config_json, listing.at(kConfig));
  TRANSEPT_ASSIGN_OR_RETURN(const Family* family, family_of(config_fields));
  const bool has_generation = listing.has(kGeneration);
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree generation_json,
                            read_optional_json(listing, kGeneration));
  if (has_generation) files.paths.push_back(listing.at(kGeneration));
  TRANSEPT_ASSIGN_OR_RETURN(
      FamilyConfig config,
      read_configs(
          *family, config_fields,
          has_generation ? ConfigFields(generation_json, listing.at(kGeneration)) : config_fields));

  files.weight_files = WeightFiles(options.mapping);
  const auto read_weights = has_onnx_files(listing) ? read_onnx : read_checkpoint;
  TRANSEPT_RETURN_IF_ERROR(read_weights(listing, options.variant, *family, config, files));
  const bool shared = config.shared_embeddings;
  TRANSEPT_RETURN_IF_ERROR(take_network(*family, std::move(config), files));
  TRANSEPT_RETURN_IF_ERROR(read_tokenizer(listing, *family, config_fields, shared, files));
  return files;
}

// Weights that transformers writes and that are not read.
std::string declines(const Listing& listing) {
  constexpr std::string_view kSave =
      "; save the model as safetensors (save_pretrained) or export it to ONNX (optimum-cli export "
      "onnx)";
  if (listing.has("pytorch_model.bin") || listing.has("pytorch_model.bin.index.json")) {
    return "pytorch_model.bin is a Python pickle and is not read" + std::string(kSave);
  }
  for (const std::string name : {"tf_model.h5", "flax_model.msgpack", "rust_model.ot"}) {
    if (listing.has(name)) return name + " is not read" + std::string(kSave);
  }
  return "";
}

}  // namespace

const Source kHuggingFace = {
    .name = "hugging_face",
    .needs =
        "encoder_model.onnx with decoder_model_merged.onnx or decoder_model.onnx, model.onnx "
        "(each here or in onnx/), model.safetensors or model.safetensors.index.json",
    .settings = kConfig,
    .owns = owns,
    .open = open,
    .declines = declines,
};

}  // namespace transept
