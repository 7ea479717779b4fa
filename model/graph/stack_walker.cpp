#include "model/graph/stack_walker.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_value.h"

namespace transept::graph {
namespace {

using onnx::Op;
using Kind = Block::Kind;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// Sources that layers made. Scores read inputs besides: masks, which StackProbe understands.
std::vector<Source> made(const std::vector<Source>& sources) {
  std::vector<Source> kept;
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(kept),
               [](const Source& source) { return source.block->kind != Kind::input; });
  return kept;
}

bool is_one(const std::vector<Source>& sources, Kind kind) {
  return sources.size() == 1 && sources[0].block->kind == kind;
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

}  // namespace

std::vector<Source> activations(const std::vector<Source>& sources) {
  std::vector<Source> kept;
  for (const Source& source : sources) {
    const bool is_id =
        source.block->kind == Kind::input && !onnx::is_floating(source.block->input_type);
    if (!is_id) kept.push_back(source);
  }
  return kept;
}

bool close(double a, double b) { return std::abs(a - b) <= 2e-3 * std::abs(b); }

Result<std::vector<Source>> StackWalker::inputs_of(const Block& block, std::size_t i) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto found, blocks_.sources(block.inputs[i]));
  return activations(found);
}

Result<Source> StackWalker::only(const Block& block, std::size_t i, Kind kind, const char* what) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto all, blocks_.sources(block.inputs[i]));
  const auto found = made(all);
  if (is_one(found, kind)) return found[0];
  return unexpected(block, "expected " + std::string(what) + " before it");
}

Status StackWalker::unexpected(const Block& where, const std::string& what) const {
  return Status(Code::kUnsupported, blocks_.where(where) + ": " + what);
}

Status StackWalker::contradiction(const Block& where, const std::string& what) const {
  return Status(Code::kCorrupt, blocks_.where(where) + ": " + what);
}

// What the grammar leaves out.
Status StackWalker::check_grammar() const {
  if (stack_.mixer == Mixer::attention) return Status();
  return Status(Code::kUnsupported, blocks_.scope().model().file_name() +
                                        ": ONNX graphs of layers without attention, as in the " +
                                        name_ + ", are not read");
}

// Nothing where `end` is not the end of a branch.
Result<std::optional<StackWalker::Residual>> StackWalker::find_residual(
    const std::vector<Source>& end) {
  const std::optional<Residual> none;
  Residual residual;
  if (end.size() != 1) return none;
  const Block* adds = end[0].block;
  if (!pre_norm()) {
    if (adds->kind != Kind::norm) return none;
    residual.norm = adds;
    if (adds->inputs.size() == 1) {
      TRANSEPT_ASSIGN_OR_RETURN(const auto from, inputs_of(*adds, 0));
      if (!is_one(from, Kind::add)) return none;
      adds = from[0].block;
    }
  }
  if (adds->kind == Kind::add) residual.sum = adds;
  if (adds->inputs.size() != 2 || (residual.sum == nullptr && residual.norm == nullptr))
    return none;
  for (std::size_t i = 0; i < 2; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto operand, inputs_of(*adds, i));
    if (residual.last == nullptr && is_one(operand, Kind::linear)) {
      residual.last = operand[0].block;
    } else {
      residual.stream.insert(residual.stream.end(), operand.begin(), operand.end());
    }
  }
  if (residual.last == nullptr || residual.stream.empty()) return none;
  return std::optional(std::move(residual));
}

Status StackWalker::check_stream(const Block& reader, const Residual& residual, Branch& branch,
                                 const std::string& what) {
  TRANSEPT_ASSIGN_OR_RETURN(auto found, inputs_of(reader, 0));
  const Block* norm = residual.norm;
  if (pre_norm()) {
    if (!is_one(found, Kind::norm) || found[0].block->inputs.size() != 1)
      return unexpected(reader, "expected a norm before it");
    norm = found[0].block;
    TRANSEPT_ASSIGN_OR_RETURN(found, inputs_of(*norm, 0));
  }
  if (branch.norm != nullptr && branch.norm != norm)
    return unexpected(reader, "it reads another norm than the rest of its layer");
  branch.norm = norm;
  return same_blocks(found, residual.stream) ? Status() : unexpected(reader, what);
}

Status StackWalker::check_activation(const Source& hidden) const {
  const auto activation = activation_of(hidden);
  if (!activation)
    return unexpected(*hidden.block, "the activation function after it is not known");
  if (*activation != stack_.activation) {
    return contradiction(*hidden.block,
                         "the activation function after it is not the one of config.json");
  }
  return Status();
}

// activation(gate) * in, in either order.
Status StackWalker::read_gate(const Source& product, Branch& branch) {
  const Block& block = *product.block;
  TRANSEPT_ASSIGN_OR_RETURN(Source gate, only(block, 0, Kind::linear, "a feed-forward layer"));
  TRANSEPT_ASSIGN_OR_RETURN(Source in, only(block, 1, Kind::linear, "a feed-forward layer"));
  if (in.ops != 0) std::swap(gate, in);
  if (in.ops != 0 || product.ops != 0)
    return unexpected(block, "expected one activation function, on the gate");
  branch.first = in.block;
  branch.gate = gate.block;
  return check_activation(gate);
}

Status StackWalker::read_feed_forward(const Residual& residual, const Source& hidden,
                                      Branch& branch) {
  branch.type = Branch::Type::ffn;
  if ((hidden.block->kind == Kind::multiply) != stack_.gated) {
    return contradiction(*hidden.block, stack_.gated
                                            ? "expected a gated feed-forward layer"
                                            : "expected a feed-forward layer without a gate");
  }
  if (stack_.gated) {
    TRANSEPT_RETURN_IF_ERROR(read_gate(hidden, branch));
  } else {
    branch.first = hidden.block;
    TRANSEPT_RETURN_IF_ERROR(check_activation(hidden));
  }
  for (const Block* reader : {branch.first, branch.gate}) {
    if (reader == nullptr) continue;
    TRANSEPT_RETURN_IF_ERROR(check_stream(
        *reader, residual, branch,
        "expected a feed-forward layer around the residual connection of " +
            std::string((residual.sum != nullptr ? residual.sum : residual.norm)->name)));
  }
  return Status();
}

Status StackWalker::read_relative(const Block& table) {
  if (roles_.plan.relative == &table) return Status();
  if (roles_.plan.relative != nullptr)
    return unexpected(table, "a second table of relative position biases");
  roles_.plan.relative = &table;
  return put(weight_of(groups_.relative), table.weight);
}

// The product under a softmax, with all scales on the way. What is added to it is a table of
// relative position biases.
Result<Source> StackWalker::read_scores(const Block& softmax) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto all, blocks_.sources(softmax.inputs[0]));
  const auto found = made(all);
  if (!is_one(found, Kind::add)) return only(softmax, 0, Kind::product, "attention scores");
  const Block& sum = *found[0].block;
  std::optional<Source> scores;
  const Block* table = nullptr;
  for (std::size_t i = 0; i < 2; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto operand, blocks_.sources(sum.inputs[i]));
    const auto part = made(operand);
    if (is_one(part, Kind::product)) scores = part[0];
    if (is_one(part, Kind::embedding)) table = part[0].block;
  }
  if (!scores || table == nullptr)
    return unexpected(sum, "expected attention scores and a bias that depends on positions");
  if (!stack_.relative) {
    return contradiction(*table,
                         "a relative position bias on scores, which config.json does not name");
  }
  TRANSEPT_RETURN_IF_ERROR(read_relative(*table));
  scores->scale *= found[0].scale;
  return *scores;
}

// The scale tells the width of a head, and so checks the head count of config.json.
Status StackWalker::check_scale(const Block& scores, double scale) const {
  const double expected = stack_.attention_scale
                              ? static_cast<double>(*stack_.attention_scale)
                              : 1.0 / std::sqrt(static_cast<double>(stack_.d_head));
  if (std::isnan(scale) || close(scale, expected)) return Status();
  return contradiction(scores, "scores are scaled by " + number(scale) + ", but config.json's " +
                                   std::to_string(stack_.heads) + " heads ask for " +
                                   number(expected));
}

Status StackWalker::read_memory(const Block& key, const std::vector<Source>& states) {
  if (memory_.empty()) memory_ = states;
  if (memory_.size() == 1 && same_blocks(memory_, states)) return Status();
  return unexpected(key, "cross-attention does not read the encoder's output");
}

Status StackWalker::read_attention(const Residual& residual, const Block& context, Branch& branch) {
  TRANSEPT_ASSIGN_OR_RETURN(const Source softmax, only(context, 0, Kind::softmax, "a softmax"));
  TRANSEPT_ASSIGN_OR_RETURN(const Source value,
                            only(context, 1, Kind::linear, "the value projection"));
  TRANSEPT_ASSIGN_OR_RETURN(const Source scores, read_scores(*softmax.block));
  TRANSEPT_ASSIGN_OR_RETURN(const Source query,
                            only(*scores.block, 0, Kind::linear, "the query projection"));
  TRANSEPT_ASSIGN_OR_RETURN(const Source key,
                            only(*scores.block, 1, Kind::linear, "the key projection"));
  branch.softmax = softmax.block;
  branch.q = query.block;
  branch.k = key.block;
  branch.v = value.block;
  TRANSEPT_RETURN_IF_ERROR(
      check_scale(*scores.block, scores.scale * scores.block->scale * query.scale * key.scale));
  TRANSEPT_RETURN_IF_ERROR(check_stream(*query.block, residual, branch,
                                        "the query is not made of what its layer adds it to"));
  TRANSEPT_ASSIGN_OR_RETURN(const auto q_from, inputs_of(*query.block, 0));
  TRANSEPT_ASSIGN_OR_RETURN(const auto k_from, inputs_of(*key.block, 0));
  TRANSEPT_ASSIGN_OR_RETURN(const auto v_from, inputs_of(*value.block, 0));
  if (!same_blocks(k_from, v_from))
    return unexpected(*key.block, "keys and values are made of different states");
  branch.type = same_blocks(k_from, q_from) ? Branch::Type::self : Branch::Type::cross;
  return branch.type == Branch::Type::self ? Status() : read_memory(*key.block, k_from);
}

Status StackWalker::check_norm(const Block& norm) const {
  if (norm.centred != (stack_.norm == NormRule::layer)) {
    return contradiction(norm, stack_.norm == NormRule::layer
                                   ? "expected a layer norm, which subtracts the mean"
                                   : "expected a root mean square norm");
  }
  if (close(norm.epsilon, stack_.norm_eps)) return Status();
  return contradiction(norm,
                       "epsilon " + number(norm.epsilon) + ", expected " + number(stack_.norm_eps));
}

Result<Branch> StackWalker::read_branch(const Residual& residual) {
  Branch branch;
  branch.sum = residual.sum;
  branch.last = residual.last;
  branch.last_bias = residual.last->bias;
  if (residual.norm != nullptr && residual.norm->skip_bias != nullptr) {
    if (branch.last_bias != nullptr) return unexpected(*residual.norm, "a layer has two biases");
    branch.last_bias = residual.norm->skip_bias;
  }
  TRANSEPT_ASSIGN_OR_RETURN(const auto from, inputs_of(*branch.last, 0));
  if (is_one(from, Kind::linear) || is_one(from, Kind::multiply)) {
    TRANSEPT_RETURN_IF_ERROR(read_feed_forward(residual, from[0], branch));
  } else if (is_one(from, Kind::product)) {
    TRANSEPT_RETURN_IF_ERROR(read_attention(residual, *from[0].block, branch));
  } else {
    return unexpected(*branch.last, "expected attention or a feed-forward layer before it");
  }
  TRANSEPT_RETURN_IF_ERROR(check_norm(*branch.norm));
  return branch;
}

// From the last branch to the first; leaves what the first one reads.
Status StackWalker::read_branches(std::vector<Source>& current, std::size_t per_layer) {
  const std::size_t expected = stack_.layers * per_layer;
  std::vector<Branch>& branches = roles_.plan.branches;
  for (;;) {
    TRANSEPT_ASSIGN_OR_RETURN(auto residual, find_residual(current));
    if (!residual) break;
    if (branches.size() == expected) {
      return contradiction(*current[0].block, "the graph goes on where config.json's " +
                                                  std::to_string(stack_.layers) +
                                                  " layers of the " + name_ + " end");
    }
    TRANSEPT_ASSIGN_OR_RETURN(branches.emplace_back(), read_branch(*residual));
    current = std::move(residual->stream);
  }
  std::reverse(branches.begin(), branches.end());
  roles_.plan.per_layer = per_layer;
  if (branches.size() == expected) return Status();
  if (is_one(current, Kind::norm) && !stack_.embed_norm)
    return unexpected(*current[0].block, "expected a residual connection before this norm");
  return Status(Code::kCorrupt, blocks_.scope().model().file_name() + ": config.json says " +
                                    std::to_string(stack_.layers) + " layers in the " + name_ +
                                    ", the graph has " +
                                    std::to_string(branches.size() / per_layer));
}

// A norm that stands alone, which `current` then is in front of.
Status StackWalker::read_norm(std::vector<Source>& current, const std::string& group,
                              const Block*& norm) {
  if (!is_one(current, Kind::norm) || current[0].block->inputs.size() != 1) {
    return Status(
        Code::kUnsupported,
        blocks_.scope().model().file_name() + ": " + group + " is missing" +
            (current.empty() ? ""
                             : " behind node \"" + std::string(current[0].block->name) + "\""));
  }
  norm = current[0].block;
  TRANSEPT_RETURN_IF_ERROR(check_norm(*norm));
  TRANSEPT_RETURN_IF_ERROR(put_norm(group, *norm));
  TRANSEPT_ASSIGN_OR_RETURN(current, inputs_of(*norm, 0));
  return Status();
}

// Rows chosen by the tokens as they are, or by positions.
Status StackWalker::read_table(const Source& source) {
  const Block& block = *source.block;
  if (block.kind != Kind::embedding)
    return unexpected(block, "expected the embedding at the start of the " + name_);
  std::vector<Source> index;
  if (!block.inputs[0].empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(index, blocks_.sources(block.inputs[0]));
  }
  if (index.empty() || index[0].ops != 0) {
    if (roles_.plan.positions != nullptr) return unexpected(block, "a second table of positions");
    roles_.plan.positions = &block;
    roles_.position_table = block.weight;
    return Status();
  }
  TRANSEPT_RETURN_IF_ERROR(put(weight_of(groups_.embed), block.weight));
  roles_.plan.tokens = &block;
  if (std::isnan(source.scale) || close(source.scale, stack_.embed_scale)) return Status();
  return contradiction(block, "embeddings are scaled by " + number(source.scale) +
                                  ", but config.json asks for " + number(stack_.embed_scale));
}

Status StackWalker::check_tables() const {
  const std::string file = blocks_.scope().model().file_name();
  if (roles_.plan.tokens == nullptr) {
    return Status(Code::kUnsupported,
                  file + ": no embedding table is read at the start of the " + name_);
  }
  if (stack_.positions == Positions::none && roles_.plan.positions != nullptr)
    return contradiction(*roles_.plan.positions, "a table of positions, where none is expected");
  if (stack_.positions == Positions::learned && roles_.plan.positions == nullptr) {
    return Status(Code::kUnsupported,
                  file + ": the table of positions of the " + name_ + " is not read at its start");
  }
  if (stack_.relative && roles_.plan.relative == nullptr) {
    return Status(Code::kCorrupt, file + ": scores of the " + name_ +
                                      " lack the relative position bias of config.json");
  }
  return Status();
}

Status StackWalker::read_embedding(const std::vector<Source>& current) {
  std::vector<Source> parts = current;
  if (is_one(current, Kind::add)) {
    TRANSEPT_ASSIGN_OR_RETURN(parts, inputs_of(*current[0].block, 0));
    TRANSEPT_ASSIGN_OR_RETURN(const auto other, inputs_of(*current[0].block, 1));
    parts.insert(parts.end(), other.begin(), other.end());
  }
  for (const Source& part : parts) TRANSEPT_RETURN_IF_ERROR(read_table(part));
  TRANSEPT_RETURN_IF_ERROR(check_tables());
  if (stack_.positions != Positions::learned) return Status();
  return put(weight_of(groups_.positions), roles_.position_table);
}

Status StackWalker::put(const std::string& role, const TensorPtr& tensor) {
  if (roles_.tensors.emplace(role, tensor).second) return Status();
  return Status(Code::kUnsupported, tensor->origin + ": a second tensor for " + role);
}

Status StackWalker::put_shift(const std::string& group, bool expected, const TensorPtr& bias,
                              const Block& block) {
  if (!expected) {
    return bias == nullptr ? Status()
                           : contradiction(block, "it has a bias, where none is expected");
  }
  if (bias != nullptr) return put(bias_of(group), bias);
  roles_.notes.push_back(group + " has no bias in the graph; zeros are used");
  const Tensor& weight = *block.weight;
  return put(bias_of(group), zeros(block.kind == Kind::norm ? weight.cols : weight.rows));
}

Status StackWalker::put_linear(const std::string& group, const Block& block,
                               const TensorPtr& bias) {
  TRANSEPT_RETURN_IF_ERROR(put(weight_of(group), block.weight));
  return put_shift(group, stack_.biases, bias, block);
}

Status StackWalker::put_norm(const std::string& group, const Block& norm) {
  TRANSEPT_RETURN_IF_ERROR(put(weight_of(group), norm.weight));
  return put_shift(group, has_shift(stack_.norm), norm.bias, norm);
}

Status StackWalker::assign(const Branch& branch, const LayerGroups& groups) {
  if (branch.type == Branch::Type::ffn) {
    TRANSEPT_RETURN_IF_ERROR(put_linear(groups.ffn.in, *branch.first, branch.first->bias));
    if (branch.gate != nullptr)
      TRANSEPT_RETURN_IF_ERROR(put_linear(groups.ffn.gate, *branch.gate, branch.gate->bias));
    TRANSEPT_RETURN_IF_ERROR(put_linear(groups.ffn.out, *branch.last, branch.last_bias));
    return put_norm(groups.ffn.norm, *branch.norm);
  }
  const AttentionGroups& part = branch.type == Branch::Type::self ? groups.self : groups.cross;
  TRANSEPT_RETURN_IF_ERROR(put_linear(part.q, *branch.q, branch.q->bias));
  TRANSEPT_RETURN_IF_ERROR(put_linear(part.k, *branch.k, branch.k->bias));
  TRANSEPT_RETURN_IF_ERROR(put_linear(part.v, *branch.v, branch.v->bias));
  TRANSEPT_RETURN_IF_ERROR(put_linear(part.o, *branch.last, branch.last_bias));
  return put_norm(part.norm, *branch.norm);
}

Status StackWalker::assign(const StackPlan& plan) {
  for (std::size_t i = 0; i < plan.branches.size(); ++i) {
    const Branch& branch = plan.branches[i];
    const std::size_t place = i % plan.per_layer;
    const std::size_t layer = i / plan.per_layer;
    const auto expected = place == 0                    ? Branch::Type::self
                          : place == plan.per_layer - 1 ? Branch::Type::ffn
                                                        : Branch::Type::cross;
    if (branch.type != expected) {
      return unexpected(*branch.last, "the parts of layer " + std::to_string(layer) + " of the " +
                                          name_ + " are not in the expected order");
    }
    TRANSEPT_RETURN_IF_ERROR(assign(branch, groups_.layers[layer]));
  }
  return Status();
}

Status StackWalker::walk(const std::vector<Source>& output, bool has_cross) {
  TRANSEPT_RETURN_IF_ERROR(check_grammar());
  std::vector<Source> current = output;
  if (stack_.final_norm)
    TRANSEPT_RETURN_IF_ERROR(read_norm(current, groups_.norm, roles_.plan.final_norm));
  TRANSEPT_RETURN_IF_ERROR(read_branches(current, has_cross ? 3 : 2));
  if (stack_.embed_norm)
    TRANSEPT_RETURN_IF_ERROR(read_norm(current, groups_.embed_norm, roles_.plan.embed_norm));
  TRANSEPT_RETURN_IF_ERROR(read_embedding(current));
  return assign(roles_.plan);
}

}  // namespace transept::graph
