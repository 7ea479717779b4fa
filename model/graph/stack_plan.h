// StackPlan: the blocks of a graph in the places that they have in a stack of layers.
#pragma once

#include <cstdint>
#include <vector>

#include "model/formats/onnx/onnx_blocks.h"

namespace transept::onnx {

// One residual branch of a layer: norm(x + last(...)).
struct Branch {
  enum class Type : std::uint8_t { self, cross, ffn } type = Type::ffn;
  const Block* norm = nullptr;
  const Block* last = nullptr;  // o, or ffn.out
  TensorPtr last_bias;
  const Block* first = nullptr;  // ffn.in
  const Block* q = nullptr;
  const Block* k = nullptr;
  const Block* v = nullptr;
  const Block* softmax = nullptr;
};

struct StackPlan {
  const Block* tokens = nullptr;     // embedding
  const Block* positions = nullptr;  // its table; null where the graph has none
  std::vector<Branch> branches;      // in the order in which they run
};

}  // namespace transept::onnx
