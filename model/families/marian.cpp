#include "model/families/marian.h"

#include <algorithm>
#include <cmath>
#include <system_error>

#include "engine/base/try.h"
#include "engine/network/roles.h"
#include "model/families/generation.h"
#include "model/families/names/bart.h"
#include "model/families/tied_tables.h"
#include "tokenizer/marian_tokenizer.h"

namespace transept {
namespace {

// Bounds far above any model of the family, so that no product of two sizes overflows.
constexpr std::size_t kMaxWidth = 1 << 16;
constexpr std::size_t kMaxFfn = 1 << 20;
constexpr std::size_t kMaxLayers = 1 << 10;
constexpr std::size_t kMaxVocab = 1 << 24;
constexpr std::size_t kMaxPositions = 1 << 24;

// Of a text without punctuation the models translate least when it comes in pieces of this length;
// sentences of more tokens are rare.
constexpr std::size_t kUsualSegment = 80;

Result<Activation> read_activation(const ConfigFields& config) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto name, config.text("activation_function"));
  // MarianConfig's default; every released model names its own.
  const std::string activation = name.value_or("gelu");
  if (activation == "relu") return Activation::relu;
  if (activation == "gelu") return Activation::gelu;
  if (activation == "gelu_new") return Activation::gelu_new;
  if (activation == "swish" || activation == "silu") return Activation::swish;
  if (activation == "quick_gelu") return Activation::quick_gelu;
  return config.wrong("activation_function", "relu, gelu, gelu_new, swish or quick_gelu");
}

// One stack of a configuration; both have the same activation, positions and scale.
Result<Stack> read_stack(const ConfigFields& config, const std::string& stack,
                         std::size_t d_model) {
  Stack shape;
  TRANSEPT_ASSIGN_OR_RETURN(shape.layers, config.size(stack + "_layers", 1, kMaxLayers));
  TRANSEPT_ASSIGN_OR_RETURN(shape.heads, config.size(stack + "_attention_heads", 1, kMaxWidth));
  TRANSEPT_ASSIGN_OR_RETURN(shape.d_ff, config.size(stack + "_ffn_dim", 1, kMaxFfn));
  if (d_model % shape.heads != 0) {
    return config.wrong(stack + "_attention_heads",
                        "a divisor of d_model " + std::to_string(d_model));
  }
  shape.d_head = d_model / shape.heads;
  TRANSEPT_ASSIGN_OR_RETURN(shape.activation, read_activation(config));
  if (config.find("max_position_embeddings") != nullptr) {
    TRANSEPT_ASSIGN_OR_RETURN(shape.max_positions,
                              config.size("max_position_embeddings", 1, kMaxPositions));
  }
  TRANSEPT_ASSIGN_OR_RETURN(const auto scaled, config.boolean("scale_embedding"));
  if (scaled.value_or(false))
    shape.embed_scale = static_cast<float>(std::sqrt(static_cast<double>(d_model)));
  return shape;
}

// Row `position` of Marian's table as transformers makes it: halves [sin | cos] of p /
// 10000^(2j/d).
double sinusoid(std::size_t position, std::size_t column, std::size_t d_model) {
  const std::size_t half = (d_model + 1) / 2;
  const std::size_t j = column < half ? column : column - half;
  const double angle =
      static_cast<double>(position) /
      std::pow(10000.0, 2.0 * static_cast<double>(j) / static_cast<double>(d_model));
  return column < half ? std::sin(angle) : std::cos(angle);
}

// Stored tables are not used, but a float table that differs from the formula means another model.
// A sample of rows is enough to see that, and keeps opening fast.
bool agrees_with_formula(const Tensor& table) {
  std::vector<float> row(table.cols);
  for (std::size_t position = 0; position < table.rows; position = position * 2 + 1) {
    read_rows(table, position, 1, row.data());
    for (std::size_t column = 0; column < table.cols; ++column) {
      const double expected = sinusoid(position, column, table.cols);
      if (!(std::abs(row[column] - expected) < 4e-3)) return false;
    }
  }
  return true;
}

void describe_settings(const GenerationDefaults& defaults, const std::filesystem::path& path,
                       FamilyConfig& config) {
  const auto list = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  if (!defaults.not_done.empty()) {
    config.warnings.push_back(
        path.string() + " asks for what this version does not do: " + list(defaults.not_done) +
        "; translations may differ from those of transformers");
  }
  if (!defaults.unknown.empty()) {
    config.notes.push_back(path.string() + ": unknown to transformers, too, and without effect: " +
                           list(defaults.unknown));
  }
}

// The tables, which may be one.
struct TableRoles {
  std::string encoder = weight_of(encoder_groups().embed);
  std::string decoder = weight_of(decoder_groups().embed);
  std::string head = weight_of(kHead);
};

class Marian final : public Family {
 public:
  std::string_view name() const override { return "marian"; }
  bool accepts(std::string_view model_type) const override { return model_type == "marian"; }

  Result<FamilyConfig> read_config(const ConfigFields& config,
                                   const ConfigFields& generation) const override {
    FamilyConfig result;
    Architecture& architecture = result.architecture;
    TRANSEPT_ASSIGN_OR_RETURN(architecture.d_model, config.size("d_model", 1, kMaxWidth));
    TRANSEPT_ASSIGN_OR_RETURN(architecture.encoder,
                              read_stack(config, "encoder", architecture.d_model));
    TRANSEPT_ASSIGN_OR_RETURN(architecture.decoder,
                              read_stack(config, "decoder", architecture.d_model));
    architecture.decoder.visibility = Visibility::past;
    TRANSEPT_ASSIGN_OR_RETURN(architecture.src_vocab, config.size("vocab_size", 1, kMaxVocab));
    TRANSEPT_ASSIGN_OR_RETURN(const auto shared,
                              config.boolean("share_encoder_decoder_embeddings"));
    result.shared_embeddings = shared.value_or(true);
    architecture.tgt_vocab = architecture.src_vocab;
    if (!result.shared_embeddings && config.find("decoder_vocab_size") != nullptr) {
      TRANSEPT_ASSIGN_OR_RETURN(architecture.tgt_vocab,
                                config.size("decoder_vocab_size", 1, kMaxVocab));
    }
    result.single_sentences = true;
    result.usual_segment = kUsualSegment;
    // normalize_before and its like stand in old files, too; transformers ignores them, because its
    // converter refuses any other layout.

    TRANSEPT_ASSIGN_OR_RETURN(GenerationDefaults defaults,
                              read_generation(generation, config, architecture.tgt_vocab,
                                              architecture.decoder.max_positions));
    result.defaults = std::move(defaults.search);
    result.pad_id = defaults.pad_id;
    describe_settings(defaults, generation.path(), result);
    if (!defaults.renormalize_given) {
      result.notes.emplace_back(
          "the generation configuration of this Marian model lacks renormalize_logits; scores are "
          "not renormalised, "
          "as transformers does, and long outputs may suffer");
    }
    return result;
  }

  Result<RoleTensors> roles_of(const NamedTensors& tensors, FamilyConfig& config) const override;
  Result<RoleTensors> roles_of(const graph::ExportGraphs& graphs,
                               FamilyConfig& config) const override;
  Result<std::shared_ptr<const Tokenizer>> open_tokenizer(
      const std::filesystem::path& directory) const override;
  LanguageCodes languages(const Tokenizer& tokenizer) const override {
    return LanguageCodes::of_marian(tokenizer);
  }

 private:
  // REQUIRES: both embeddings and the head are there.
  static void finish(RoleTensors& roles, FamilyConfig& config) {
    tie_equal_tables(roles.tensors);
    const TableRoles tables;
    const auto same = [&](const std::string& a, const std::string& b) {
      return roles.tensors.at(a) == roles.tensors.at(b);
    };
    if (!same(tables.head, tables.decoder)) {
      roles.notes.emplace_back("the output projection differs from the decoder's embedding table");
    }
    if (config.shared_embeddings && !same(tables.encoder, tables.decoder)) {
      roles.notes.emplace_back("the embedding tables of encoder and decoder differ");
    }
    config.architecture.has_head_bias = roles.tensors.count(bias_of(kHead)) != 0;
  }
};

Result<RoleTensors> Marian::roles_of(const graph::ExportGraphs& graphs,
                                     FamilyConfig& config) const {
  TRANSEPT_ASSIGN_OR_RETURN(graph::ExportRoles found,
                            graph::read_export(graphs, config.architecture));
  RoleTensors roles{std::move(found.tensors), {}, std::move(found.notes)};
  for (const auto& table : found.position_tables) {
    // Quantised tables are never exact, so they tell nothing.
    if (table->quantization.kind != Quantization::Kind::none || agrees_with_formula(*table))
      continue;
    roles.notes.push_back(
        table->origin +
        ": this table of positions is not the sinusoid of the family; the sinusoid is used");
  }
  // A table of 4-bit blocks is so coarse that sinusoids in its place give other sequences than the
  // reference. Tables of 8 bits and more differ less than the products around them; there the exact
  // positions are the better choice.
  const auto reduced = [](const std::shared_ptr<const Tensor>& table) {
    return dtype_bits(table->dtype) < 8;
  };
  if (found.position_tables.size() == 2 &&
      std::any_of(found.position_tables.begin(), found.position_tables.end(), reduced)) {
    config.architecture.encoder.positions = Positions::learned;
    config.architecture.decoder.positions = Positions::learned;
    roles.tensors[weight_of(encoder_groups().positions)] = found.position_tables.front();
    roles.tensors[weight_of(decoder_groups().positions)] = found.position_tables.back();
  }
  finish(roles, config);
  return roles;
}

Result<std::shared_ptr<const Tokenizer>> Marian::open_tokenizer(
    const std::filesystem::path& directory) const {
  for (const char* name : {"source.spm", "target.spm", "vocab.json", "tokenizer.json"}) {
    std::error_code ignored;
    if (std::filesystem::exists(directory / name, ignored)) return open_marian_tokenizer(directory);
  }
  return std::shared_ptr<const Tokenizer>();
}

// "a, b and 3 more have no place ...".
std::string unused_tensors(const std::vector<std::string>& origins) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, origins.size()); ++i)
    text += (i == 0 ? "" : ", ") + origins[i];
  if (origins.size() > kNamed) text += " and " + std::to_string(origins.size() - kNamed) + " more";
  return text + (origins.size() == 1 ? " has" : " have") +
         " no place in the architecture of config.json and " +
         (origins.size() == 1 ? "is" : "are") + " not used";
}

Result<RoleTensors> Marian::roles_of(const NamedTensors& tensors, FamilyConfig& config) const {
  RoleTensors roles;
  std::map<std::string, bool> used;
  for (const auto& [name, tensor] : tensors) used[name] = false;
  const auto take = [&](const std::string& role, const std::string& name) -> Status {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      return Status(Code::kCorrupt, role + ": the checkpoint has no tensor \"" + name + "\"");
    }
    used[name] = true;
    roles.tensors[role] = found->second;
    return Status();
  };
  for (const NamedGroup& one : bart_layer_names(config.architecture)) {
    TRANSEPT_RETURN_IF_ERROR(take(weight_of(one.group), one.name + ".weight"));
    TRANSEPT_RETURN_IF_ERROR(take(bias_of(one.group), one.name + ".bias"));
  }
  const TableRoles tables;
  // Tied tables are stored once, under any of their names.
  const std::string shared = "model.shared.weight";
  const std::string encoder = "model.encoder.embed_tokens.weight";
  const std::string decoder = "model.decoder.embed_tokens.weight";
  const std::string head = "lm_head.weight";
  const auto first_of = [&](const std::string& role,
                            std::initializer_list<std::string> names) -> Status {
    for (const std::string& name : names) {
      if (tensors.count(name) != 0) return take(role, name);
    }
    return take(role, *names.begin());
  };
  if (config.shared_embeddings) {
    TRANSEPT_RETURN_IF_ERROR(first_of(tables.encoder, {encoder, shared, decoder, head}));
    TRANSEPT_RETURN_IF_ERROR(first_of(tables.decoder, {decoder, shared, encoder, head}));
    TRANSEPT_RETURN_IF_ERROR(first_of(tables.head, {head, decoder, shared, encoder}));
  } else {
    TRANSEPT_RETURN_IF_ERROR(first_of(tables.encoder, {encoder, shared}));
    TRANSEPT_RETURN_IF_ERROR(first_of(tables.decoder, {decoder, head}));
    TRANSEPT_RETURN_IF_ERROR(first_of(tables.head, {head, decoder}));
  }
  for (const std::string& name : {shared, encoder, decoder, head}) used[name] = true;
  if (tensors.count("final_logits_bias") != 0) {
    TRANSEPT_RETURN_IF_ERROR(take(bias_of(kHead), "final_logits_bias"));
  }
  for (const char* stack : {"encoder", "decoder"}) {
    used["model." + std::string(stack) + ".embed_positions.weight"] = true;
  }
  std::vector<std::string> unused;
  for (const auto& [name, taken] : used) {
    if (!taken) unused.push_back(tensors.at(name)->origin);
  }
  if (!unused.empty()) roles.warnings.push_back(unused_tensors(unused));
  finish(roles, config);
  return roles;
}

}  // namespace

const Family& marian_family() {
  static const Marian family;
  return family;
}

}  // namespace transept
