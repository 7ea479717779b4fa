// Embeddings: rows of tables, plain and quantised.
#include "engine/base/try.h"
#include "model/formats/onnx/onnx_blocks.h"
#include "model/formats/onnx/onnx_match.h"

namespace transept::onnx {

Blocks::BlockResult Blocks::match_embedding(const Node& node) {
  if (is_microsoft(node, "GatherBlockQuantized")) return match_block_gather(node);
  // A quantised table is scaled after the lookup.
  const bool dequantize = node.op_type == "DequantizeLinear" && node.inputs.size() >= 2;
  const Node* lookup = dequantize ? scope_->find(node.inputs[0]).node : &node;
  if (lookup == nullptr || (!is_op(*lookup, "Gather") && !is_op(*lookup, "Slice")) ||
      lookup->inputs.size() < 2) {
    return nullptr;
  }
  TRANSEPT_ASSIGN_OR_RETURN(auto table, find_constant(*scope_, lookup->inputs[0]));
  if (!table || table->dims.size() != 2) return nullptr;
  if (dequantize) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto scale, find_constant(*scope_, node.inputs[1]));
    if (!scale || scale->elements() != 1 || table->scale != nullptr) {
      return unsupported(node, "expected one constant scale for the table");
    }
    table->scale = scale->data;
    if (!input(node, 2).empty()) {
      TRANSEPT_ASSIGN_OR_RETURN(const auto zero, find_constant(*scope_, node.inputs[2]));
      if (!zero) return unsupported(node, "expected a constant zero point");
      table->zero = zero->data;
    }
  }
  if (!table->is_float()) return nullptr;
  if (is_op(*lookup, "Gather") && lookup->int_attribute("axis", 0) != 0)
    return unsupported(*lookup, "expected axis 0");
  Block& block = add(Block::Kind::embedding, *lookup);
  block.inputs = {is_op(*lookup, "Gather") ? lookup->inputs[1] : std::string_view()};
  block.weight_type = dequantize ? table->scale->type : table->type;
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, matrix(*table, RowsAre::first_dim));
  return &block;
}

// com.microsoft.GatherBlockQuantized: a table [vocab, width] with blocks along the width.
Blocks::BlockResult Blocks::match_block_gather(const Node& node) {
  if (node.inputs.size() < 3) return unsupported(node, "expected a table, indices and scales");
  TRANSEPT_ASSIGN_OR_RETURN(auto table, find_constant(*scope_, node.inputs[0]));
  TRANSEPT_ASSIGN_OR_RETURN(const auto scale, find_constant(*scope_, node.inputs[2]));
  const std::int64_t axis = node.int_attribute("quantize_axis", 1);
  if (!table || !scale || table->dims.size() != 2 || table->scale != nullptr ||
      (axis != 1 && axis != -1) || node.int_attribute("gather_axis", 0) != 0) {
    return unsupported(node, "expected a constant table quantised along its last dimension");
  }
  if (data_type_bits(table->data->type) == 8 && node.int_attribute("bits", 4) != 8) {
    return unsupported(node, "tables packed into bytes are not read");
  }
  table->scale = scale->data;
  table->axis = 1;
  table->block = node.int_attribute("block_size", 128);
  if (!input(node, 3).empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto zero, find_constant(*scope_, node.inputs[3]));
    if (!zero) return unsupported(node, "expected constant zero points");
    table->zero = zero->data;
  }
  Block& block = add(Block::Kind::embedding, node);
  block.inputs = {node.inputs[1]};
  block.weight_type = scale->data->type;
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, matrix(*table, RowsAre::first_dim));
  return &block;
}

}  // namespace transept::onnx
