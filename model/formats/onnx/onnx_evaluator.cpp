#include "model/formats/onnx/onnx_evaluator.h"

#include <algorithm>
#include <cstring>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_constants.h"

namespace transept::onnx {
namespace {

// Operators between two layers, one under another; masks are the longest chains, some sixty.
constexpr std::size_t kMaxDepth = 400;
// Numbers read and computed for one file: a probe of a large model takes some ten million.
constexpr std::size_t kMaxWork = std::size_t{1} << 28;
// Numbers of a value that is not kept: more than masks and shapes of a probe have.
constexpr std::size_t kLarge = 1024;

// Numbers read; for a product of matrices, numbers multiplied.
std::size_t work_of(const Call& call, const Outputs& outputs) {
  std::size_t work = 0;
  for (const ValuePtr& value : call.inputs) work += value != nullptr ? value->numbers.size() : 0;
  const bool product = call.node->op_type.find("MatMul") != std::string_view::npos;
  if (product && outputs.ok() && !call.inputs[0]->dims.empty())
    work += (*outputs)[0]->numbers.size() * static_cast<std::size_t>(call.inputs[0]->dims.back());
  return work;
}

template <class T>
std::vector<double> decode(std::span<const std::byte> bytes, std::size_t count) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    T number;
    std::memcpy(&number, bytes.data() + i * sizeof number, sizeof number);
    numbers[i] = static_cast<double>(number);
  }
  return numbers;
}

}  // namespace

Evaluator::Evaluator(const Scope& scope) : scope_(&scope) {
  for (const OperatorSet& set : scope.model().operator_sets) {
    if (set.domain.empty() || set.domain == "ai.onnx") opset_ = set.version;
  }
}

void Evaluator::forget_large() {
  for (const std::string_view name : large_) {
    if (!bound(name)) values_.erase(name);
  }
  large_.clear();
}

Status Evaluator::unsupported(const Node& node, const std::string& what) const {
  return Status(Code::kUnsupported, scope_->model().file_name() + ", node \"" +
                                        std::string(node.name) + "\" (" +
                                        std::string(node.op_type) + "): " + what);
}

Result<ValuePtr> Evaluator::constant(const TensorData& data) {
  Value value{data.type, data.dims, {}};
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t count, element_count(data.dims));
  if (data.bytes.size() != (count * data_type_bits(data.type) + 7) / 8)
    return misfit("a tensor without numbers");
  switch (data.type) {
    case DataType::f64: value.numbers = decode<double>(data.bytes, count); break;
    case DataType::i64: value.numbers = decode<std::int64_t>(data.bytes, count); break;
    case DataType::i32: value.numbers = decode<std::int32_t>(data.bytes, count); break;
    case DataType::u64: value.numbers = decode<std::uint64_t>(data.bytes, count); break;
    case DataType::u32: value.numbers = decode<std::uint32_t>(data.bytes, count); break;
    default: {
      // The other types are exact in float32.
      TRANSEPT_ASSIGN_OR_RETURN(const auto floats, to_floats(*scope_, data));
      value.numbers.assign(floats.begin(), floats.end());
    }
  }
  half_precision_ |= data.type == DataType::f16 || data.type == DataType::bf16;
  return std::make_shared<const Value>(std::move(value));
}

// A Constant node has its value in one of several attributes.
Result<ValuePtr> Evaluator::constant(const Node& node) {
  if (node.attributes.size() != 1) return misfit("expected one value");
  const Attribute& attribute = node.attributes[0];
  if (attribute.name == "value" && attribute.tensor != nullptr) return constant(*attribute.tensor);
  Value value;
  if (attribute.name == "value_float") {
    value = {DataType::f32, {}, {attribute.f}};
  } else if (attribute.name == "value_int") {
    value = {DataType::i64, {}, {static_cast<double>(attribute.i)}};
  } else if (attribute.name == "value_floats") {
    value = {DataType::f32,
             {static_cast<std::int64_t>(attribute.floats.size())},
             {attribute.floats.begin(), attribute.floats.end()}};
  } else if (attribute.name == "value_ints") {
    value = {DataType::i64, {static_cast<std::int64_t>(attribute.ints.size())}, {}};
    for (const std::int64_t number : attribute.ints)
      value.numbers.push_back(static_cast<double>(number));
  } else {
    return misfit("a value of this kind is not read");
  }
  return std::make_shared<const Value>(std::move(value));
}

// Input `i` of a node; null where it is absent.
Result<ValuePtr> Evaluator::operand(const Node& node, std::size_t i) {
  if (node.inputs[i].empty()) return ValuePtr();
  return evaluate(node.inputs[i]);
}

Operator Evaluator::operator_of(const Node& node) {
  const bool standard = node.domain.empty();
  if (!standard && node.domain != "com.microsoft") return nullptr;
  const auto [found, is_new] = operators_[standard ? 0 : 1].try_emplace(node.op_type, nullptr);
  if (!is_new) return found->second;
  for (const auto find : {find_elementwise, find_shaping, find_reducing}) {
    if (found->second == nullptr) found->second = find(node.op_type, node.domain);
  }
  return found->second;
}

Outputs Evaluator::outputs_of(const Node& node, Operator compute) {
  Call call{.node = &node, .inputs = {}, .opset = opset_};
  call.inputs.reserve(node.inputs.size() + 1);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(call.inputs.emplace_back(), operand(node, i));
  }
  // Its value stands in an attribute, a float32 zero by default.
  if (node.op_type == "ConstantOfShape") {
    const Attribute* value = node.attribute("value");
    call.inputs.resize(1);
    if (value == nullptr || value->tensor == nullptr) {
      call.inputs.push_back(std::make_shared<const Value>(Value{DataType::f32, {}, {0.0}}));
    } else {
      TRANSEPT_ASSIGN_OR_RETURN(call.inputs.emplace_back(), constant(*value->tensor));
    }
  }
  Outputs outputs = compute(call);
  work_ += work_of(call, outputs);
  if (!outputs.ok()) return unsupported(node, outputs.status().message());
  return outputs;
}

// Keeps all outputs of a node and gives one.
Result<ValuePtr> Evaluator::run(const Node& node, std::size_t output) {
  std::vector<ValuePtr> outputs;
  if (node.op_type == "Constant" && node.domain.empty()) {
    auto value = constant(node);
    if (!value.ok()) return unsupported(node, value.status().message());
    outputs.push_back(*std::move(value));
  } else {
    const Operator compute = operator_of(node);
    if (compute == nullptr) return unsupported(node, "this operator is not understood here");
    TRANSEPT_ASSIGN_OR_RETURN(outputs, outputs_of(node, compute));
  }
  for (std::size_t i = 0; i < std::min(outputs.size(), node.outputs.size()); ++i) {
    if (!node.outputs[i].empty()) keep(node.outputs[i], outputs[i]);
  }
  if (work_ > kMaxWork) return unsupported(node, "more work than any transformer takes");
  if (output < outputs.size()) return outputs[output];
  return unsupported(node, "this output is not understood here");
}

void Evaluator::keep(std::string_view name, const ValuePtr& value) {
  Known& known = values_[name];
  if (known.bound) return;
  work_ += value->numbers.size() + 1;
  if (value->numbers.size() > kLarge) large_.push_back(name);
  known.value = value;
}

Result<ValuePtr> Evaluator::evaluate(std::string_view name) {
  const auto known = values_.find(name);
  if (known != values_.end()) return known->second.value;
  const Definition found = scope_->find(name);
  if (found.initializer != nullptr) {
    auto value = constant(*found.initializer);
    if (!value.ok()) {
      return Status(Code::kUnsupported,
                    origin_of(*scope_, *found.initializer) + ": " + value.status().message());
    }
    keep(name, *value);
    return value;
  }
  if (found.node == nullptr) {
    return Status(found.input != nullptr ? Code::kUnsupported : Code::kCorrupt,
                  scope_->model().file_name() + ": " +
                      (found.input != nullptr ? "input \"" : "nothing defines value \"") +
                      std::string(name) +
                      (found.input != nullptr ? "\" is read where no such input belongs" : "\""));
  }
  if (++depth_ > kMaxDepth) {
    return Status(Code::kUnsupported, scope_->model().file_name() + ": operators before \"" +
                                          std::string(name) +
                                          "\" are chained too deeply or in a circle");
  }
  TRANSEPT_ASSIGN_OR_RETURN(ValuePtr made, run(*found.node, found.output));
  --depth_;
  return made;
}

}  // namespace transept::onnx
