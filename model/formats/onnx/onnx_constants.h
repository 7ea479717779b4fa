// Constants of a graph: values that do not depend on its inputs, described rather than computed.
//
// A constant is an initializer or a Constant node seen through Identity, Cast, Transpose, Reshape,
// Squeeze, Unsqueeze and DequantizeLinear. `to_matrix` and `to_vector` turn it into a Tensor that
// points into the file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/tensor.h"
#include "model/formats/onnx/onnx_scope.h"

namespace transept::onnx {

struct Constant {
  const TensorData* data = nullptr;
  std::vector<std::int64_t> dims;       // as the consumer sees it
  DataType type = DataType::undefined;  // likewise
  bool transposed = false;              // stored with its two dimensions swapped
  // DequantizeLinear between the file and the consumer; scale is null where there is none.
  const TensorData* scale = nullptr;
  const TensorData* zero = nullptr;  // null: 0
  std::int64_t axis = 0;             // in dims; of per-axis and blocked scales
  std::int64_t block = 0;            // elements along `axis` with one scale; 0: not blocked
  bool scale_transposed = false;     // blocked scales lie with dims swapped
  // Set when the consumer sees values that a description cannot express (a narrowing cast, a
  // reordering).
  std::string_view inexpressible;

  std::size_t elements() const { return data->elements; }
  bool is_float() const;  // the consumer sees floating-point values
};

// The constant behind `name`, or nothing when it depends on inputs or needs arithmetic.
// Errors: kCorrupt (a chain of operators that does not fit its shapes).
Result<std::optional<Constant>> find_constant(const Scope& scope, std::string_view name);

// The single number behind `name`: a constant of one element, or Sqrt, Mul, Div of such numbers.
std::optional<double> find_scalar(const Scope& scope, std::string_view name);

// Which of the two dimensions of a matrix constant are the logical rows.
enum class RowsAre { first_dim, last_dim };

// REQUIRES: `constant` came from `scope`. The tensors share ownership of the model's file.
// Errors: kCorrupt, kUnsupported (element type, quantisation scheme or chain that is not read).
Result<std::shared_ptr<const Tensor>> to_matrix(const Scope& scope, const Constant& constant,
                                                RowsAre rows);
// [1, n], whatever dimensions of size 1 the constant has.
Result<std::shared_ptr<const Tensor>> to_vector(const Scope& scope, const Constant& constant);

// "encoder_model.onnx, initializer \"onnx::MatMul_653\""
std::string origin_of(const Scope& scope, const TensorData& data);
// Errors: kUnsupported for types whose values are not read.
Result<DType> to_dtype(DataType type, const std::string& origin);
// The numbers of a small tensor (scales, zero points) in order.
Result<std::vector<float>> to_floats(const Scope& scope, const TensorData& data);
Result<std::vector<std::int32_t>> to_ints(const Scope& scope, const TensorData& data);

}  // namespace transept::onnx
