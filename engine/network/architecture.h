// Architecture: the numbers that fix a network, checked once when a model opens.
//
// Roles name parameters in the architecture, whatever a file calls them:
//   {encoder,decoder}.embed.weight [vocab, D]                   the same tensor when tied
//   {encoder,decoder}.embed.norm.{weight,bias}                  where the family has it
//   {encoder,decoder}.positions.weight                          learned position tables
//   encoder.layer[i].self.{q,k,v,o}.{weight [out, in], bias [out]}
//   encoder.layer[i].self.norm.{weight,bias}
//   encoder.layer[i].ffn.{in,out}.{weight,bias}, ffn.gate.weight (gated)
//   encoder.layer[i].ffn.norm.{weight,bias}
//   decoder.layer[i].{self,cross,ffn}....                       cross has its own norm
//   {encoder,decoder}.norm.{weight,bias}                        where the family has it
//   head.weight [vocab, D], head.bias [vocab]
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "engine/base/tensor.h"
#include "transept/status.h"

namespace transept {

enum class Activation : std::uint8_t { relu, gelu, gelu_new, swish, quick_gelu };
enum class NormPlacement : std::uint8_t { post, pre };

// none; sinusoid of Marian as converted to Hugging Face, p / 10000^(2j/d), halves [sin | cos]; the
// same with the divisor d/2 - 1 (M2M100, native Marian); a learned table.
enum class Positions : std::uint8_t { none, sinusoid, sinusoid_fairseq, learned };

struct StackShape {
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t d_head = 0;
  std::size_t d_ff = 0;
};

struct Architecture {
  std::size_t d_model = 0;
  std::size_t src_vocab = 0;
  std::size_t tgt_vocab = 0;
  StackShape encoder;
  StackShape decoder;
  Activation activation = Activation::relu;
  NormPlacement norm_placement = NormPlacement::post;
  float norm_eps = 1e-5f;
  bool embed_norm = false;  // layer norm right after the embedding
  bool final_norm = false;  // layer norm at the end of each stack
  Positions positions = Positions::sinusoid;
  std::size_t position_offset = 0;  // row of the table for position 0
  // source and target positions the model was made for; 0: no limit
  std::size_t max_positions = 0;
  float embed_scale = 1.0f;
  bool has_head_bias = false;
};

// Parameters by role. Tied tables share the same shared_ptr, so identity tells sharing.
using TensorMap = std::map<std::string, std::shared_ptr<const Tensor>>;

// Errors: kCorrupt (a role that is missing, or whose shape is not what the architecture asks for;
// the message names role, both shapes and origin), kUnsupported (numbers out of bounds).
Status check_weights(const Architecture& architecture, const TensorMap& tensors);

}  // namespace transept
