// StackPlan: the blocks of a graph in the places that they have in a stack of layers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/formats/onnx/onnx_blocks.h"

namespace transept::graph {

using onnx::Block;
using onnx::Blocks;
using onnx::Source;
using onnx::TensorPtr;

// One residual branch of a layer: norm(x + last(...)), or x + last(... norm(x)).
struct Branch {
  enum class Type : std::uint8_t { self, cross, ffn } type = Type::ffn;
  const Block* norm = nullptr;
  const Block* sum = nullptr;   // x + last(...); null where a fused norm adds
  const Block* last = nullptr;  // o, or ffn.out
  TensorPtr last_bias;
  const Block* first = nullptr;  // ffn.in
  const Block* gate = nullptr;   // ffn.gate; may be null
  const Block* q = nullptr;
  const Block* k = nullptr;
  const Block* v = nullptr;
  const Block* softmax = nullptr;

  // Where it ends, what the next one reads.
  const Block& end(bool pre_norm) const { return pre_norm ? *sum : *norm; }
};

struct StackPlan {
  const Block* tokens = nullptr;      // embedding
  const Block* positions = nullptr;   // its table; null where the graph has none
  const Block* embed_norm = nullptr;  // may be null, as the next two
  const Block* relative = nullptr;    // the table of biases on scores
  const Block* final_norm = nullptr;
  std::vector<Branch> branches;  // in the order in which they run
  std::size_t per_layer = 0;     // of them
};

}  // namespace transept::graph
