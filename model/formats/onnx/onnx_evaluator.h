// Evaluator: what a graph computes from a few given values.
//
// Values are bound to names (inputs, or outputs of nodes, whose own inputs are then not asked for);
// everything else follows by running nodes, each once. Meant for the stretches between the layers
// of a network, whose outputs are bound, not for the layers themselves.
// Not thread-safe; used while a model opens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/formats/onnx/onnx_scope.h"
#include "model/formats/onnx/onnx_value.h"

namespace transept::onnx {

class Evaluator {
 public:
  // `scope` must outlive it.
  explicit Evaluator(const Scope& scope);

  void bind(std::string_view name, ValuePtr value) { values_[name] = {std::move(value), true}; }
  void bind(std::string_view name, Value value) {
    bind(name, std::make_shared<const Value>(std::move(value)));
  }
  bool bound(std::string_view name) const {
    const auto found = values_.find(name);
    return found != values_.end() && found->second.bound;
  }
  // Large values are computed again when next asked for, so that the layers of a network take no
  // more memory than one of them.
  void forget_large();

  // Errors: kUnsupported naming file and node (an operator or operands that are not understood, an
  // input to which nothing is bound, more work than any transformer takes), kCorrupt (a name that
  // nothing defines).
  Result<ValuePtr> evaluate(std::string_view name);

  // Whether a constant of half precision took part so far: results are then exact to 3 digits only.
  bool half_precision() const { return half_precision_; }

 private:
  struct Known {
    ValuePtr value;
    bool bound = false;  // else computed
  };

  Result<ValuePtr> run(const Node& node, std::size_t output);
  Outputs outputs_of(const Node& node, Operator compute);
  Operator operator_of(const Node& node);
  void keep(std::string_view name, const ValuePtr& value);
  Result<ValuePtr> constant(const TensorData& data);
  Result<ValuePtr> constant(const Node& node);
  Result<ValuePtr> operand(const Node& node, std::size_t i);
  Status unsupported(const Node& node, const std::string& what) const;

  const Scope* scope_;
  std::int64_t opset_ = 0;
  std::unordered_map<std::string_view, Operator> operators_[2];  // standard, com.microsoft
  std::unordered_map<std::string_view, Known> values_;
  std::vector<std::string_view> large_;  // names of computed ones
  std::size_t depth_ = 0;
  std::size_t work_ = 0;  // numbers read and computed
  bool half_precision_ = false;
};

}  // namespace transept::onnx
