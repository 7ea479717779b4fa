#include "engine/network/roles.h"

#include <utility>

namespace transept {
namespace {

AttentionGroups attention_groups(const std::string& name) {
  return {name + ".q", name + ".k", name + ".v", name + ".o", name + ".norm"};
}

StackGroups stack_groups(const std::string& name, std::size_t layers) {
  StackGroups groups{name + ".embed",      name + ".positions", name + ".relative",
                     name + ".embed.norm", name + ".norm",      {}};
  groups.layers.reserve(layers);
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string layer = name + ".layer[" + std::to_string(i) + "]";
    const std::string ffn = layer + ".ffn";
    groups.layers.push_back({attention_groups(layer + ".self"),
                             attention_groups(layer + ".cross"),
                             {ffn + ".in", ffn + ".gate", ffn + ".out", ffn + ".norm"}});
  }
  return groups;
}

// Lists the roles of an architecture, group by group.
class Lister {
 public:
  explicit Lister(const Architecture& architecture) : a_(architecture) {}

  std::vector<Role> list() {
    const StackGroups encoder = encoder_groups(a_.encoder.layers);
    const StackGroups decoder = decoder_groups(a_.decoder.layers);
    table(encoder.embed, a_.src_vocab, a_.d_model);
    table(decoder.embed, a_.tgt_vocab, a_.d_model);
    stack(a_.encoder, encoder, false);
    stack(a_.decoder, decoder, true);
    add(weight_of(kHead), a_.tgt_vocab, a_.d_model, Role::Kind::matrix, Phase::output);
    if (a_.has_head_bias) add(bias_of(kHead), 1, a_.tgt_vocab, Role::Kind::vector);
    return std::move(roles_);
  }

 private:
  void add(std::string name, std::size_t rows, std::size_t cols, Role::Kind kind,
           std::optional<Phase> phase = {}) {
    roles_.push_back({std::move(name), rows, cols, kind, phase});
  }
  void table(const std::string& group, std::size_t rows, std::size_t cols) {
    add(weight_of(group), rows, cols, Role::Kind::table);
  }
  void norm(const Stack& stack, const std::string& group) {
    add(weight_of(group), 1, a_.d_model, Role::Kind::vector);
    if (has_shift(stack.norm)) add(bias_of(group), 1, a_.d_model, Role::Kind::vector);
  }
  void linear(const Stack& stack, const std::string& group, std::size_t out, std::size_t in,
              Phase phase) {
    add(weight_of(group), out, in, Role::Kind::matrix, phase);
    if (stack.biases) add(bias_of(group), 1, out, Role::Kind::vector);
  }
  // queries: the phase that makes them and their result; memory: that which makes keys and values.
  void attention(const Stack& stack, const AttentionGroups& groups, Phase queries, Phase memory) {
    const std::size_t inner = stack.heads * stack.d_head;
    linear(stack, groups.q, inner, a_.d_model, queries);
    linear(stack, groups.k, inner, a_.d_model, memory);
    linear(stack, groups.v, inner, a_.d_model, memory);
    linear(stack, groups.o, a_.d_model, inner, queries);
    norm(stack, groups.norm);
  }
  void feed_forward(const Stack& stack, const FeedForwardGroups& groups, Phase phase) {
    linear(stack, groups.in, stack.d_ff, a_.d_model, phase);
    if (stack.gated) linear(stack, groups.gate, stack.d_ff, a_.d_model, phase);
    linear(stack, groups.out, a_.d_model, stack.d_ff, phase);
    norm(stack, groups.norm);
  }
  void stack(const Stack& stack, const StackGroups& groups, bool decodes) {
    const auto phase = [decodes](Phase of_decoder) { return decodes ? of_decoder : Phase::encode; };
    if (stack.positions == Positions::learned) {
      table(groups.positions, stack.max_positions + stack.position_offset, a_.d_model);
    }
    if (stack.relative) table(groups.relative, stack.relative->buckets, stack.heads);
    if (stack.embed_norm) norm(stack, groups.embed_norm);
    for (const LayerGroups& layer : groups.layers) {
      attention(stack, layer.self, phase(Phase::self_attention), phase(Phase::self_attention));
      if (decodes) attention(stack, layer.cross, Phase::cross_attention, Phase::source_memory);
      feed_forward(stack, layer.ffn, phase(Phase::feed_forward));
    }
    if (stack.final_norm) norm(stack, groups.norm);
  }

  const Architecture& a_;
  std::vector<Role> roles_;
};

}  // namespace

StackGroups encoder_groups(std::size_t layers) { return stack_groups("encoder", layers); }
StackGroups decoder_groups(std::size_t layers) { return stack_groups("decoder", layers); }

std::string weight_of(std::string_view group) { return std::string(group) + ".weight"; }
std::string bias_of(std::string_view group) { return std::string(group) + ".bias"; }

std::vector<Role> roles_of(const Architecture& architecture) { return Lister(architecture).list(); }

}  // namespace transept
