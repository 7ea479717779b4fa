#include "model/families/config_stack.h"

#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include "engine/base/try.h"
#include "model/families/generation.h"

namespace transept {
namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void describe_settings(const GenerationDefaults& defaults, const std::filesystem::path& path,
                       FamilyConfig& config) {
  if (!defaults.not_done.empty()) {
    config.warnings.push_back(
        path.string() + " asks for what this version does not do: " + list_of(defaults.not_done) +
        "; translations may differ from those of transformers");
  }
  if (!defaults.unknown.empty()) {
    config.notes.push_back(path.string() + ": unknown to transformers, too, and without effect: " +
                           list_of(defaults.unknown));
  }
}

}  // namespace

Result<Activation> read_activation(const ConfigFields& config, std::string_view field,
                                   std::string_view fallback) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto name, config.text(field));
  const std::string activation = name.value_or(std::string(fallback));
  if (activation == "relu") return Activation::relu;
  if (activation == "gelu") return Activation::gelu;
  if (activation == "gelu_new") return Activation::gelu_new;
  if (activation == "swish" || activation == "silu") return Activation::swish;
  if (activation == "quick_gelu") return Activation::quick_gelu;
  return config.wrong(field, "relu, gelu, gelu_new, swish or quick_gelu");
}

Result<Stack> read_stack(const ConfigFields& config, const std::string& name, std::size_t d_model,
                         std::string_view activation) {
  Stack stack;
  TRANSEPT_ASSIGN_OR_RETURN(stack.layers, config.size(name + "_layers", 1, kMaxLayers));
  TRANSEPT_ASSIGN_OR_RETURN(stack.heads, config.size(name + "_attention_heads", 1, kMaxWidth));
  TRANSEPT_ASSIGN_OR_RETURN(stack.d_ff, config.size(name + "_ffn_dim", 1, kMaxFfn));
  if (d_model % stack.heads != 0) {
    return config.wrong(name + "_attention_heads",
                        "a divisor of d_model " + std::to_string(d_model));
  }
  stack.d_head = d_model / stack.heads;
  TRANSEPT_ASSIGN_OR_RETURN(stack.activation,
                            read_activation(config, "activation_function", activation));
  if (config.find("max_position_embeddings") != nullptr) {
    TRANSEPT_ASSIGN_OR_RETURN(stack.max_positions,
                              config.size("max_position_embeddings", 1, kMaxPositions));
  }
  TRANSEPT_ASSIGN_OR_RETURN(const auto scaled, config.boolean("scale_embedding"));
  if (scaled.value_or(false)) {
    stack.embed_scale = static_cast<float>(std::sqrt(static_cast<double>(d_model)));
  }
  return stack;
}

Status read_architecture(const ConfigFields& config, std::string_view activation,
                         FamilyConfig& result) {
  Architecture& architecture = result.architecture;
  TRANSEPT_ASSIGN_OR_RETURN(architecture.d_model, config.size("d_model", 1, kMaxWidth));
  TRANSEPT_ASSIGN_OR_RETURN(architecture.encoder,
                            read_stack(config, "encoder", architecture.d_model, activation));
  TRANSEPT_ASSIGN_OR_RETURN(architecture.decoder,
                            read_stack(config, "decoder", architecture.d_model, activation));
  architecture.decoder.visibility = Visibility::past;
  TRANSEPT_ASSIGN_OR_RETURN(architecture.src_vocab, config.size("vocab_size", 1, kMaxVocab));
  TRANSEPT_ASSIGN_OR_RETURN(const auto shared, config.boolean("share_encoder_decoder_embeddings"));
  result.shared_embeddings = shared.value_or(true);
  architecture.tgt_vocab = architecture.src_vocab;
  if (!result.shared_embeddings && config.find("decoder_vocab_size") != nullptr) {
    TRANSEPT_ASSIGN_OR_RETURN(architecture.tgt_vocab,
                              config.size("decoder_vocab_size", 1, kMaxVocab));
  }
  return Status();
}

Result<bool> read_defaults(const ConfigFields& generation, const ConfigFields& config,
                           FamilyConfig& result) {
  TRANSEPT_ASSIGN_OR_RETURN(GenerationDefaults defaults,
                            read_generation(generation, config, result.architecture.tgt_vocab,
                                            result.architecture.decoder.max_positions));
  result.defaults = std::move(defaults.search);
  result.pad_id = defaults.pad_id;
  describe_settings(defaults, generation.path(), result);
  return defaults.renormalize_given;
}

}  // namespace transept
