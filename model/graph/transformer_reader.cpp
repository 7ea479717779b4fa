#include "model/graph/transformer_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <optional>

#include "engine/base/try.h"
#include "engine/network/roles.h"
#include "model/formats/onnx/onnx_value.h"

namespace transept::onnx {
namespace {

using Kind = Block::Kind;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// half-precision graphs round their constants; a wrong head count is off by a factor of at least
// 1.02.
bool close(double a, double b) { return std::abs(a - b) <= 2e-3 * std::abs(b); }

// Sources that carry activations: ids come from graph inputs of integer type.
std::vector<Source> activations(const std::vector<Source>& sources) {
  std::vector<Source> kept;
  for (const Source& source : sources) {
    const bool is_id = source.block->kind == Kind::input && !is_floating(source.block->input_type);
    if (!is_id) kept.push_back(source);
  }
  return kept;
}

// Sources that layers made. Scores read inputs besides: masks, which StackProbe understands.
std::vector<Source> made(const std::vector<Source>& sources) {
  std::vector<Source> kept;
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(kept),
               [](const Source& source) { return source.block->kind != Kind::input; });
  return kept;
}

bool same_blocks(const std::vector<Source>& a, const std::vector<Source>& b) {
  const auto contains = [](const std::vector<Source>& all, const Block* block) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Source& source) { return source.block == block; });
  };
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const Source& source) {
           return contains(b, source.block);
         });
}

TensorPtr zeros(std::size_t cols) {
  auto buffer = std::make_shared<std::vector<float>>(cols, 0.0f);
  auto tensor = std::make_shared<Tensor>();
  tensor->origin = "zeros, for a bias that the graph does not have";
  tensor->rows = 1;
  tensor->cols = cols;
  tensor->bytes = std::as_bytes(std::span<const float>(*buffer));
  tensor->owner = std::move(buffer);
  return tensor;
}

std::optional<Activation> activation_of(const Source& source) {
  switch (source.ops) {
    case static_cast<unsigned>(Op::relu): return Activation::relu;
    case static_cast<unsigned>(Op::swish): return Activation::swish;
    case static_cast<unsigned>(Op::quick_gelu): return Activation::quick_gelu;
    case static_cast<unsigned>(Op::gelu):
    case static_cast<unsigned>(Op::erf): return Activation::gelu;
    case static_cast<unsigned>(Op::gelu_tanh):
    case static_cast<unsigned>(Op::tanh):
    case static_cast<unsigned>(Op::tanh) | static_cast<unsigned>(Op::other):
      return Activation::gelu_new;
    case static_cast<unsigned>(Op::sigmoid):
      if (close(source.scale, 1.0)) return Activation::swish;
      if (close(source.scale, 1.702)) return Activation::quick_gelu;
      return std::nullopt;
    default: return std::nullopt;
  }
}

class StackWalker {
 public:
  // `name`: "encoder" or "decoder", for messages.
  StackWalker(Blocks& blocks, const Stack& stack, StackGroups groups, std::string_view name)
      : blocks_(blocks), stack_(stack), groups_(std::move(groups)), name_(name) {}

  Status walk(const std::vector<Source>& output, bool has_cross);
  StackRoles& roles() { return roles_; }
  const std::vector<Source>& memory() const { return memory_; }

 private:
  Result<Branch> read_branch(const Block& norm, std::vector<Source>& residual);
  Status read_attention(const std::vector<Source>& residual, const Block& context, Branch& branch);
  Status check_ffn(const Source& hidden, const Block& norm,
                   const std::vector<Source>& residual) const;
  Status read_embedding(const std::vector<Source>& sum);
  Status check_grammar() const;
  Status assign(const std::vector<Branch>& branches, std::size_t per_layer);
  Status assign(const Branch& branch, const LayerGroups& groups);
  Status put(const std::string& role, const TensorPtr& tensor);
  Status put_linear(const std::string& group, const Block& block, const TensorPtr& bias);

  Result<std::vector<Source>> inputs_of(const Block& block, std::size_t i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto found, blocks_.sources(block.inputs[i]));
    return activations(found);
  }
  // The only source of an input, which must be of the given kind.
  Result<Source> only(const Block& block, std::size_t i, Kind kind, std::string_view what);

  Status unexpected(const Block& block, const std::string& what) const {
    return Status(Code::kUnsupported, blocks_.where(block) + ": " + what);
  }
  Status contradiction(const Block& block, const std::string& what) const {
    return Status(Code::kCorrupt, blocks_.where(block) + ": " + what);
  }

  Blocks& blocks_;
  const Stack& stack_;
  StackGroups groups_;
  std::string name_;
  StackRoles roles_;
  std::vector<Source> memory_;
};

Result<Source> StackWalker::only(const Block& block, std::size_t i, Kind kind,
                                 std::string_view what) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto all, blocks_.sources(block.inputs[i]));
  const auto found = made(all);
  if (found.size() == 1 && found[0].block->kind == kind) return found[0];
  return unexpected(block, "expected " + std::string(what) + " before it");
}

Status StackWalker::check_ffn(const Source& hidden, const Block& norm,
                              const std::vector<Source>& residual) const {
  TRANSEPT_ASSIGN_OR_RETURN(const auto found, blocks_.sources(hidden.block->inputs[0]));
  if (!same_blocks(activations(found), residual)) {
    return unexpected(*hidden.block,
                      "expected a feed-forward layer around the residual connection of " +
                          std::string(norm.name));
  }
  const auto activation = activation_of(hidden);
  if (!activation)
    return unexpected(*hidden.block, "the activation function after it is not known");
  if (*activation != stack_.activation) {
    return contradiction(*hidden.block,
                         "the activation function after it is not the one of config.json");
  }
  return Status();
}

Status StackWalker::read_attention(const std::vector<Source>& residual, const Block& context,
                                   Branch& branch) {
  TRANSEPT_ASSIGN_OR_RETURN(const Source softmax, only(context, 0, Kind::softmax, "a softmax"));
  TRANSEPT_ASSIGN_OR_RETURN(const Source value,
                            only(context, 1, Kind::linear, "the value projection"));
  TRANSEPT_ASSIGN_OR_RETURN(const Source scores,
                            only(*softmax.block, 0, Kind::product, "attention scores"));
  TRANSEPT_ASSIGN_OR_RETURN(const Source query,
                            only(*scores.block, 0, Kind::linear, "the query projection"));
  TRANSEPT_ASSIGN_OR_RETURN(const Source key,
                            only(*scores.block, 1, Kind::linear, "the key projection"));
  branch.softmax = softmax.block;
  branch.q = query.block;
  branch.k = key.block;
  branch.v = value.block;

  // The scale tells the width of a head, and so checks the head count of config.json.
  const double scale = scores.scale * scores.block->scale * query.scale * key.scale;
  const double expected = 1.0 / std::sqrt(static_cast<double>(stack_.d_head));
  if (!std::isnan(scale) && !close(scale, expected)) {
    return contradiction(*scores.block, "scores are scaled by " + number(scale) +
                                            ", but config.json's " + std::to_string(stack_.heads) +
                                            " heads ask for " + number(expected));
  }

  TRANSEPT_ASSIGN_OR_RETURN(const auto q_from, inputs_of(*query.block, 0));
  TRANSEPT_ASSIGN_OR_RETURN(const auto k_from, inputs_of(*key.block, 0));
  TRANSEPT_ASSIGN_OR_RETURN(const auto v_from, inputs_of(*value.block, 0));
  if (!same_blocks(q_from, residual)) {
    return unexpected(*query.block, "the query is not made of what its layer adds it to");
  }
  if (!same_blocks(k_from, v_from))
    return unexpected(*key.block, "keys and values are made of different states");
  if (same_blocks(k_from, residual)) {
    branch.type = Branch::Type::self;
    return Status();
  }
  branch.type = Branch::Type::cross;
  if (memory_.empty()) memory_ = k_from;
  if (memory_.size() != 1 || !same_blocks(memory_, k_from)) {
    return unexpected(*key.block, "cross-attention does not read the encoder's output");
  }
  return Status();
}

// Norm(residual + branch): finds the branch, and leaves what it is added to.
Result<Branch> StackWalker::read_branch(const Block& norm, std::vector<Source>& residual) {
  residual.clear();
  const Block* last = nullptr;
  for (std::size_t i = 0; i < norm.inputs.size(); ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto found, inputs_of(norm, i));
    for (const Source& source : found) {
      if (source.block->kind == Kind::linear && last == nullptr) {
        last = source.block;
      } else {
        residual.push_back(source);
      }
    }
  }
  if (last == nullptr || residual.empty()) {
    return unexpected(norm, "expected a residual connection before this layer norm");
  }
  Branch branch;
  branch.norm = &norm;
  branch.last = last;
  branch.last_bias = last->bias;
  if (norm.skip_bias != nullptr) {
    if (last->bias != nullptr) return unexpected(norm, "a layer has two biases");
    branch.last_bias = norm.skip_bias;
  }
  TRANSEPT_ASSIGN_OR_RETURN(const auto from, inputs_of(*last, 0));
  if (from.size() == 1 && from[0].block->kind == Kind::linear) {
    branch.type = Branch::Type::ffn;
    branch.first = from[0].block;
    TRANSEPT_RETURN_IF_ERROR(check_ffn(from[0], norm, residual));
  } else if (from.size() == 1 && from[0].block->kind == Kind::product) {
    TRANSEPT_RETURN_IF_ERROR(read_attention(residual, *from[0].block, branch));
  } else {
    return unexpected(*last, "expected attention or a feed-forward layer before it");
  }
  if (!close(norm.epsilon, stack_.norm_eps)) {
    return contradiction(
        norm, "epsilon " + number(norm.epsilon) + ", expected " + number(stack_.norm_eps));
  }
  return branch;
}

Status StackWalker::read_embedding(const std::vector<Source>& sum) {
  for (const Source& source : sum) {
    if (source.block->kind != Kind::embedding) {
      return unexpected(*source.block, "expected the embedding at the start of the " + name_);
    }
    bool of_tokens = false;
    if (!source.block->inputs[0].empty()) {
      TRANSEPT_ASSIGN_OR_RETURN(const auto index, blocks_.sources(source.block->inputs[0]));
      of_tokens = !index.empty();
    }
    if (!of_tokens) {
      if (roles_.position_table != nullptr)
        return unexpected(*source.block, "a second table of positions");
      roles_.position_table = source.block->weight;
      roles_.plan.positions = source.block;
      continue;
    }
    TRANSEPT_RETURN_IF_ERROR(put(weight_of(groups_.embed), source.block->weight));
    roles_.plan.tokens = source.block;
    if (!std::isnan(source.scale) && !close(source.scale, stack_.embed_scale)) {
      return contradiction(*source.block, "embeddings are scaled by " + number(source.scale) +
                                              ", but config.json asks for " +
                                              number(stack_.embed_scale));
    }
  }
  if (roles_.tensors.count(weight_of(groups_.embed)) != 0) return Status();
  return Status(Code::kUnsupported, blocks_.scope().model().file_name() +
                                        ": no embedding table is read at the start of the " +
                                        name_);
}

Status StackWalker::put(const std::string& role, const TensorPtr& tensor) {
  if (roles_.tensors.emplace(role, tensor).second) return Status();
  return Status(Code::kUnsupported, tensor->origin + ": a second tensor for " + role);
}

Status StackWalker::put_linear(const std::string& group, const Block& block,
                               const TensorPtr& bias) {
  TRANSEPT_RETURN_IF_ERROR(put(weight_of(group), block.weight));
  if (bias == nullptr) roles_.notes.push_back(group + " has no bias in the graph; zeros are used");
  return put(bias_of(group), bias != nullptr ? bias : zeros(block.weight->rows));
}

Status StackWalker::assign(const Branch& branch, const LayerGroups& groups) {
  const std::string* norm = &groups.ffn.norm;
  if (branch.type == Branch::Type::ffn) {
    TRANSEPT_RETURN_IF_ERROR(put_linear(groups.ffn.in, *branch.first, branch.first->bias));
    TRANSEPT_RETURN_IF_ERROR(put_linear(groups.ffn.out, *branch.last, branch.last_bias));
  } else {
    const AttentionGroups& part = branch.type == Branch::Type::self ? groups.self : groups.cross;
    TRANSEPT_RETURN_IF_ERROR(put_linear(part.q, *branch.q, branch.q->bias));
    TRANSEPT_RETURN_IF_ERROR(put_linear(part.k, *branch.k, branch.k->bias));
    TRANSEPT_RETURN_IF_ERROR(put_linear(part.v, *branch.v, branch.v->bias));
    TRANSEPT_RETURN_IF_ERROR(put_linear(part.o, *branch.last, branch.last_bias));
    norm = &part.norm;
  }
  TRANSEPT_RETURN_IF_ERROR(put(weight_of(*norm), branch.norm->weight));
  return put(bias_of(*norm), branch.norm->bias);
}

Status StackWalker::assign(const std::vector<Branch>& branches, std::size_t per_layer) {
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const Branch& branch = branches[i];
    const std::size_t place = i % per_layer;
    const auto expected = place == 0               ? Branch::Type::self
                          : place == per_layer - 1 ? Branch::Type::ffn
                                                   : Branch::Type::cross;
    if (branch.type != expected) {
      return unexpected(*branch.last, "the parts of layer " + std::to_string(i / per_layer) +
                                          " of the " + name_ + " are not in the expected order");
    }
    TRANSEPT_RETURN_IF_ERROR(assign(branch, groups_.layers[i / per_layer]));
  }
  return Status();
}

// What the productions in the header leave out.
Status StackWalker::check_grammar() const {
  const bool read = stack_.mixer == Mixer::attention && stack_.placement == NormPlacement::post &&
                    stack_.norm == NormRule::layer && !stack_.gated && stack_.biases &&
                    !stack_.embed_norm && !stack_.final_norm && !stack_.relative;
  if (read) return Status();
  return Status(Code::kUnsupported, blocks_.scope().model().file_name() +
                                        ": ONNX graphs of an architecture like that of the " +
                                        name_ + " are not read");
}

Status StackWalker::walk(const std::vector<Source>& output, bool has_cross) {
  TRANSEPT_RETURN_IF_ERROR(check_grammar());
  const std::size_t per_layer = has_cross ? 3 : 2;
  const std::size_t expected = stack_.layers * per_layer;
  std::vector<Branch> branches;
  std::vector<Source> current = output;
  while (current.size() == 1 && current[0].block->kind == Kind::norm) {
    if (branches.size() == expected) {
      return contradiction(*current[0].block, "the graph goes on where config.json's " +
                                                  std::to_string(stack_.layers) +
                                                  " layers of the " + name_ + " end");
    }
    std::vector<Source> residual;
    TRANSEPT_ASSIGN_OR_RETURN(branches.emplace_back(), read_branch(*current[0].block, residual));
    current = std::move(residual);
  }
  if (branches.size() != expected) {
    return Status(Code::kCorrupt, blocks_.scope().model().file_name() + ": config.json says " +
                                      std::to_string(stack_.layers) + " layers in the " + name_ +
                                      ", the graph has " +
                                      std::to_string(branches.size() / per_layer));
  }
  TRANSEPT_RETURN_IF_ERROR(read_embedding(current));
  std::reverse(branches.begin(), branches.end());
  TRANSEPT_RETURN_IF_ERROR(assign(branches, per_layer));
  roles_.plan.branches = std::move(branches);
  return Status();
}

// Large floating-point or quantised constants that `node` reads.
Status check_node(const Blocks& blocks, const Node& node, std::size_t elements) {
  for (const std::string_view name : node.inputs) {
    const Definition found = blocks.scope().find(name);
    const TensorData* data = found.initializer;
    if (data == nullptr || data->elements < elements || blocks.used().count(data) != 0) continue;
    const bool parameter = data->type == DataType::f32 || data->type == DataType::f16 ||
                           data->type == DataType::bf16 || data->type == DataType::f64 ||
                           (data_type_bits(data->type) <= 8 && data->type != DataType::boolean);
    if (parameter) {
      return blocks.unsupported(node, "tensor \"" + std::string(data->name) +
                                          "\" has no place in the architecture of config.json");
    }
  }
  return Status();
}

}  // namespace

Result<StackRoles> read_encoder(Blocks& blocks, const std::vector<Source>& output,
                                const Architecture& architecture) {
  StackWalker walker(blocks, architecture.encoder, encoder_groups(architecture.encoder.layers),
                     "encoder");
  TRANSEPT_RETURN_IF_ERROR(walker.walk(activations(output), false));
  return std::move(walker.roles());
}

Result<DecoderRoles> read_decoder(Blocks& blocks, std::string_view logits,
                                  const Architecture& architecture) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto found, blocks.sources(logits));
  const auto output = activations(found);
  if (output.size() != 1 || output[0].block->kind != Kind::linear) {
    return Status(Code::kUnsupported, blocks.scope().model().file_name() + ": output \"" +
                                          std::string(logits) +
                                          "\" is not made by one linear layer");
  }
  const Block& head = *output[0].block;
  if (!close(output[0].scale, 1.0) || output[0].ops != 0) {
    return Status(Code::kUnsupported, blocks.where(head) + ": logits are changed after it");
  }
  StackWalker walker(blocks, architecture.decoder, decoder_groups(architecture.decoder.layers),
                     "decoder");
  TRANSEPT_ASSIGN_OR_RETURN(const auto states, blocks.sources(head.inputs[0]));
  TRANSEPT_RETURN_IF_ERROR(walker.walk(activations(states), true));
  DecoderRoles roles{std::move(walker.roles()), &head, walker.memory()};
  roles.stack.tensors[weight_of(kHead)] = head.weight;
  if (head.bias != nullptr) roles.stack.tensors[bias_of(kHead)] = head.bias;
  return roles;
}

Status check_all_used(const Blocks& blocks, std::size_t elements) {
  for (const Node& node : blocks.scope().graph().nodes) {
    TRANSEPT_RETURN_IF_ERROR(check_node(blocks, node, elements));
  }
  return Status();
}

}  // namespace transept::onnx
