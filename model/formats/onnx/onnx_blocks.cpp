#include "model/formats/onnx/onnx_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_match.h"

namespace transept::onnx {
namespace {

// Operators between two blocks, one under another; masks are the longest chains, some sixty.
constexpr std::size_t kMaxDepth = 400;

// How an operator passes data on: from which inputs, and whether it changes values.
enum class Flow {
  none,   // its output tells of shapes or indices, not of values
  first,  // input 0; the others are shapes, axes, ...
  all,
};

struct Glue {
  std::string_view op;
  Flow flow;
  unsigned ops;  // of Op
};

constexpr unsigned bit(Op op) { return static_cast<unsigned>(op); }

// Every operator that is looked through. What is not in this table and no block is not understood.
constexpr auto kGlue = std::to_array<Glue>({
    {"Cast", Flow::first, 0},
    {"Identity", Flow::first, 0},
    {"Reshape", Flow::first, 0},
    {"Transpose", Flow::first, 0},
    {"Squeeze", Flow::first, 0},
    {"Unsqueeze", Flow::first, 0},
    {"Flatten", Flow::first, 0},
    {"Dropout", Flow::first, 0},
    {"Expand", Flow::first, 0},
    {"Tile", Flow::first, 0},
    {"Slice", Flow::first, 0},
    {"Gather", Flow::first, 0},
    {"Trilu", Flow::first, 0},
    {"Split", Flow::first, 0},
    {"QuantizeLinear", Flow::first, 0},
    {"DequantizeLinear", Flow::first, 0},
    {"DynamicQuantizeLinear", Flow::first, 0},
    {"Concat", Flow::all, 0},
    {"Add", Flow::all, 0},
    {"Sub", Flow::all, 0},
    {"Mul", Flow::all, 0},
    {"Div", Flow::all, 0},
    {"Where", Flow::all, 0},
    {"ScatterND", Flow::all, 0},
    {"Min", Flow::all, 0},
    {"Max", Flow::all, 0},
    {"Pow", Flow::all, bit(Op::other)},
    {"Sqrt", Flow::all, bit(Op::other)},
    {"Neg", Flow::all, bit(Op::other)},
    {"Sin", Flow::all, bit(Op::other)},
    {"Cos", Flow::all, bit(Op::other)},
    {"Abs", Flow::all, bit(Op::other)},
    {"Exp", Flow::all, bit(Op::other)},
    {"Log", Flow::all, bit(Op::other)},
    {"ReduceMean", Flow::first, bit(Op::other)},
    {"CumSum", Flow::first, bit(Op::other)},
    {"Mod", Flow::all, bit(Op::other)},
    {"Equal", Flow::all, bit(Op::other)},
    {"Greater", Flow::all, bit(Op::other)},
    {"GreaterOrEqual", Flow::all, bit(Op::other)},
    {"Less", Flow::all, bit(Op::other)},
    {"LessOrEqual", Flow::all, bit(Op::other)},
    {"And", Flow::all, bit(Op::other)},
    {"Or", Flow::all, bit(Op::other)},
    {"Not", Flow::all, bit(Op::other)},
    {"IsNaN", Flow::none, 0},
    {"Shape", Flow::none, 0},
    {"Size", Flow::none, 0},
    {"ConstantOfShape", Flow::none, 0},
    {"Range", Flow::none, 0},
    {"Constant", Flow::none, 0},
    {"Relu", Flow::first, bit(Op::relu)},
    {"Sigmoid", Flow::first, bit(Op::sigmoid)},
    {"Erf", Flow::first, bit(Op::erf)},
    {"Tanh", Flow::first, bit(Op::tanh)},
});

// Merges sources of two operands: the same block reached twice is one source.
void merge(std::vector<Source>& into, const std::vector<Source>& from) {
  for (const Source& source : from) {
    const auto same = std::find_if(
        into.begin(), into.end(), [&](const Source& other) { return other.block == source.block; });
    if (same == into.end()) {
      into.push_back(source);
    } else {
      same->ops |= source.ops;
      same->scale *= source.scale;
    }
  }
}

bool is_input(const Source& source) { return source.block->kind == Block::Kind::input; }

bool only_inputs(const std::vector<Source>& sources) {
  return std::all_of(sources.begin(), sources.end(), is_input);
}

// Whether every block that is no input is among those of `others`.
bool all_among(const std::vector<Source>& sources, const std::vector<Source>& others) {
  return std::all_of(sources.begin(), sources.end(), [&](const Source& source) {
    return is_input(source) || std::any_of(others.begin(), others.end(), [&](const Source& other) {
             return other.block == source.block;
           });
  });
}

}  // namespace

std::string Blocks::where(const Block& block) const {
  std::string text = scope_->model().file_name();
  if (block.node == nullptr) return text + ", input \"" + std::string(block.name) + "\"";
  return text + ", node \"" + std::string(block.name) + "\" (" + std::string(block.node->op_type) +
         ")";
}

Status Blocks::unsupported(const Node& node, const std::string& what) const {
  return Status(Code::kUnsupported, scope_->model().file_name() + ", node \"" +
                                        std::string(node.name) + "\" (" +
                                        std::string(node.op_type) + "): " + what);
}

Block& Blocks::add(Block::Kind kind, const Node& node) {
  Block& block = blocks_.emplace_back();
  block.kind = kind;
  block.node = &node;
  block.name = node.name;
  return block;
}

void Blocks::use(const Constant& constant) {
  used_.insert({constant.data, constant.scale, constant.zero});
}

Result<TensorPtr> Blocks::matrix(const Constant& constant, RowsAre rows) {
  use(constant);
  return to_matrix(*scope_, constant, rows);
}

Result<TensorPtr> Blocks::vector(const Constant& constant) {
  use(constant);
  return to_vector(*scope_, constant);
}

const Node* Blocks::producer(std::string_view value) const {
  for (std::size_t link = 0; link < kMaxDepth; ++link) {
    const Node* node = scope_->find(value).node;
    if (node == nullptr || (!is_op(*node, "Cast") && !is_op(*node, "Identity")) ||
        node->inputs.empty()) {
      return node;
    }
    value = node->inputs[0];
  }
  return nullptr;
}

Result<const Block*> Blocks::block_at(std::string_view value) {
  const auto known = block_of_.find(value);
  if (known != block_of_.end()) return known->second;
  const Definition found = scope_->find(value);
  Block* block = nullptr;
  if (found.input != nullptr) {
    Block& made = blocks_.emplace_back();
    made.kind = Block::Kind::input;
    made.name = found.input->name;
    made.input_type = found.input->type;
    block = &made;
  } else if (found.node != nullptr && found.output == 0) {
    TRANSEPT_ASSIGN_OR_RETURN(block, match(*found.node));
  }
  if (block != nullptr) block->output = value;
  block_of_.emplace(value, block);
  return block;
}

Blocks::BlockResult Blocks::match(const Node& node) {
  using Matcher = BlockResult (Blocks::*)(const Node&);
  for (const Matcher matcher : {&Blocks::match_norm, &Blocks::match_linear,
                                &Blocks::match_embedding, &Blocks::match_pair}) {
    TRANSEPT_ASSIGN_OR_RETURN(Block * block, (this->*matcher)(node));
    if (block != nullptr) return block;
  }
  if (is_op(node, "Softmax") && !node.inputs.empty()) {
    Block& block = add(Block::Kind::softmax, node);
    block.inputs = {node.inputs[0]};
    return &block;
  }
  return nullptr;
}

// What one layer made may meet itself again (x * sigmoid(x)) or inputs (masks); that is no block.
Blocks::BlockResult Blocks::match_pair(const Node& node) {
  const bool sum = is_op(node, "Add");
  if ((!sum && !is_op(node, "Mul")) || node.inputs.size() != 2) return nullptr;
  std::vector<Source> operands[2];
  for (std::size_t i = 0; i < 2; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(operands[i], sources(node.inputs[i]));
    if (only_inputs(operands[i])) return nullptr;
  }
  if (all_among(operands[0], operands[1]) && all_among(operands[1], operands[0])) return nullptr;
  Block& block = add(sum ? Block::Kind::add : Block::Kind::multiply, node);
  block.inputs = {node.inputs[0], node.inputs[1]};
  return &block;
}

Result<std::vector<Source>> Blocks::sources(std::string_view value) {
  const auto known = sources_of_.find(value);
  if (known != sources_of_.end()) return known->second;
  if (++depth_ > kMaxDepth) {
    return Status(Code::kUnsupported, scope_->model().file_name() + ": operators before \"" +
                                          std::string(value) +
                                          "\" are chained too deeply or in a circle");
  }
  auto found = compute_sources(value);
  --depth_;
  if (found.ok()) sources_of_.emplace(value, *found);
  return found;
}

Result<std::vector<Source>> Blocks::compute_sources(std::string_view value) {
  TRANSEPT_ASSIGN_OR_RETURN(const Block* block, block_at(value));
  if (block != nullptr) return std::vector<Source>{{block, 0, 1.0}};
  const Definition found = scope_->find(value);
  if (found.initializer != nullptr || value.empty()) return std::vector<Source>();
  if (found.node == nullptr) {
    return Status(Code::kCorrupt, scope_->model().file_name() + ": nothing defines value \"" +
                                      std::string(value) + "\"");
  }
  return through(*found.node);
}

Result<std::vector<Source>> Blocks::through(const Node& node) {
  const bool gelu = is_op(node, "Gelu") || is_microsoft(node, "Gelu");
  if (gelu || is_microsoft(node, "BiasGelu") || is_microsoft(node, "FastGelu"))
    return through_biased_gelu(node);
  if (is_microsoft(node, "QuickGelu") && !node.inputs.empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(auto found, sources(node.inputs[0]));
    const float alpha = node.float_attribute("alpha", 1.702f);
    for (Source& source : found) {
      source.ops |= bit(alpha == 1.0f                      ? Op::swish
                        : std::abs(alpha - 1.702f) < 1e-3f ? Op::quick_gelu
                                                           : Op::other);
    }
    return found;
  }
  const auto* glue = std::find_if(kGlue.begin(), kGlue.end(),
                                  [&](const Glue& entry) { return entry.op == node.op_type; });
  // onnxruntime has its own QuantizeLinear and DequantizeLinear for types that the standard ones
  // lacked.
  const bool known_domain = node.domain.empty() || is_microsoft(node, "QuantizeLinear") ||
                            is_microsoft(node, "DequantizeLinear");
  if (glue == kGlue.end() || !known_domain) {
    return unsupported(node, "this operator is not understood here");
  }
  std::vector<Source> merged;
  if (glue->flow == Flow::none) return merged;
  const std::size_t operands =
      glue->flow == Flow::first ? std::min<std::size_t>(1, node.inputs.size()) : node.inputs.size();
  for (std::size_t i = 0; i < operands; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto found, sources(node.inputs[i]));
    merge(merged, found);
  }
  for (Source& source : merged) source.ops |= glue->ops;

  const bool product = is_op(node, "Mul") || is_op(node, "Div");
  if (only_inputs(merged) || operands != 2 ||
      (!product && !is_op(node, "Add") && !is_op(node, "Sub"))) {
    return merged;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto constant, find_constant(*scope_, node.inputs[i]));
    // A constant vector or matrix here is a parameter that no block has claimed.
    if (constant && constant->is_float() && constant->elements() > 1) {
      return unsupported(node, "tensor \"" + std::string(constant->data->name) +
                                   "\" is no bias, scale or weight of a known layer");
    }
    if (!product) continue;
    if (const auto factor = find_scalar(*scope_, node.inputs[i])) {
      for (Source& source : merged) source.scale *= is_op(node, "Mul") ? *factor : 1.0 / *factor;
    } else {
      TRANSEPT_ASSIGN_OR_RETURN(const auto operand, sources(node.inputs[i]));
      // A factor made of shapes: known only when the graph runs.
      if (operand.empty()) {
        for (Source& source : merged) source.scale = std::numeric_limits<double>::quiet_NaN();
      }
    }
  }
  return merged;
}

// Gelu, and its fused forms that add the bias of the linear layer before.
Result<std::vector<Source>> Blocks::through_biased_gelu(const Node& node) {
  if (node.inputs.empty()) return unsupported(node, "expected an input");
  TRANSEPT_ASSIGN_OR_RETURN(auto found, sources(node.inputs[0]));
  const Attribute* approximate = node.attribute("approximate");
  const bool by_tanh =
      node.op_type == "FastGelu" || (approximate != nullptr && approximate->s == "tanh");
  for (Source& source : found) source.ops |= bit(by_tanh ? Op::gelu_tanh : Op::gelu);
  if (input(node, 1).empty()) return found;
  TRANSEPT_ASSIGN_OR_RETURN(const auto bias, find_constant(*scope_, node.inputs[1]));
  if (!bias || found.size() != 1 || found[0].block->kind != Block::Kind::linear ||
      found[0].block->bias != nullptr) {
    return unsupported(node, "expected the bias of a linear layer");
  }
  Block& block = blocks_.emplace_back(*found[0].block);
  TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*bias));
  block.late_bias = true;
  found[0].block = &block;
  return found;
}

}  // namespace transept::onnx
