// Layer norms: fused, with a residual sum, and decomposed.
#include "engine/base/try.h"
#include "model/formats/onnx/onnx_blocks.h"
#include "model/formats/onnx/onnx_match.h"

namespace transept::onnx {

Blocks::BlockResult Blocks::match_norm(const Node& node) {
  const bool skip = is_microsoft(node, "SkipLayerNormalization");
  if (!skip && !is_op(node, "LayerNormalization")) return match_decomposed_norm(node);
  const std::size_t first = skip ? 2 : 1;
  if (node.inputs.size() < first + 2) return unsupported(node, "expected scale and bias");
  TRANSEPT_ASSIGN_OR_RETURN(const auto gamma, find_constant(*scope_, node.inputs[first]));
  TRANSEPT_ASSIGN_OR_RETURN(const auto beta, find_constant(*scope_, node.inputs[first + 1]));
  if (!gamma || !beta) return unsupported(node, "expected constant scale and bias");
  Block& block = add(Block::Kind::norm, node);
  block.epsilon = node.float_attribute("epsilon", skip ? 1e-12f : 1e-5f);
  block.inputs.assign(node.inputs.begin(), node.inputs.begin() + (skip ? 2 : 1));
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, vector(*gamma));
  TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*beta));
  if (skip && !input(node, 4).empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto bias, find_constant(*scope_, node.inputs[4]));
    if (!bias) return unsupported(node, "expected a constant bias");
    TRANSEPT_ASSIGN_OR_RETURN(block.skip_bias, vector(*bias));
  }
  return &block;
}

// Add(Mul(Div(x - mean, Sqrt(ReduceMean(Pow(x - mean, 2)) + eps)), gamma), beta), operands of Add
// and Mul in either order, casts anywhere.
Blocks::BlockResult Blocks::match_decomposed_norm(const Node& node) {
  struct Operands {
    std::optional<Constant> constant;
    const Node* other = nullptr;
  };
  const auto split = [this](const Node& operation) -> Result<Operands> {
    Operands operands;
    if (operation.inputs.size() != 2) return operands;
    for (std::size_t i = 0; i < 2; ++i) {
      TRANSEPT_ASSIGN_OR_RETURN(auto constant, find_constant(*scope_, operation.inputs[i]));
      if (!constant || !constant->is_float() || constant->elements() < 2) continue;
      operands.constant = std::move(constant);
      operands.other = producer(operation.inputs[1 - i]);
      break;
    }
    return operands;
  };
  if (!is_op(node, "Add")) return nullptr;
  TRANSEPT_ASSIGN_OR_RETURN(const Operands shift, split(node));
  if (shift.other == nullptr || !is_op(*shift.other, "Mul")) return nullptr;
  TRANSEPT_ASSIGN_OR_RETURN(const Operands gain, split(*shift.other));
  if (gain.other == nullptr || !is_op(*gain.other, "Div") || gain.other->inputs.size() != 2)
    return nullptr;
  const Node* centred = producer(gain.other->inputs[0]);
  const Node* deviation = producer(gain.other->inputs[1]);
  if (centred == nullptr || !is_op(*centred, "Sub") || centred->inputs.size() != 2) return nullptr;
  const Node* mean = producer(centred->inputs[1]);
  if (mean == nullptr || !is_op(*mean, "ReduceMean")) return nullptr;
  if (deviation == nullptr || !is_op(*deviation, "Sqrt") || deviation->inputs.empty())
    return nullptr;
  const Node* stable = producer(deviation->inputs[0]);
  if (stable == nullptr || !is_op(*stable, "Add") || stable->inputs.size() != 2) return nullptr;
  std::optional<double> epsilon = find_scalar(*scope_, stable->inputs[1]);
  if (!epsilon) epsilon = find_scalar(*scope_, stable->inputs[0]);
  if (!epsilon) return nullptr;
  Block& block = add(Block::Kind::norm, node);
  block.epsilon = static_cast<float>(*epsilon);
  block.inputs = {centred->inputs[0]};
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, vector(*gain.constant));
  TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*shift.constant));
  return &block;
}

}  // namespace transept::onnx
