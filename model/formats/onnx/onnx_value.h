// Values of a graph that runs on a handful of numbers, and the operators that make them.
//
// Made for probes of a few rows, so clarity comes before speed: every number is a double, whatever
// the graph's type, and quantisation does not round (DynamicQuantizeLinear gives x / s + z with s
// and z of its own choosing). Types are kept, since operators refuse to mix them.
// Source: docs/Operators.md of ONNX 1.23; ContribOperators.md of onnxruntime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/formats/onnx/onnx_model.h"

namespace transept::onnx {

using Dims = std::vector<std::int64_t>;

struct Value {
  DataType type = DataType::f32;
  Dims dims;                    // each >= 0
  std::vector<double> numbers;  // row-major, as many as dims say
};

using ValuePtr = std::shared_ptr<const Value>;

bool is_floating(DataType type);
bool is_index(DataType type);  // int32 or int64

// Product of dims; nothing when it is more than a probe ever needs.
Result<std::size_t> element_count(const Dims& dims);

// One node and what its inputs are.
struct Call {
  const Node* node = nullptr;
  std::vector<ValuePtr> inputs;  // null where an optional input is absent
  std::int64_t opset = 0;        // version of the standard operators

  const Value* in(std::size_t i) const { return i < inputs.size() ? inputs[i].get() : nullptr; }
};

// The outputs of a node, those that graphs of transformers use. Errors: kUnsupported, without the
// node's name.
using Outputs = Result<std::vector<ValuePtr>>;
using Operator = Outputs (*)(const Call&);

// By what they do; null for operators of another kind. `domain` is "" or "com.microsoft".
Operator find_elementwise(std::string_view op, std::string_view domain);
Operator find_shaping(std::string_view op, std::string_view domain);
Operator find_reducing(std::string_view op, std::string_view domain);

// Helpers of the operators.
Status misfit(const std::string& what);
Outputs one(Value value);
// A dimension or axis counted from the end when negative. Errors: out of [-rank, rank).
Result<std::size_t> axis_of(std::int64_t axis, std::size_t rank);
// The integers of a small value: shapes, axes, indices.
Result<std::vector<std::int64_t>> integers_of(const Value* value);
// Shape of two operands that broadcast.
Result<Dims> broadcast(const Dims& a, const Dims& b);
// `value` repeated to `dims`. REQUIRES: dims = broadcast(value.dims, dims).
std::vector<double> expand(const Value& value, const Dims& dims);

}  // namespace transept::onnx
