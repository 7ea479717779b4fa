#include "model/families/names/bart.h"

#include "engine/network/roles.h"

namespace transept {
namespace {

void add_attention(const AttentionGroups& groups, const std::string& name,
                   std::vector<NamedGroup>& names) {
  names.push_back({groups.q, name + ".q_proj"});
  names.push_back({groups.k, name + ".k_proj"});
  names.push_back({groups.v, name + ".v_proj"});
  names.push_back({groups.o, name + ".out_proj"});
  names.push_back({groups.norm, name + "_layer_norm"});
}

void add_stack(const StackGroups& groups, const std::string& name, bool decodes,
               std::vector<NamedGroup>& names) {
  for (std::size_t i = 0; i < groups.layers.size(); ++i) {
    const LayerGroups& layer = groups.layers[i];
    const std::string prefix = name + ".layers." + std::to_string(i);
    add_attention(layer.self, prefix + ".self_attn", names);
    if (decodes) add_attention(layer.cross, prefix + ".encoder_attn", names);
    names.push_back({layer.ffn.in, prefix + ".fc1"});
    names.push_back({layer.ffn.out, prefix + ".fc2"});
    names.push_back({layer.ffn.norm, prefix + ".final_layer_norm"});
  }
}

}  // namespace

std::vector<NamedGroup> bart_layer_names(const Architecture& architecture) {
  std::vector<NamedGroup> names;
  add_stack(encoder_groups(architecture.encoder.layers), "model.encoder", false, names);
  add_stack(decoder_groups(architecture.decoder.layers), "model.decoder", true, names);
  return names;
}

}  // namespace transept
