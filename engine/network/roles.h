// Roles: what the parameters of a network are called, whatever a file calls them; spelled here and
// nowhere else.
//
// A group is what a layer multiplies or adds together: a weight and mostly a bias. Role names are
// a group's with ".weight" or ".bias" behind it:
//   {encoder,decoder}.embed.weight [vocab, D]                   the same tensor when tied
//   {encoder,decoder}.positions.weight [positions, D]           learned position tables
//   {encoder,decoder}.relative.weight [buckets, heads]          relative biases of all its layers
//   {encoder,decoder}.embed.norm, {encoder,decoder}.norm        where the stack has them
//   {encoder,decoder}.layer[i].self.{q,k,v,o}.{weight [out, in], bias [1, out]}
//   {encoder,decoder}.layer[i].self.norm.{weight,bias} [1, D]
//   decoder.layer[i].cross....                                  as self
//   {encoder,decoder}.layer[i].ffn.{in,gate,out,norm}
//   head.weight [vocab, D], head.bias [1, vocab]
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/network/architecture.h"
#include "transept/profile.h"

namespace transept {

struct AttentionGroups {
  std::string q, k, v, o, norm;
};

struct FeedForwardGroups {
  std::string in, gate, out, norm;
};

struct LayerGroups {
  AttentionGroups self;
  AttentionGroups cross;  // of a decoder
  FeedForwardGroups ffn;
};

struct StackGroups {
  std::string embed;
  std::string positions;
  std::string relative;
  std::string embed_norm;
  std::string norm;
  std::vector<LayerGroups> layers;
};

// Of a stack of so many layers; it need not have all of them.
StackGroups encoder_groups(std::size_t layers = 0);
StackGroups decoder_groups(std::size_t layers = 0);
inline constexpr std::string_view kHead = "head";

std::string weight_of(std::string_view group);
std::string bias_of(std::string_view group);

// One parameter of an architecture.
struct Role {
  // What its numbers are for. Rows of tables are read one by one; vectors are added or multiplied
  // element by element; matrices are multiplied, in the phase that `phase` names.
  enum class Kind : std::uint8_t { table, vector, matrix };

  std::string name;
  std::size_t rows = 0;
  std::size_t cols = 0;
  Kind kind = Kind::matrix;
  std::optional<Phase> phase = {};  // of a matrix
};

// Every parameter that the architecture has, in order: embeddings, encoder, decoder, head.
std::vector<Role> roles_of(const Architecture& architecture);

}  // namespace transept
