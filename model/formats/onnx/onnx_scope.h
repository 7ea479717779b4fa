// Scope: who defines a value name in a graph, looked up in the graph itself and then in those
// around it.
//
// Keeps views into a Model, which must outlive it. Immutable once built.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>

#include "model/formats/onnx/onnx_model.h"

namespace transept::onnx {

// What a name stands for: exactly one of the three pointers is set, or none when nothing defines
// it.
struct Definition {
  const Node* node = nullptr;  // output `output` of a node
  std::size_t output = 0;
  const TensorData* initializer = nullptr;
  const ValueInfo* input = nullptr;  // a graph input without an initializer
};

class Scope {
 public:
  // Errors: kCorrupt when two nodes define one name. `outer` (may be null) must outlive the scope.
  static Result<Scope> build(const Model& model, const Graph& graph, const Scope* outer);

  Definition find(std::string_view name) const;
  const Graph& graph() const { return *graph_; }
  const Model& model() const { return *model_; }

 private:
  const Model* model_ = nullptr;
  const Graph* graph_ = nullptr;
  const Scope* outer_ = nullptr;
  std::unordered_map<std::string_view, Definition> definitions_;
};

}  // namespace transept::onnx
