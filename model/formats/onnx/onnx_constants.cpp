#include "model/formats/onnx/onnx_constants.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/base/try.h"

namespace transept::onnx {
namespace {

// Links between a constant and its consumer; exporters make three or four.
constexpr int kMaxChain = 32;
constexpr std::size_t kMaxScalarDepth = 16;

bool is_float_type(DataType type) {
  return type == DataType::f32 || type == DataType::f16 || type == DataType::bf16 ||
         type == DataType::f64;
}

// Bits of the significand: a cast to a type with fewer of them changes values.
int precision(DataType type) {
  switch (type) {
    case DataType::f64: return 53;
    case DataType::f32: return 24;
    case DataType::f16: return 11;
    case DataType::bf16: return 8;
    default: return 0;
  }
}

bool is_swap(const Node& transpose) {
  const Attribute* perm = transpose.attribute("perm");
  return perm == nullptr || perm->ints == std::vector<std::int64_t>{1, 0};
}

std::vector<std::int64_t> without_ones(const std::vector<std::int64_t>& dims) {
  std::vector<std::int64_t> kept;
  std::copy_if(dims.begin(), dims.end(), std::back_inserter(kept),
               [](std::int64_t dim) { return dim != 1; });
  return kept;
}

// Where the dimension that `axis` names in `from` is in `to`, which differs from it in ones only.
std::int64_t moved_axis(const std::vector<std::int64_t>& from, std::int64_t axis,
                        const std::vector<std::int64_t>& to) {
  const auto before = from.begin() + axis;
  auto left = std::count_if(from.begin(), before, [](std::int64_t dim) { return dim != 1; });
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] != 1 && left-- == 0) return static_cast<std::int64_t>(i);
  }
  return 0;
}

void reshape(Constant& constant, std::vector<std::int64_t> dims) {
  if (without_ones(constant.dims) != without_ones(dims) &&
      (constant.transposed || constant.scale != nullptr)) {
    constant.inexpressible = "a Reshape of a transposed or quantised tensor";
  }
  const bool per_axis = constant.scale != nullptr && constant.scale->elements != 1;
  if (per_axis) constant.axis = moved_axis(constant.dims, constant.axis, dims);
  if (constant.transposed && without_ones(dims).size() < 2) constant.transposed = false;
  constant.dims = std::move(dims);
}

std::optional<std::vector<std::int64_t>> integers(const Scope& scope, std::string_view name) {
  const Definition found = scope.find(name);
  const TensorData* data = found.initializer;
  if (found.node != nullptr && found.node->op_type == "Constant") {
    const Attribute* value = found.node->attribute("value");
    if (value == nullptr) return std::nullopt;
    data = value->tensor.get();
  }
  if (data == nullptr || data->type != DataType::i64 || data->elements > 64) return std::nullopt;
  std::vector<std::int64_t> values(data->elements);
  if (!values.empty()) std::memcpy(values.data(), data->bytes.data(), data->bytes.size());
  return values;
}

// Squeeze and Unsqueeze take their axes as an attribute (opset < 13) or an input.
std::optional<std::vector<std::int64_t>> axes_of(const Scope& scope, const Node& node) {
  if (const Attribute* axes = node.attribute("axes")) return axes->ints;
  if (node.inputs.size() > 1) return integers(scope, node.inputs[1]);
  return std::vector<std::int64_t>();
}

bool apply_squeeze(const Scope& scope, const Node& node, Constant& constant) {
  auto axes = axes_of(scope, node);
  if (!axes) return false;
  const auto rank = static_cast<std::int64_t>(constant.dims.size());
  std::vector<std::int64_t> dims;
  for (std::int64_t i = 0; i < rank; ++i) {
    const bool named = axes->empty() || std::count(axes->begin(), axes->end(), i) +
                                                std::count(axes->begin(), axes->end(), i - rank) >
                                            0;
    if (!(named && constant.dims[static_cast<std::size_t>(i)] == 1)) {
      dims.push_back(constant.dims[static_cast<std::size_t>(i)]);
    }
  }
  reshape(constant, std::move(dims));
  return true;
}

bool apply_unsqueeze(const Scope& scope, const Node& node, Constant& constant) {
  auto axes = axes_of(scope, node);
  if (!axes) return false;
  const auto rank = static_cast<std::int64_t>(constant.dims.size() + axes->size());
  std::vector<std::int64_t> dims;
  std::size_t next = 0;
  for (std::int64_t i = 0; i < rank; ++i) {
    const bool named = std::count(axes->begin(), axes->end(), i) +
                           std::count(axes->begin(), axes->end(), i - rank) >
                       0;
    if (named) {
      dims.push_back(1);
    } else if (next < constant.dims.size()) {
      dims.push_back(constant.dims[next++]);
    }
  }
  reshape(constant, std::move(dims));
  return true;
}

bool apply_reshape(const Scope& scope, const Node& node, Constant& constant) {
  if (node.inputs.size() < 2) return false;
  auto shape = integers(scope, node.inputs[1]);
  if (!shape) return false;
  std::int64_t known = 1;
  std::size_t open = shape->size();
  const auto elements = static_cast<std::int64_t>(constant.elements());
  for (std::size_t i = 0; i < shape->size(); ++i) {
    std::int64_t& dim = (*shape)[i];
    if (dim == 0 && i < constant.dims.size()) dim = constant.dims[i];
    if (dim == -1) {
      open = i;
    } else if (dim <= 0 || known > elements / dim) {
      return false;
    } else {
      known *= dim;
    }
  }
  if (open < shape->size()) {
    (*shape)[open] = elements / known;
    known *= (*shape)[open];
  }
  if (known != elements) return false;
  reshape(constant, std::move(*shape));
  return true;
}

// The small tensor that holds scales or zero points: an initializer or Constant node, through
// Identity.
const TensorData* parameter(const Scope& scope, std::string_view name) {
  for (int link = 0; link < kMaxChain; ++link) {
    const Definition found = scope.find(name);
    if (found.initializer != nullptr) return found.initializer;
    if (found.node == nullptr) return nullptr;
    if (found.node->op_type == "Constant") {
      const Attribute* value = found.node->attribute("value");
      return value != nullptr ? value->tensor.get() : nullptr;
    }
    if (found.node->op_type != "Identity" || found.node->inputs.empty()) return nullptr;
    name = found.node->inputs[0];
  }
  return nullptr;
}

bool apply_dequantize(const Scope& scope, const Node& node, Constant& constant) {
  if (node.inputs.size() < 2 || constant.scale != nullptr) return false;
  constant.scale = parameter(scope, node.inputs[1]);
  if (constant.scale == nullptr) return false;
  constant.type = constant.scale->type;
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    constant.zero = parameter(scope, node.inputs[2]);
    if (constant.zero == nullptr) return false;
  }
  const auto rank = static_cast<std::int64_t>(constant.dims.size());
  constant.axis = node.int_attribute("axis", 1);
  if (constant.axis < 0) constant.axis += rank;
  constant.block = node.int_attribute("block_size", 0);
  if (constant.scale->elements == 1) {
    constant.axis = 0;
    constant.block = 0;
    return true;
  }
  return constant.axis >= 0 && constant.axis < rank && constant.block >= 0;
}

void apply_cast(const Node& node, Constant& constant) {
  const auto to = static_cast<DataType>(node.int_attribute("to", 0));
  const DataType from = constant.scale != nullptr ? constant.scale->type : constant.data->type;
  if (is_float_type(from) ? precision(to) < precision(from) : to != from) {
    constant.inexpressible = "a Cast that changes values";
  }
  constant.type = to;
}

// False when the operator cannot be described and the value is not a constant for us.
bool apply(const Scope& scope, const Node& node, Constant& constant) {
  if (node.op_type == "Identity") return true;
  if (node.op_type == "Cast") {
    apply_cast(node, constant);
    return true;
  }
  if (node.op_type == "Transpose") {
    if (constant.dims.size() == 1) return true;
    if (constant.dims.size() != 2 || !is_swap(node)) {
      constant.inexpressible = "a Transpose of more than two dimensions";
      return true;
    }
    std::swap(constant.dims[0], constant.dims[1]);
    constant.transposed = !constant.transposed;
    constant.axis = 1 - constant.axis;
    constant.scale_transposed = constant.scale != nullptr && !constant.scale_transposed;
    return true;
  }
  if (node.op_type == "DequantizeLinear") return apply_dequantize(scope, node, constant);
  if (node.op_type == "Squeeze") return apply_squeeze(scope, node, constant);
  if (node.op_type == "Unsqueeze") return apply_unsqueeze(scope, node, constant);
  return apply_reshape(scope, node, constant);
}

bool is_link(const Node& node) {
  if (node.op_type == "DequantizeLinear")
    return node.domain.empty() || node.domain == "com.microsoft";
  return node.domain.empty() &&
         (node.op_type == "Identity" || node.op_type == "Cast" || node.op_type == "Transpose" ||
          node.op_type == "Reshape" || node.op_type == "Squeeze" || node.op_type == "Unsqueeze");
}

Result<DType> integer_or_float(DataType type, const std::string& origin) {
  switch (type) {
    case DataType::f32: return DType::f32;
    case DataType::f64: return DType::f64;
    case DataType::f16: return DType::f16;
    case DataType::bf16: return DType::bf16;
    case DataType::i8: return DType::i8;
    case DataType::u8: return DType::u8;
    case DataType::i16: return DType::i16;
    case DataType::u16: return DType::u16;
    case DataType::i32: return DType::i32;
    case DataType::u32: return DType::u32;
    case DataType::i64: return DType::i64;
    case DataType::boolean: return DType::boolean;
    case DataType::i4: return DType::i4;
    case DataType::u4: return DType::u4;
    case DataType::i2: return DType::i2;
    case DataType::u2: return DType::u2;
    default:
      return Status(
          Code::kUnsupported,
          origin + ": element type " + std::to_string(static_cast<int>(type)) + " is not read");
  }
}

// Scales [blocks, ...] of a constant, in the Tensor's order: rows first.
template <class T>
void turn(std::vector<T>& values, std::size_t rows, std::size_t cols) {
  if (values.size() != rows * cols) return;
  std::vector<T> turned(values.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) turned[c * rows + r] = values[r * cols + c];
  }
  values = std::move(turned);
}

Status fill_quantization(const Scope& scope, const Constant& constant, std::size_t row_dim,
                         Tensor& tensor) {
  if (constant.scale == nullptr) return Status();
  Quantization& q = tensor.quantization;
  TRANSEPT_ASSIGN_OR_RETURN(q.scale, to_floats(scope, *constant.scale));
  if (constant.zero != nullptr) {
    TRANSEPT_ASSIGN_OR_RETURN(q.zero, to_ints(scope, *constant.zero));
    if (std::all_of(q.zero.begin(), q.zero.end(), [](std::int32_t zero) { return zero == 0; }))
      q.zero.clear();
  }
  if (q.scale.size() == 1) {
    q.kind = Quantization::Kind::per_tensor;
    return Status();
  }
  const bool along_rows = static_cast<std::size_t>(constant.axis) == row_dim;
  if (constant.block == 0 && along_rows) {
    q.kind = Quantization::Kind::per_row;
    return Status();
  }
  if (constant.block > 0 && !along_rows) {
    q.kind = Quantization::Kind::blocked;
    q.group = static_cast<std::size_t>(constant.block);
    const std::size_t blocks = (tensor.cols - 1) / q.group + 1;
    const bool blocks_first = (row_dim == 1) != constant.scale_transposed;
    if (blocks_first) {
      turn(q.scale, blocks, tensor.rows);
      turn(q.zero, blocks, tensor.rows);
    }
    return Status();
  }
  return Status(
      Code::kUnsupported,
      tensor.origin + ": its scales run along the inputs of the layer, which is not read");
}

Result<std::shared_ptr<const Tensor>> describe(const Scope& scope, const Constant& constant,
                                               std::size_t rows, std::size_t cols, bool transposed,
                                               std::size_t row_dim) {
  auto tensor = std::make_shared<Tensor>();
  tensor->origin = origin_of(scope, *constant.data);
  if (!constant.inexpressible.empty()) {
    return Status(Code::kUnsupported,
                  tensor->origin + ": it is used behind " + std::string(constant.inexpressible));
  }
  TRANSEPT_ASSIGN_OR_RETURN(tensor->dtype, to_dtype(constant.data->type, tensor->origin));
  tensor->rows = rows;
  tensor->cols = cols;
  tensor->transposed = transposed;
  tensor->bytes = constant.data->bytes;
  tensor->owner = constant.data->file;
  if (!constant.data->decoded.empty()) {
    // The payload was decoded into the model, which does not outlive opening.
    auto copy = std::make_shared<std::vector<std::byte>>(constant.data->decoded);
    tensor->bytes = *copy;
    tensor->owner = std::move(copy);
  }
  TRANSEPT_RETURN_IF_ERROR(fill_quantization(scope, constant, row_dim, *tensor));
  TRANSEPT_RETURN_IF_ERROR(check_tensor(*tensor));
  return std::shared_ptr<const Tensor>(std::move(tensor));
}

std::optional<double> scalar_value(const Scope& scope, std::string_view name, std::size_t depth);

std::optional<double> computed_scalar(const Scope& scope, const Node& node, std::size_t depth) {
  const auto operand = [&](std::size_t i) {
    return i < node.inputs.size() ? scalar_value(scope, node.inputs[i], depth + 1) : std::nullopt;
  };
  if (!node.domain.empty()) return std::nullopt;
  if (node.op_type == "Sqrt") {
    const auto x = operand(0);
    return x ? std::optional(std::sqrt(*x)) : std::nullopt;
  }
  if (node.op_type == "Cast") return operand(0);
  if (node.op_type != "Mul" && node.op_type != "Div") return std::nullopt;
  const auto a = operand(0);
  const auto b = operand(1);
  if (!a || !b) return std::nullopt;
  return node.op_type == "Mul" ? *a * *b : *a / *b;
}

std::optional<double> scalar_value(const Scope& scope, std::string_view name, std::size_t depth) {
  if (depth > kMaxScalarDepth) return std::nullopt;
  const auto constant = find_constant(scope, name);
  if (constant.ok() && *constant) {
    if ((*constant)->elements() != 1 || (*constant)->scale != nullptr) return std::nullopt;
    const auto dtype = to_dtype((*constant)->data->type, "");
    if (!dtype.ok()) return std::nullopt;
    if (*dtype == DType::f64) {
      double value = 0.0;
      std::memcpy(&value, (*constant)->data->bytes.data(), sizeof value);
      return value;
    }
    Tensor tensor;
    tensor.dtype = *dtype;
    tensor.rows = tensor.cols = 1;
    tensor.bytes = (*constant)->data->bytes;
    float value = 0.0f;
    read_rows(tensor, 0, 1, &value);
    return value;
  }
  const Definition found = scope.find(name);
  return found.node != nullptr ? computed_scalar(scope, *found.node, depth) : std::nullopt;
}

}  // namespace

bool Constant::is_float() const { return scale != nullptr || is_float_type(data->type); }

Result<std::optional<Constant>> find_constant(const Scope& scope, std::string_view name) {
  std::vector<const Node*> links;
  Constant constant;
  while (constant.data == nullptr) {
    const Definition found = scope.find(name);
    if (found.initializer != nullptr) {
      constant.data = found.initializer;
    } else if (found.node == nullptr) {
      return std::optional<Constant>();
    } else if (found.node->op_type == "Constant" && found.node->domain.empty()) {
      const Attribute* value = found.node->attribute("value");
      if (value == nullptr || value->tensor == nullptr) return std::optional<Constant>();
      constant.data = value->tensor.get();
    } else if (is_link(*found.node) && !found.node->inputs.empty() && links.size() < kMaxChain) {
      links.push_back(found.node);
      name = found.node->inputs[0];
    } else {
      return std::optional<Constant>();
    }
  }
  constant.dims = constant.data->dims;
  constant.type = constant.data->type;
  for (auto link = links.rbegin(); link != links.rend(); ++link) {
    if (!apply(scope, **link, constant)) {
      return Status(Code::kCorrupt, scope.model().file_name() + ": node \"" +
                                        std::string((*link)->name) + "\" (" +
                                        std::string((*link)->op_type) + ") does not fit tensor \"" +
                                        std::string(constant.data->name) + "\"");
    }
  }
  return std::optional(std::move(constant));
}

std::optional<double> find_scalar(const Scope& scope, std::string_view name) {
  return scalar_value(scope, name, 0);
}

std::string origin_of(const Scope& scope, const TensorData& data) {
  return scope.model().file_name() + ", tensor \"" + std::string(data.name) + "\"";
}

Result<DType> to_dtype(DataType type, const std::string& origin) {
  return integer_or_float(type, origin);
}

Result<std::vector<float>> to_floats(const Scope& scope, const TensorData& data) {
  Tensor tensor;
  tensor.origin = origin_of(scope, data);
  TRANSEPT_ASSIGN_OR_RETURN(tensor.dtype, to_dtype(data.type, tensor.origin));
  tensor.rows = 1;
  tensor.cols = data.elements;
  tensor.bytes = data.bytes;
  TRANSEPT_RETURN_IF_ERROR(check_tensor(tensor));
  std::vector<float> values(tensor.cols);
  read_rows(tensor, 0, 1, values.data());
  return values;
}

Result<std::vector<std::int32_t>> to_ints(const Scope& scope, const TensorData& data) {
  if (data_type_bits(data.type) > 16 && data.type != DataType::i32) {
    return Status(Code::kUnsupported,
                  origin_of(scope, data) + ": zero points of this type are not read");
  }
  // Integers of up to 16 bits, and zero points in int32 in practice, are exact in float32.
  TRANSEPT_ASSIGN_OR_RETURN(const auto floats, to_floats(scope, data));
  std::vector<std::int32_t> values(floats.size());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    if (!(std::abs(floats[i]) <= 16777216.0f)) {
      return Status(Code::kCorrupt, origin_of(scope, data) + ": zero point out of range");
    }
    values[i] = static_cast<std::int32_t>(floats[i]);
  }
  return values;
}

Result<std::shared_ptr<const Tensor>> to_matrix(const Scope& scope, const Constant& constant,
                                                RowsAre rows_are) {
  const std::vector<std::int64_t>& dims = constant.dims;
  if (dims.size() != 2) {
    return Status(Code::kUnsupported, origin_of(scope, *constant.data) +
                                          ": expected a matrix, found " +
                                          std::to_string(dims.size()) + " dimensions");
  }
  const std::size_t row_dim = rows_are == RowsAre::first_dim ? 0 : 1;
  return describe(scope, constant, static_cast<std::size_t>(dims[row_dim]),
                  static_cast<std::size_t>(dims[1 - row_dim]),
                  constant.transposed != (row_dim == 1), row_dim);
}

Result<std::shared_ptr<const Tensor>> to_vector(const Scope& scope, const Constant& constant) {
  if (without_ones(constant.dims).size() > 1) {
    return Status(Code::kUnsupported,
                  origin_of(scope, *constant.data) + ": expected a vector, found a matrix");
  }
  if (constant.scale != nullptr && constant.scale->elements != 1) {
    return Status(Code::kUnsupported,
                  origin_of(scope, *constant.data) + ": a vector with several scales");
  }
  return describe(scope, constant, 1, constant.elements(), false, 0);
}

}  // namespace transept::onnx
