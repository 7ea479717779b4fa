// Layers that compute the same: mostly a stack is one subgraph over and over, with other
// parameters. Where that is so, node for node and constant for constant, what a probe finds of the
// first layer holds for all.
#pragma once

#include <optional>
#include <string_view>

#include "model/formats/onnx/onnx_scope.h"
#include "model/graph/stack_plan.h"

namespace transept::graph {

// The value that the first layer of `plan` reads where every later one reads what the layer before
// it put out. Nothing when a layer does anything else with what it reads than the first, or when
// there is no other. `memory`: the value that cross-attention reads.
std::optional<std::string_view> repeated_input(const onnx::Scope& scope, const StackPlan& plan,
                                               bool pre_norm, std::string_view memory);

}  // namespace transept::graph
