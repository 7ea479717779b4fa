#include "model/formats/onnx/onnx_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/base/try.h"

namespace transept::onnx {
namespace {

// Operators between two blocks, one under another; masks are the longest chains, some sixty.
constexpr std::size_t kMaxDepth = 400;

constexpr std::string_view kMicrosoft = "com.microsoft";

// How an operator passes data on: from which inputs, and whether it changes values.
enum class Flow {
  none,   // its output tells of shapes or indices, not of values
  first,  // input 0; the others are shapes, axes, ...
  all,
};

struct Glue {
  std::string_view op;
  Flow flow;
  unsigned ops;  // of Op
};

constexpr unsigned bit(Op op) { return static_cast<unsigned>(op); }

// Every operator that is looked through. What is not in this table and no block is not understood.
constexpr auto kGlue = std::to_array<Glue>({
    {"Cast", Flow::first, 0},
    {"Identity", Flow::first, 0},
    {"Reshape", Flow::first, 0},
    {"Transpose", Flow::first, 0},
    {"Squeeze", Flow::first, 0},
    {"Unsqueeze", Flow::first, 0},
    {"Flatten", Flow::first, 0},
    {"Dropout", Flow::first, 0},
    {"Expand", Flow::first, 0},
    {"Tile", Flow::first, 0},
    {"Slice", Flow::first, 0},
    {"Gather", Flow::first, 0},
    {"Trilu", Flow::first, 0},
    {"Split", Flow::first, 0},
    {"QuantizeLinear", Flow::first, 0},
    {"DequantizeLinear", Flow::first, 0},
    {"DynamicQuantizeLinear", Flow::first, 0},
    {"Concat", Flow::all, 0},
    {"Add", Flow::all, 0},
    {"Sub", Flow::all, 0},
    {"Mul", Flow::all, 0},
    {"Div", Flow::all, 0},
    {"Where", Flow::all, 0},
    {"ScatterND", Flow::all, 0},
    {"Min", Flow::all, 0},
    {"Max", Flow::all, 0},
    {"Pow", Flow::all, bit(Op::other)},
    {"Sqrt", Flow::all, bit(Op::other)},
    {"Neg", Flow::all, bit(Op::other)},
    {"Abs", Flow::all, bit(Op::other)},
    {"Exp", Flow::all, bit(Op::other)},
    {"Log", Flow::all, bit(Op::other)},
    {"ReduceMean", Flow::first, bit(Op::other)},
    {"CumSum", Flow::first, bit(Op::other)},
    {"Mod", Flow::all, bit(Op::other)},
    {"Equal", Flow::all, bit(Op::other)},
    {"Greater", Flow::all, bit(Op::other)},
    {"GreaterOrEqual", Flow::all, bit(Op::other)},
    {"Less", Flow::all, bit(Op::other)},
    {"LessOrEqual", Flow::all, bit(Op::other)},
    {"And", Flow::all, bit(Op::other)},
    {"Or", Flow::all, bit(Op::other)},
    {"Not", Flow::all, bit(Op::other)},
    {"IsNaN", Flow::none, 0},
    {"Shape", Flow::none, 0},
    {"Size", Flow::none, 0},
    {"ConstantOfShape", Flow::none, 0},
    {"Range", Flow::none, 0},
    {"Constant", Flow::none, 0},
    {"Relu", Flow::first, bit(Op::relu)},
    {"Sigmoid", Flow::first, bit(Op::sigmoid)},
    {"Erf", Flow::first, bit(Op::erf)},
    {"Tanh", Flow::first, bit(Op::tanh)},
});

bool is_op(const Node& node, std::string_view op) {
  return node.op_type == op && node.domain.empty();
}
bool is_microsoft(const Node& node, std::string_view op) {
  return node.op_type == op && node.domain == kMicrosoft;
}

std::string_view input(const Node& node, std::size_t i) {
  return i < node.inputs.size() ? node.inputs[i] : std::string_view();
}

// Merges sources of two operands: the same block reached twice is one source.
void merge(std::vector<Source>& into, const std::vector<Source>& from) {
  for (const Source& source : from) {
    const auto same = std::find_if(
        into.begin(), into.end(), [&](const Source& other) { return other.block == source.block; });
    if (same == into.end()) {
      into.push_back(source);
    } else {
      same->ops |= source.ops;
      same->scale *= source.scale;
    }
  }
}

bool is_vector(const Constant& constant) {
  return std::count_if(constant.dims.begin(), constant.dims.end(),
                       [](auto dim) { return dim != 1; }) == 1;
}

bool only_inputs(const std::vector<Source>& sources) {
  return std::all_of(sources.begin(), sources.end(),
                     [](const Source& source) { return source.block->kind == Block::Kind::input; });
}

Status expect_attribute(const Blocks& blocks, const Node& node, std::string_view name,
                        std::int64_t expected) {
  if (node.int_attribute(name, expected) == expected) return Status();
  return blocks.unsupported(node, "expected " + std::string(name) + " " + std::to_string(expected));
}

}  // namespace

std::string Blocks::where(const Block& block) const {
  std::string text = scope_->model().file_name();
  if (block.node == nullptr) return text + ", input \"" + std::string(block.name) + "\"";
  return text + ", node \"" + std::string(block.name) + "\" (" + std::string(block.node->op_type) +
         ")";
}

Status Blocks::unsupported(const Node& node, const std::string& what) const {
  return Status(Code::kUnsupported, scope_->model().file_name() + ", node \"" +
                                        std::string(node.name) + "\" (" +
                                        std::string(node.op_type) + "): " + what);
}

Block& Blocks::add(Block::Kind kind, const Node& node) {
  Block& block = blocks_.emplace_back();
  block.kind = kind;
  block.node = &node;
  block.name = node.name;
  return block;
}

void Blocks::use(const Constant& constant) {
  used_.insert({constant.data, constant.scale, constant.zero});
}

Result<TensorPtr> Blocks::matrix(const Constant& constant, RowsAre rows) {
  use(constant);
  return to_matrix(*scope_, constant, rows);
}

Result<TensorPtr> Blocks::vector(const Constant& constant) {
  use(constant);
  return to_vector(*scope_, constant);
}

const Node* Blocks::producer(std::string_view value) const {
  for (std::size_t link = 0; link < kMaxDepth; ++link) {
    const Node* node = scope_->find(value).node;
    if (node == nullptr || (!is_op(*node, "Cast") && !is_op(*node, "Identity")) ||
        node->inputs.empty()) {
      return node;
    }
    value = node->inputs[0];
  }
  return nullptr;
}

Blocks::BlockResult Blocks::block_at(std::string_view value) {
  const auto known = block_of_.find(value);
  if (known != block_of_.end()) return known->second;
  const Definition found = scope_->find(value);
  const Block* block = nullptr;
  if (found.input != nullptr) {
    Block& made = blocks_.emplace_back();
    made.kind = Block::Kind::input;
    made.name = found.input->name;
    made.input_type = found.input->type;
    block = &made;
  } else if (found.node != nullptr && found.output == 0) {
    TRANSEPT_ASSIGN_OR_RETURN(block, match(*found.node));
  }
  block_of_.emplace(value, block);
  return block;
}

Blocks::BlockResult Blocks::match(const Node& node) {
  using Matcher = BlockResult (Blocks::*)(const Node&);
  for (const Matcher matcher :
       {&Blocks::match_norm, &Blocks::match_linear, &Blocks::match_embedding}) {
    TRANSEPT_ASSIGN_OR_RETURN(const Block* block, (this->*matcher)(node));
    if (block != nullptr) return block;
  }
  if (is_op(node, "Softmax") && !node.inputs.empty()) {
    Block& block = add(Block::Kind::softmax, node);
    block.inputs = {node.inputs[0]};
    return &block;
  }
  return nullptr;
}

Blocks::BlockResult Blocks::match_norm(const Node& node) {
  const bool skip = is_microsoft(node, "SkipLayerNormalization");
  if (!skip && !is_op(node, "LayerNormalization")) return match_decomposed_norm(node);
  const std::size_t first = skip ? 2 : 1;
  if (node.inputs.size() < first + 2) return unsupported(node, "expected scale and bias");
  TRANSEPT_ASSIGN_OR_RETURN(const auto gamma, find_constant(*scope_, node.inputs[first]));
  TRANSEPT_ASSIGN_OR_RETURN(const auto beta, find_constant(*scope_, node.inputs[first + 1]));
  if (!gamma || !beta) return unsupported(node, "expected constant scale and bias");
  Block& block = add(Block::Kind::norm, node);
  block.epsilon = node.float_attribute("epsilon", skip ? 1e-12f : 1e-5f);
  block.inputs.assign(node.inputs.begin(), node.inputs.begin() + (skip ? 2 : 1));
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, vector(*gamma));
  TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*beta));
  if (skip && !input(node, 4).empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto bias, find_constant(*scope_, node.inputs[4]));
    if (!bias) return unsupported(node, "expected a constant bias");
    TRANSEPT_ASSIGN_OR_RETURN(block.skip_bias, vector(*bias));
  }
  return &block;
}

// Add(Mul(Div(x - mean, Sqrt(ReduceMean(Pow(x - mean, 2)) + eps)), gamma), beta), operands of Add
// and Mul in either order, casts anywhere.
Blocks::BlockResult Blocks::match_decomposed_norm(const Node& node) {
  struct Operands {
    std::optional<Constant> constant;
    const Node* other = nullptr;
  };
  const auto split = [this](const Node& operation) -> Result<Operands> {
    Operands operands;
    if (operation.inputs.size() != 2) return operands;
    for (std::size_t i = 0; i < 2; ++i) {
      TRANSEPT_ASSIGN_OR_RETURN(auto constant, find_constant(*scope_, operation.inputs[i]));
      if (!constant || !constant->is_float() || constant->elements() < 2) continue;
      operands.constant = std::move(constant);
      operands.other = producer(operation.inputs[1 - i]);
      break;
    }
    return operands;
  };
  if (!is_op(node, "Add")) return nullptr;
  TRANSEPT_ASSIGN_OR_RETURN(const Operands shift, split(node));
  if (shift.other == nullptr || !is_op(*shift.other, "Mul")) return nullptr;
  TRANSEPT_ASSIGN_OR_RETURN(const Operands gain, split(*shift.other));
  if (gain.other == nullptr || !is_op(*gain.other, "Div") || gain.other->inputs.size() != 2)
    return nullptr;
  const Node* centred = producer(gain.other->inputs[0]);
  const Node* deviation = producer(gain.other->inputs[1]);
  if (centred == nullptr || !is_op(*centred, "Sub") || centred->inputs.size() != 2) return nullptr;
  const Node* mean = producer(centred->inputs[1]);
  if (mean == nullptr || !is_op(*mean, "ReduceMean")) return nullptr;
  if (deviation == nullptr || !is_op(*deviation, "Sqrt") || deviation->inputs.empty())
    return nullptr;
  const Node* stable = producer(deviation->inputs[0]);
  if (stable == nullptr || !is_op(*stable, "Add") || stable->inputs.size() != 2) return nullptr;
  std::optional<double> epsilon = find_scalar(*scope_, stable->inputs[1]);
  if (!epsilon) epsilon = find_scalar(*scope_, stable->inputs[0]);
  if (!epsilon) return nullptr;
  Block& block = add(Block::Kind::norm, node);
  block.epsilon = static_cast<float>(*epsilon);
  block.inputs = {centred->inputs[0]};
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, vector(*gain.constant));
  TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*shift.constant));
  return &block;
}

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
        (!is_vector(*constant) && constant->elements() != 1)) {
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
    const std::size_t own =
        scales->inputs[0] ==
                (quantize->outputs.size() > 1 ? quantize->outputs[1] : std::string_view())
            ? 1
            : 0;
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
  if (!input(node, 3).empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto zero, find_constant(*scope_, node.inputs[3]));
    if (!zero) return unsupported(node, "expected constant zero points");
    use(*zero);
    if (zero->data->type != DataType::u8) {
      q.zero.clear();
      TRANSEPT_ASSIGN_OR_RETURN(q.zero_float, to_floats(*scope_, *zero->data));
    } else {
      // Packed like the matrix: each row of blocks padded to whole bytes.
      const auto per_byte = static_cast<std::size_t>(8 / bits);
      const std::size_t row_bytes = (blocks + per_byte - 1) / per_byte;
      if (zero->data->bytes.size() != row_bytes * tensor->rows) {
        return unsupported(node, "zero points do not fit the matrix");
      }
      q.zero.resize(blocks * tensor->rows);
      for (std::size_t i = 0; i < q.zero.size(); ++i) {
        const std::size_t block = i % blocks;
        const auto byte =
            std::to_integer<unsigned>(zero->data->bytes[i / blocks * row_bytes + block / per_byte]);
        const auto shift = static_cast<unsigned>(block % per_byte * static_cast<std::size_t>(bits));
        q.zero[i] = static_cast<std::int32_t>((byte >> shift) & ((1u << bits) - 1));
      }
    }
  }
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
  if (is_op(*lookup, "Gather"))
    TRANSEPT_RETURN_IF_ERROR(expect_attribute(*this, *lookup, "axis", 0));
  Block& block = add(Block::Kind::embedding, *lookup);
  block.inputs = {is_op(*lookup, "Gather") ? lookup->inputs[1] : std::string_view()};
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
  TRANSEPT_ASSIGN_OR_RETURN(block.weight, matrix(*table, RowsAre::first_dim));
  return &block;
}

Result<std::vector<Source>> Blocks::sources(std::string_view value) {
  const auto known = sources_of_.find(value);
  if (known != sources_of_.end()) return known->second;
  if (++depth_ > kMaxDepth) {
    return Status(Code::kUnsupported, scope_->model().file_name() + ": operators before \"" +
                                          std::string(value) +
                                          "\" are chained too deeply or in a circle");
  }
  auto found = compute_sources(value);
  --depth_;
  if (found.ok()) sources_of_.emplace(value, *found);
  return found;
}

Result<std::vector<Source>> Blocks::compute_sources(std::string_view value) {
  TRANSEPT_ASSIGN_OR_RETURN(const Block* block, block_at(value));
  if (block != nullptr) return std::vector<Source>{{block, 0, 1.0}};
  const Definition found = scope_->find(value);
  if (found.initializer != nullptr || value.empty()) return std::vector<Source>();
  if (found.node == nullptr) {
    return Status(Code::kCorrupt, scope_->model().file_name() + ": nothing defines value \"" +
                                      std::string(value) + "\"");
  }
  return through(*found.node);
}

Result<std::vector<Source>> Blocks::through(const Node& node) {
  const bool gelu = node.op_type == "Gelu" && (node.domain.empty() || node.domain == kMicrosoft);
  if (gelu || is_microsoft(node, "BiasGelu") || is_microsoft(node, "FastGelu"))
    return through_biased_gelu(node);
  if (is_microsoft(node, "QuickGelu") && !node.inputs.empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(auto found, sources(node.inputs[0]));
    const float alpha = node.float_attribute("alpha", 1.702f);
    for (Source& source : found) {
      source.ops |= bit(alpha == 1.0f                      ? Op::swish
                        : std::abs(alpha - 1.702f) < 1e-3f ? Op::quick_gelu
                                                           : Op::other);
    }
    return found;
  }
  const auto* glue = std::find_if(kGlue.begin(), kGlue.end(),
                                  [&](const Glue& entry) { return entry.op == node.op_type; });
  // onnxruntime has its own QuantizeLinear and DequantizeLinear for types that the standard ones
  // lacked.
  const bool known_domain = node.domain.empty() || is_microsoft(node, "QuantizeLinear") ||
                            is_microsoft(node, "DequantizeLinear");
  if (glue == kGlue.end() || !known_domain) {
    return unsupported(node, "this operator is not understood here");
  }
  std::vector<Source> merged;
  if (glue->flow == Flow::none) return merged;
  const std::size_t operands =
      glue->flow == Flow::first ? std::min<std::size_t>(1, node.inputs.size()) : node.inputs.size();
  for (std::size_t i = 0; i < operands; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto found, sources(node.inputs[i]));
    merge(merged, found);
  }
  for (Source& source : merged) source.ops |= glue->ops;

  const bool product = is_op(node, "Mul") || is_op(node, "Div");
  if (only_inputs(merged) || operands != 2 ||
      (!product && !is_op(node, "Add") && !is_op(node, "Sub"))) {
    return merged;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto constant, find_constant(*scope_, node.inputs[i]));
    // A constant vector or matrix here is a parameter that no block has claimed.
    if (constant && constant->is_float() && constant->elements() > 1) {
      return unsupported(node, "tensor \"" + std::string(constant->data->name) +
                                   "\" is no bias, scale or weight of a known layer");
    }
    if (!product) continue;
    if (const auto factor = find_scalar(*scope_, node.inputs[i])) {
      for (Source& source : merged) source.scale *= is_op(node, "Mul") ? *factor : 1.0 / *factor;
    } else {
      TRANSEPT_ASSIGN_OR_RETURN(const auto operand, sources(node.inputs[i]));
      // A factor made of shapes: known only when the graph runs.
      if (operand.empty()) {
        for (Source& source : merged) source.scale = std::numeric_limits<double>::quiet_NaN();
      }
    }
  }
  return merged;
}

// Gelu, and its fused forms that add the bias of the linear layer before.
Result<std::vector<Source>> Blocks::through_biased_gelu(const Node& node) {
  if (node.inputs.empty()) return unsupported(node, "expected an input");
  TRANSEPT_ASSIGN_OR_RETURN(auto found, sources(node.inputs[0]));
  const Attribute* approximate = node.attribute("approximate");
  const bool by_tanh =
      node.op_type == "FastGelu" || (approximate != nullptr && approximate->s == "tanh");
  for (Source& source : found) source.ops |= bit(by_tanh ? Op::gelu_tanh : Op::gelu);
  if (input(node, 1).empty()) return found;
  TRANSEPT_ASSIGN_OR_RETURN(const auto bias, find_constant(*scope_, node.inputs[1]));
  if (!bias || found.size() != 1 || found[0].block->kind != Block::Kind::linear ||
      found[0].block->bias != nullptr) {
    return unsupported(node, "expected the bias of a linear layer");
  }
  Block& block = blocks_.emplace_back(*found[0].block);
  TRANSEPT_ASSIGN_OR_RETURN(block.bias, vector(*bias));
  found[0].block = &block;
  return found;
}

}  // namespace transept::onnx
