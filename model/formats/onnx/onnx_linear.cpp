// Linear layers and products: MatMul, Gemm, and what quantisers make of them.
#include <algorithm>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_blocks.h"
#include "model/formats/onnx/onnx_match.h"

namespace transept::onnx {
namespace {

// One number for each column, wherever it is added.
bool is_row(const Constant& constant) {
  return !constant.dims.empty() &&
         constant.dims.back() == static_cast<std::int64_t>(constant.elements());
}

Status expect_attribute(const Blocks& blocks, const Node& node, std::string_view name,
                        std::int64_t expected) {
  if (node.int_attribute(name, expected) == expected) return Status();
  return blocks.unsupported(node, "expected " + std::string(name) + " " + std::to_string(expected));
}

}  // namespace

Blocks::BlockResult Blocks::match_linear(const Node& node) {
  if (is_op(node, "Add")) return match_biased(node);
  if (is_op(node, "MatMul") || is_op(node, "Gemm") || is_microsoft(node, "FusedMatMul")) {
    return match_matmul(node);
  }
  if (is_op(node, "Mul")) return match_integer_matmul(node);
  if (is_microsoft(node, "MatMulNBits")) return match_nbits(node);
  if (is_microsoft(node, "MatMulBnb4")) return match_bnb4(node);
  return nullptr;
}

// A linear layer without bias, plus a constant vector.
Blocks::BlockResult Blocks::match_biased(const Node& node) {
  if (node.inputs.size() != 2) return nullptr;
  for (std::size_t i = 0; i < 2; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto constant, find_constant(*scope_, node.inputs[i]));
    if (!constant || !constant->is_float()) continue;
    const Node* product = producer(node.inputs[1 - i]);
    if (product == nullptr || is_op(*product, "Add")) return nullptr;
    TRANSEPT_ASSIGN_OR_RETURN(const Block* linear, match_linear(*product));
    if (linear == nullptr || linear->kind != Block::Kind::linear || linear->bias != nullptr)
      return nullptr;
    if (constant->elements() != linear->weight->rows ||
        (!is_row(*constant) && constant->elements() != 1)) {
      return nullptr;
    }
    Block& block = blocks_.emplace_back(*linear);
    TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*constant));
    return &block;
  }
  return nullptr;
}

Blocks::BlockResult Blocks::match_matmul(const Node& node) {
  if (node.inputs.size() < 2) return unsupported(node, "expected two inputs");
  TRANSEPT_ASSIGN_OR_RETURN(const auto b, find_constant(*scope_, node.inputs[1]));
  const bool gemm = is_op(node, "Gemm");
  const bool swapped = node.int_attribute("transB", 0) != 0;
  const double alpha = node.float_attribute("alpha", 1.0f);
  if (!b) {
    if (gemm) return unsupported(node, "expected a constant matrix");
    Block& block = add(Block::Kind::product, node);
    block.inputs = {node.inputs[0], node.inputs[1]};
    block.scale = alpha;
    return &block;
  }
  TRANSEPT_RETURN_IF_ERROR(expect_attribute(*this, node, "transA", 0));
  TRANSEPT_RETURN_IF_ERROR(expect_attribute(*this, node, "transBatchB", 0));
  if (alpha != 1.0 || node.float_attribute("beta", 1.0f) != 1.0f) {
    return unsupported(node, "expected alpha and beta to be 1");
  }
  Block& block = add(Block::Kind::linear, node);
  block.inputs = {node.inputs[0]};
  TRANSEPT_ASSIGN_OR_RETURN(block.weight,
                            matrix(*b, swapped ? RowsAre::first_dim : RowsAre::last_dim));
  block.weight_type = b->type;
  if (gemm && !input(node, 2).empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto c, find_constant(*scope_, node.inputs[2]));
    if (!c || c->elements() != block.weight->rows)
      return unsupported(node, "expected a constant bias vector");
    TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*c));
  }
  return &block;
}

// Mul(Cast(MatMulInteger(a, B, za, zb)), Mul(sa, sb)), where a = DynamicQuantizeLinear(x). Between
// two activations B is dynamic, too.
Blocks::BlockResult Blocks::match_integer_matmul(const Node& node) {
  if (node.inputs.size() != 2) return nullptr;
  for (std::size_t i = 0; i < 2; ++i) {
    const Node* product = producer(node.inputs[i]);
    if (product == nullptr || !is_op(*product, "MatMulInteger") || product->inputs.size() < 2)
      continue;
    const Node* scales = producer(node.inputs[1 - i]);
    const Node* quantize = producer(product->inputs[0]);
    if (scales == nullptr || !is_op(*scales, "Mul") || scales->inputs.size() != 2 ||
        quantize == nullptr || !is_op(*quantize, "DynamicQuantizeLinear") ||
        quantize->inputs.empty()) {
      return unsupported(*product, "expected DynamicQuantizeLinear before and one scale after it");
    }
    const auto of_quantize = [&](std::string_view value, std::size_t output) {
      const Definition found = scope_->find(value);
      return found.node == quantize && found.output == output;
    };
    const std::size_t own = of_quantize(scales->inputs[0], 1) ? 1 : 0;
    const Node* cast = scope_->find(node.inputs[i]).node;
    if (!of_quantize(scales->inputs[1 - own], 1) || !of_quantize(product->inputs[0], 0) ||
        !of_quantize(input(*product, 2), 2) || !is_op(*cast, "Cast") ||
        cast->int_attribute("to", 0) != static_cast<std::int64_t>(DataType::f32) ||
        scope_->find(cast->inputs[0]).node != product) {
      return unsupported(*product,
                         "expected its input's own scale and zero point, and float32 of "
                         "what it makes");
    }
    TRANSEPT_ASSIGN_OR_RETURN(auto b, find_constant(*scope_, product->inputs[1]));
    if (!b) {
      const Node* other = producer(product->inputs[1]);
      if (other == nullptr || !is_op(*other, "DynamicQuantizeLinear") || other->inputs.empty()) {
        return unsupported(*product, "expected a constant matrix or DynamicQuantizeLinear");
      }
      Block& block = add(Block::Kind::product, *product);
      block.inputs = {quantize->inputs[0], other->inputs[0]};
      return &block;
    }
    TRANSEPT_ASSIGN_OR_RETURN(const auto scale, find_constant(*scope_, scales->inputs[own]));
    if (!scale || b->scale != nullptr)
      return unsupported(*product, "expected a constant scale of the matrix");
    b->scale = scale->data;
    b->axis = 1;  // one scale, or one for each output column
    if (!input(*product, 3).empty()) {
      TRANSEPT_ASSIGN_OR_RETURN(const auto zero, find_constant(*scope_, product->inputs[3]));
      if (!zero) return unsupported(*product, "expected a constant zero point of the matrix");
      b->zero = zero->data;
    }
    Block& block = add(Block::Kind::linear, *product);
    block.inputs = {quantize->inputs[0]};
    TRANSEPT_ASSIGN_OR_RETURN(block.weight, matrix(*b, RowsAre::last_dim));
    return &block;
  }
  return nullptr;
}

// Zero points of MatMulNBits: numbers, or packed like the matrix, each row of blocks padded to whole
// bytes.
Status Blocks::read_zeros(const Node& node, std::size_t bits, Tensor& tensor) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto zero, find_constant(*scope_, node.inputs[3]));
  if (!zero) return unsupported(node, "expected constant zero points");
  use(*zero);
  Quantization& q = tensor.quantization;
  if (zero->data->type != DataType::u8) {
    q.zero.clear();
    TRANSEPT_ASSIGN_OR_RETURN(q.zero_float, to_floats(*scope_, *zero->data));
    return Status();
  }
  const std::size_t blocks = tensor.stride / q.group;
  const std::size_t per_byte = 8 / bits;
  const std::size_t row_bytes = (blocks + per_byte - 1) / per_byte;
  if (zero->data->bytes.size() != row_bytes * tensor.rows)
    return unsupported(node, "zero points do not fit the matrix");
  q.zero.resize(blocks * tensor.rows);
  for (std::size_t i = 0; i < q.zero.size(); ++i) {
    const std::size_t block = i % blocks;
    const auto byte =
        std::to_integer<unsigned>(zero->data->bytes[i / blocks * row_bytes + block / per_byte]);
    const auto shift = static_cast<unsigned>(block % per_byte * bits);
    q.zero[i] = static_cast<std::int32_t>((byte >> shift) & ((1u << bits) - 1));
  }
  return Status();
}

// com.microsoft.MatMulNBits: B is [N, blocks, block_size * bits / 8], one row an output, low bits
// first.
Blocks::BlockResult Blocks::match_nbits(const Node& node) {
  if (node.inputs.size() < 3) return unsupported(node, "expected a matrix and its scales");
  TRANSEPT_ASSIGN_OR_RETURN(const auto b, find_constant(*scope_, node.inputs[1]));
  TRANSEPT_ASSIGN_OR_RETURN(const auto scale, find_constant(*scope_, node.inputs[2]));
  const std::int64_t bits = node.int_attribute("bits", 4);
  const std::int64_t cols = node.int_attribute("K", 0);
  const std::int64_t rows = node.int_attribute("N", 0);
  const std::int64_t group = node.int_attribute("block_size", 0);
  constexpr std::int64_t kMaxSide = std::int64_t{1} << 30;
  const bool sensible = (bits == 2 || bits == 4 || bits == 8) && cols > 0 && rows > 0 &&
                        cols < kMaxSide && rows < kMaxSide && group >= 16 && group < kMaxSide &&
                        (group & (group - 1)) == 0;
  if (!b || !scale || b->data->type != DataType::u8 || !sensible) {
    return unsupported(node, "expected constants and K, N, bits 2, 4 or 8 and a block size");
  }
  if (!input(node, 4).empty()) return unsupported(node, "reordered groups (g_idx) are not read");
  const auto blocks = static_cast<std::size_t>((cols - 1) / group + 1);
  auto tensor = std::make_shared<Tensor>();
  tensor->origin = origin_of(*scope_, *b->data);
  tensor->dtype = bits == 2 ? DType::u2 : bits == 4 ? DType::u4 : DType::u8;
  tensor->rows = static_cast<std::size_t>(rows);
  tensor->cols = static_cast<std::size_t>(cols);
  tensor->stride = blocks * static_cast<std::size_t>(group);
  tensor->bytes = b->data->bytes;
  tensor->owner = b->data->file;
  Quantization& q = tensor->quantization;
  q.kind = Quantization::Kind::blocked;
  q.group = static_cast<std::size_t>(group);
  TRANSEPT_ASSIGN_OR_RETURN(q.scale, to_floats(*scope_, *scale->data));
  q.zero = {1 << (bits - 1)};
  use(*b);
  use(*scale);
  if (!input(node, 3).empty())
    TRANSEPT_RETURN_IF_ERROR(read_zeros(node, static_cast<std::size_t>(bits), *tensor));
  TRANSEPT_RETURN_IF_ERROR(check_tensor(*tensor));
  Block& block = add(Block::Kind::linear, node);
  block.inputs = {node.inputs[0]};
  block.weight = std::move(tensor);
  if (!input(node, 5).empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto bias, find_constant(*scope_, node.inputs[5]));
    if (!bias) return unsupported(node, "expected a constant bias");
    TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*bias));
  }
  return &block;
}

// com.microsoft.MatMulBnb4: the transposed matrix [N, K], flat, high nibble first, one scale a
// block.
Blocks::BlockResult Blocks::match_bnb4(const Node& node) {
  if (node.inputs.size() < 3) return unsupported(node, "expected a matrix and its scales");
  TRANSEPT_ASSIGN_OR_RETURN(const auto b, find_constant(*scope_, node.inputs[1]));
  TRANSEPT_ASSIGN_OR_RETURN(const auto scale, find_constant(*scope_, node.inputs[2]));
  const std::int64_t cols = node.int_attribute("K", 0);
  const std::int64_t rows = node.int_attribute("N", 0);
  const std::int64_t group = node.int_attribute("block_size", 0);
  const std::int64_t book = node.int_attribute("quant_type", -1);
  if (!b || !scale || b->data->type != DataType::u8 || cols <= 0 || rows <= 0 || group <= 0 ||
      (book != 0 && book != 1) || node.int_attribute("transB", 1) != 1) {
    return unsupported(node, "expected constants and K, N, block_size and quant_type 0 or 1");
  }
  auto tensor = std::make_shared<Tensor>();
  tensor->origin = origin_of(*scope_, *b->data);
  tensor->dtype = book == 1 ? DType::nf4 : DType::fp4;
  tensor->rows = static_cast<std::size_t>(rows);
  tensor->cols = static_cast<std::size_t>(cols);
  tensor->bytes = b->data->bytes;
  tensor->owner = b->data->file;
  tensor->quantization.kind = Quantization::Kind::flat;
  tensor->quantization.group = static_cast<std::size_t>(group);
  TRANSEPT_ASSIGN_OR_RETURN(tensor->quantization.scale, to_floats(*scope_, *scale->data));
  TRANSEPT_RETURN_IF_ERROR(check_tensor(*tensor));
  use(*b);
  use(*scale);
  Block& block = add(Block::Kind::linear, node);
  block.inputs = {node.inputs[0]};
  block.weight = std::move(tensor);
  return &block;
}

}  // namespace transept::onnx
