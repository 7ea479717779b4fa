// Norms: fused, with a residual sum, and decomposed; with and without mean and shift.
#include <algorithm>
#include <array>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_blocks.h"
#include "model/formats/onnx/onnx_match.h"

namespace transept::onnx {
namespace {

// One operator; its inputs are x [, x that is added], scale [, shift] [, bias that is added].
struct FusedNorm {
  std::string_view op;
  bool standard;  // in the standard domain; onnxruntime puts some there that the standard lacks
  bool skip;      // adds two inputs
  bool centred;
  float epsilon;  // where the node names none
};

constexpr auto kFusedNorms = std::to_array<FusedNorm>({
    {"LayerNormalization", true, false, true, 1e-5f},
    {"RMSNormalization", true, false, false, 1e-5f},
    {"SimplifiedLayerNormalization", true, false, false, 1e-5f},
    {"SimplifiedLayerNormalization", false, false, false, 1e-5f},
    {"SkipLayerNormalization", false, true, true, 1e-12f},
    {"SkipSimplifiedLayerNormalization", false, true, false, 1e-12f},
});

}  // namespace

Blocks::BlockResult Blocks::match_norm(const Node& node) {
  const auto* form =
      std::find_if(kFusedNorms.begin(), kFusedNorms.end(), [&](const FusedNorm& known) {
        return known.standard ? is_op(node, known.op) : is_microsoft(node, known.op);
      });
  if (form == kFusedNorms.end()) return match_decomposed_norm(node);
  const std::size_t scale = form->skip ? 2 : 1;
  const std::size_t shift = scale + 1;
  const std::size_t skip_bias = form->centred ? shift + 1 : shift;
  if (node.inputs.size() <= scale) return unsupported(node, "expected a scale");
  Block& block = add(Block::Kind::norm, node);
  block.centred = form->centred;
  block.epsilon = node.float_attribute("epsilon", form->epsilon);
  block.inputs.assign(node.inputs.begin(), node.inputs.begin() + (form->skip ? 2 : 1));
  const auto read = [&](std::size_t i, TensorPtr& tensor) -> Status {
    if (input(node, i).empty()) return Status();
    TRANSEPT_ASSIGN_OR_RETURN(const auto constant, find_constant(*scope_, node.inputs[i]));
    if (!constant) return unsupported(node, "expected constant scale and bias");
    TRANSEPT_ASSIGN_OR_RETURN(tensor, vector(*constant));
    return Status();
  };
  TRANSEPT_RETURN_IF_ERROR(read(scale, block.weight));
  if (block.weight == nullptr) return unsupported(node, "expected a scale");
  if (form->centred) TRANSEPT_RETURN_IF_ERROR(read(shift, block.bias));
  if (form->skip) TRANSEPT_RETURN_IF_ERROR(read(skip_bias, block.skip_bias));
  return &block;
}

// A constant vector, and what it is added to or multiplied by; null where the node is another one.
struct Blocks::Split {
  std::optional<Constant> constant;
  const Node* other = nullptr;
};

Result<Blocks::Split> Blocks::split(const Node& node) const {
  Split found;
  if (node.inputs.size() != 2) return found;
  for (std::size_t i = 0; i < 2; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(auto constant, find_constant(*scope_, node.inputs[i]));
    if (!constant || !constant->is_float() || constant->elements() < 2) continue;
    found.constant = std::move(constant);
    found.other = producer(node.inputs[1 - i]);
    break;
  }
  return found;
}

// Sqrt(... + epsilon): the epsilon; none where `node` is something else.
std::optional<double> Blocks::epsilon_of(const Node* node) const {
  if (node == nullptr || !is_op(*node, "Sqrt") || node->inputs.empty()) return std::nullopt;
  const Node* stable = producer(node->inputs[0]);
  if (stable == nullptr || !is_op(*stable, "Add") || stable->inputs.size() != 2)
    return std::nullopt;
  const std::optional<double> epsilon = find_scalar(*scope_, stable->inputs[1]);
  return epsilon ? epsilon : find_scalar(*scope_, stable->inputs[0]);
}

// [Add(]Mul(Div(y, d), gamma)[, beta)], where d = Sqrt(ReduceMean(Pow(y, 2)) + eps) and y is x or
// x - ReduceMean(x); Mul(y, Div(1, d)) in place of Div(y, d). Operands of Add and Mul in either
// order, casts anywhere.
Blocks::BlockResult Blocks::match_decomposed_norm(const Node& node) {
  Split shift;
  const Node* scaled = &node;
  if (is_op(node, "Add")) {
    TRANSEPT_ASSIGN_OR_RETURN(shift, split(node));
    scaled = shift.other;
  }
  if (scaled == nullptr || !is_op(*scaled, "Mul")) return nullptr;
  TRANSEPT_ASSIGN_OR_RETURN(const Split gain, split(*scaled));
  const Node* quotient = gain.other;
  if (quotient == nullptr || quotient->inputs.size() != 2) return nullptr;
  std::string_view x;
  std::optional<double> epsilon;
  if (is_op(*quotient, "Div")) {
    x = quotient->inputs[0];
    epsilon = epsilon_of(producer(quotient->inputs[1]));
  } else if (is_op(*quotient, "Mul")) {
    for (std::size_t i = 0; i < 2 && !epsilon; ++i) {
      const Node* inverse = producer(quotient->inputs[i]);
      if (inverse == nullptr || !is_op(*inverse, "Div") || inverse->inputs.size() != 2) continue;
      x = quotient->inputs[1 - i];
      epsilon = epsilon_of(producer(inverse->inputs[1]));
    }
  }
  if (!epsilon) return nullptr;
  const Node* difference = producer(x);
  const bool centred =
      difference != nullptr && is_op(*difference, "Sub") && difference->inputs.size() == 2;
  Block& block = add(Block::Kind::norm, node);
  block.centred = centred;
  block.epsilon = static_cast<float>(*epsilon);
  block.inputs = {centred ? difference->inputs[0] : x};
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, vector(*gain.constant));
  if (shift.constant) {
    TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*shift.constant));
  }
  return &block;
}

}  // namespace transept::onnx
