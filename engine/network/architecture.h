// Architecture: the numbers that fix a network. What differs between encoder and decoder is in
// Stack.
//
// engine/network/roles.h says which parameters an architecture has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/tensor.h"
#include "engine/ops/norm.h"
#include "transept/status.h"

namespace transept {

// What mixes the positions of a layer: attention; the recurrence of Kim et al. 2019 (SSRU); the
// running mean of Zhang et al. 2018.
enum class Mixer : std::uint8_t { attention, ssru, average };

// Which positions a position sees: every one; itself and those before; those within a radius, and
// some that all see; those of its own and the neighbouring blocks, and a summary of each block.
enum class Visibility : std::uint8_t { all, past, window, blocks };

// Where a residual branch is normalised: norm(x + branch(x)) or x + branch(norm(x)).
enum class NormPlacement : std::uint8_t { post, pre };

enum class Activation : std::uint8_t { relu, gelu, gelu_new, swish, quick_gelu };

// none; sinusoid of Marian as converted to Hugging Face, p / 10000^(2j/d), halves [sin | cos]; the
// same with the divisor d/2 - 1 (M2M100, native Marian); a learned table.
enum class Positions : std::uint8_t { none, sinusoid, sinusoid_fairseq, learned };

// A bias on attention scores that depends on the distance of two positions (Raffel et al. 2020).
struct RelativeBias {
  std::size_t buckets = 0;
  std::size_t max_distance = 0;
};

struct Stack {
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t d_head = 0;
  std::size_t d_ff = 0;
  Mixer mixer = Mixer::attention;
  Visibility visibility = Visibility::all;
  NormPlacement placement = NormPlacement::post;
  NormRule norm = NormRule::layer;
  float norm_eps = 1e-5f;
  Activation activation = Activation::relu;
  bool gated = false;       // out(activation(gate(x)) * in(x)) in place of out(activation(in(x)))
  bool biases = true;       // of linear layers; norms without them are a matter of their rule
  bool embed_norm = false;  // norm right after the embedding
  bool final_norm = false;  // norm at the end
  Positions positions = Positions::sinusoid;
  std::size_t position_offset = 0;  // row of the table for position 0
  std::size_t max_positions = 0;    // what the model was made for; 0: no limit
  std::optional<RelativeBias> relative = {};
  float embed_scale = 1.0f;
  std::optional<float> attention_scale = {};  // none: 1 / sqrt(d_head) (Vaswani et al. 2017, eq. 1)
};

struct Architecture {
  std::size_t d_model = 0;
  std::size_t src_vocab = 0;
  std::size_t tgt_vocab = 0;
  Stack encoder = {};
  Stack decoder = {.visibility = Visibility::past};
  bool has_head_bias = false;
};

// Errors: kCorrupt (a role that is missing, or whose shape is not what the architecture asks for;
// the message names role, both shapes and origin), kUnsupported (numbers out of bounds; what the
// network cannot run yet).
Status check_weights(const Architecture& architecture, const TensorMap& tensors);

}  // namespace transept
