// What the matchers of onnx_blocks share: operators and inputs of a node by name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "model/formats/onnx/onnx_constants.h"

namespace transept::onnx {

inline bool is_op(const Node& node, std::string_view op) {
  return node.op_type == op && node.domain.empty();
}

inline bool is_microsoft(const Node& node, std::string_view op) {
  return node.op_type == op && node.domain == "com.microsoft";
}

// "" where the node has no such input.
inline std::string_view input(const Node& node, std::size_t i) {
  return i < node.inputs.size() ? node.inputs[i] : std::string_view();
}

}  // namespace transept::onnx
