#include "model/formats/onnx/onnx_scope.h"

#include <string>

namespace transept::onnx {

Result<Scope> Scope::build(const Model& model, const Graph& graph, const Scope* outer) {
  Scope scope;
  scope.model_ = &model;
  scope.graph_ = &graph;
  scope.outer_ = outer;
  scope.definitions_.reserve(graph.nodes.size() + graph.initializers.size() + graph.inputs.size());
  for (const TensorData& tensor : graph.initializers) {
    scope.definitions_.insert({tensor.name, {.initializer = &tensor}});
  }
  // Old files list initializers as inputs too; the initializer is what counts.
  for (const ValueInfo& input : graph.inputs)
    scope.definitions_.insert({input.name, {.input = &input}});
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      if (!scope.definitions_.insert({node.outputs[i], {.node = &node, .output = i}}).second) {
        return Status(Code::kCorrupt, model.file_name() + ": value \"" +
                                          std::string(node.outputs[i]) + "\" is defined twice");
      }
    }
  }
  return scope;
}

Definition Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    const auto found = scope->definitions_.find(name);
    if (found != scope->definitions_.end()) return found->second;
  }
  return {};
}

}  // namespace transept::onnx
