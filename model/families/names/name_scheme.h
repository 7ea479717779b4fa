// NameScheme: what one dialect calls the parameters of an architecture: transformers' BART, its T5,
// CTranslate2, Marian. A dialect is one row of names; which parameters there are, what each is for and
// which shape it has stands in engine/network/roles.h alone.
//
// In a name `#` stands for the number of the layer, `*` for the word of the dialect for a weight or a
// bias. Names that a dialect lacks are empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/network/architecture.h"

namespace transept {

struct AttentionNames {
  std::string_view q = {}, k = {}, v = {}, o = {}, norm = {};
};

struct FeedForwardNames {
  std::string_view in = {}, gate = {}, out = {}, norm = {};
};

// As StackGroups. The names of a layer stand behind `layer`.
struct StackNames {
  std::string_view embed = {};
  std::string_view positions = {};
  std::string_view embed_norm = {};
  std::string_view norm = {};
  std::string_view layer = {};
  AttentionNames self = {};
  AttentionNames cross = {};  // of a decoder
  FeedForwardNames ffn = {};
};

struct NameScheme {
  struct Words {
    std::string_view weight = "weight";
    std::string_view bias = "bias";
  };
  Words linear = {};
  Words norms = {};
  StackNames encoder = {};
  StackNames decoder = {};
  std::string_view shared = {};  // a table for all that read one
  std::string_view head = {};
  std::string_view head_bias = {};
};

// transformers' BART, and what was made after it: Marian, M2M100, mBART, PEGASUS.
extern const NameScheme kBartNames;

struct NamedRoles {
  TensorMap tensors;                // by role
  std::vector<std::string> unused;  // origins of tensors that have no place in the architecture
};

// The tensors of a checkpoint by role. Tied tables may be stored once, under the name of any of them
// (`shared_embeddings`: of all three; else of the two on the decoder's side). A bias of the head and
// tables of positions are taken where the checkpoint has them, whatever the architecture says.
// Errors: kCorrupt (a role without its tensor), kUnsupported (a role for which the dialect has no
// name). Shapes are not looked at.
Result<NamedRoles> roles_by_name(const NameScheme& scheme, const Architecture& architecture,
                                 bool shared_embeddings, const TensorMap& checkpoint);

}  // namespace transept
