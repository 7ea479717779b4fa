// What configurations of several families say in the same words: sizes and numbers of a stack,
// vocabularies, generation defaults.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/families/family.h"

namespace transept {

// Bounds far above any model, so that no product of two sizes overflows.
inline constexpr std::size_t kMaxWidth = 1 << 16;
inline constexpr std::size_t kMaxFfn = 1 << 20;
inline constexpr std::size_t kMaxLayers = 1 << 10;
inline constexpr std::size_t kMaxVocab = 1 << 24;
inline constexpr std::size_t kMaxPositions = 1 << 24;

// All readers' errors: kCorrupt naming file, field and what was found.

// The activation of this name; `fallback` where the field is absent.
Result<Activation> read_activation(const ConfigFields& config, std::string_view field,
                                   std::string_view fallback);

// The stack called `name` ("encoder", "decoder") in the fields that BART and its like share:
// {name}_layers, {name}_attention_heads, {name}_ffn_dim; activation_function,
// max_position_embeddings and scale_embedding, which hold for both stacks.
Result<Stack> read_stack(const ConfigFields& config, const std::string& name, std::size_t d_model,
                         std::string_view activation);

// d_model, both stacks, the vocabularies and whether encoder and decoder share a table, into
// `result`. `activation` is the one of a configuration that names none.
Status read_architecture(const ConfigFields& config, std::string_view activation,
                         FamilyConfig& result);

// Generation defaults and what is to be said about them, into `result`, whose architecture has been
// read. Returns whether the directory says anything about renormalize_logits.
Result<bool> read_defaults(const ConfigFields& generation, const ConfigFields& config,
                           FamilyConfig& result);

}  // namespace transept
