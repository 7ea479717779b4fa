#include "model/families/names/name_scheme.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/try.h"
#include "engine/network/roles.h"

namespace transept {
namespace {

using Words = NameScheme::Words;

std::string with(std::string_view pattern, char mark, std::string_view text) {
  std::string name(pattern);
  if (const std::size_t at = name.find(mark); at != name.npos) name.replace(at, 1, text);
  return name;
}

// What the dialect calls each role that the groups of an architecture can have; more than one name
// where a tensor may be stored under that of another.
class Names {
 public:
  Names(const NameScheme& scheme, const Architecture& architecture, bool shared_embeddings)
      : scheme_(scheme) {
    const StackGroups encoder = encoder_groups(architecture.encoder.layers);
    const StackGroups decoder = decoder_groups(architecture.decoder.layers);
    add_stack(encoder, scheme.encoder);
    add_stack(decoder, scheme.decoder);
    add_tables(encoder, decoder, shared_embeddings);
    add(bias_of(kHead), std::string(scheme.head_bias));
  }

  // In the order in which they are looked for; empty: the dialect has none.
  const std::vector<std::string>& of(const std::string& role) const {
    static const std::vector<std::string> none;
    const auto found = names_.find(role);
    return found == names_.end() ? none : found->second;
  }

 private:
  void add(const std::string& role, std::string name) {
    if (!name.empty()) names_[role].push_back(std::move(name));
  }
  void add(const std::string& group, const std::string& layer, std::string_view name,
           const Words& words) {
    if (name.empty()) return;
    const std::string pattern = layer + std::string(name);
    add(weight_of(group), with(pattern, '*', words.weight));
    add(bias_of(group), with(pattern, '*', words.bias));
  }
  void add_linear(const std::string& group, const std::string& layer, std::string_view name) {
    add(group, layer, name, scheme_.linear);
  }
  void add_norm(const std::string& group, const std::string& layer, std::string_view name) {
    add(group, layer, name, scheme_.norms);
  }
  void add_attention(const AttentionGroups& groups, const AttentionNames& names,
                     const std::string& layer) {
    add_linear(groups.q, layer, names.q);
    add_linear(groups.k, layer, names.k);
    add_linear(groups.v, layer, names.v);
    add_linear(groups.o, layer, names.o);
    add_norm(groups.norm, layer, names.norm);
  }
  void add_stack(const StackGroups& groups, const StackNames& names) {
    add(weight_of(groups.positions), table(names.positions));
    add_norm(groups.embed_norm, "", names.embed_norm);
    add_norm(groups.norm, "", names.norm);
    for (std::size_t i = 0; i < groups.layers.size(); ++i) {
      const LayerGroups& layer = groups.layers[i];
      const std::string prefix = with(names.layer, '#', std::to_string(i));
      add_attention(layer.self, names.self, prefix);
      add_attention(layer.cross, names.cross, prefix);
      add_linear(layer.ffn.in, prefix, names.ffn.in);
      add_linear(layer.ffn.gate, prefix, names.ffn.gate);
      add_linear(layer.ffn.out, prefix, names.ffn.out);
      add_norm(layer.ffn.norm, prefix, names.ffn.norm);
    }
  }
  // Its own name first, then those under which it may be stored for all.
  void add_tables(const StackGroups& encoder, const StackGroups& decoder, bool shared_embeddings) {
    const std::string of_encoder = table(scheme_.encoder.embed);
    const std::string of_decoder = table(scheme_.decoder.embed);
    const std::string shared = table(scheme_.shared);
    const std::string head = table(scheme_.head);
    const auto add_all = [&](const std::string& group, const std::vector<std::string>& names) {
      for (const std::string& name : names) add(weight_of(group), name);
    };
    if (shared_embeddings) {
      add_all(encoder.embed, {of_encoder, shared, of_decoder, head});
      add_all(decoder.embed, {of_decoder, shared, of_encoder, head});
      add_all(std::string(kHead), {head, of_decoder, shared, of_encoder});
    } else {
      add_all(encoder.embed, {of_encoder, shared});
      add_all(decoder.embed, {of_decoder, head});
      add_all(std::string(kHead), {head, of_decoder});
    }
  }
  std::string table(std::string_view pattern) const {
    return with(pattern, '*', scheme_.linear.weight);
  }

  const NameScheme& scheme_;
  std::map<std::string, std::vector<std::string>> names_;
};

// Every role of the architecture, and those that a checkpoint may have in spite of it.
struct Wanted {
  std::string role;
  bool required;
};

std::vector<Wanted> wanted_roles(const Architecture& architecture) {
  std::vector<Wanted> wanted;
  for (const Role& role : roles_of(architecture)) wanted.push_back({role.name, true});
  for (const std::string& role : {weight_of(encoder_groups().positions),
                                  weight_of(decoder_groups().positions), bias_of(kHead)}) {
    wanted.push_back({role, false});
  }
  return wanted;
}

}  // namespace

Result<NamedRoles> roles_by_name(const NameScheme& scheme, const Architecture& architecture,
                                 bool shared_embeddings, const TensorMap& checkpoint) {
  const Names names(scheme, architecture, shared_embeddings);
  NamedRoles roles;
  std::set<std::string> known;  // names that have a role; those of tables may go without being read
  for (const auto& [role, required] : wanted_roles(architecture)) {
    const std::vector<std::string>& candidates = names.of(role);
    known.insert(candidates.begin(), candidates.end());
    const auto found =
        std::find_if(candidates.begin(), candidates.end(),
                     [&](const std::string& name) { return checkpoint.count(name) != 0; });
    if (found != candidates.end()) {
      roles.tensors[role] = checkpoint.at(*found);
    } else if (required && candidates.empty()) {
      return Status(Code::kUnsupported, role + ": checkpoints of this kind have no name for it");
    } else if (required) {
      return Status(Code::kCorrupt,
                    role + ": the checkpoint has no tensor \"" + candidates.front() + "\"");
    }
  }
  for (const auto& [name, tensor] : checkpoint) {
    if (known.count(name) == 0) roles.unused.push_back(tensor->origin);
  }
  return roles;
}

}  // namespace transept
