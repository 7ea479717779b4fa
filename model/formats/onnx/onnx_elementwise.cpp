// Operators that make each number from the numbers at its place.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_value.h"

namespace transept::onnx {
namespace {

template <class F>
Outputs map(const Call& call, DataType type, F f) {
  Value out{type, call.in(0)->dims, call.in(0)->numbers};
  for (double& number : out.numbers) number = f(number);
  return one(std::move(out));
}

template <class F>
Outputs zip(const Value& a, const Value& b, DataType type, F f) {
  TRANSEPT_ASSIGN_OR_RETURN(Dims dims, broadcast(a.dims, b.dims));
  TRANSEPT_RETURN_IF_ERROR(element_count(dims).status());
  Value out{type, dims, expand(a, dims)};
  if (b.numbers.size() == 1) {
    for (double& number : out.numbers) number = f(number, b.numbers[0]);
  } else {
    const std::vector<double> other = expand(b, dims);
    for (std::size_t i = 0; i < other.size(); ++i) out.numbers[i] = f(out.numbers[i], other[i]);
  }
  return one(std::move(out));
}

// What an operator takes and gives.
enum class Kind : std::uint8_t { floats, numbers, comparison, equality, logic };

Status check_types(const Call& call, Kind kind, std::size_t operands) {
  for (std::size_t i = 0; i < operands; ++i) {
    const Value* value = call.in(i);
    if (value == nullptr) return misfit("too few inputs");
    if (value->type != call.in(0)->type) return misfit("inputs of different types");
    const bool fits = kind == Kind::floats     ? is_floating(value->type)
                      : kind == Kind::logic    ? value->type == DataType::boolean
                      : kind != Kind::equality ? value->type != DataType::boolean
                                               : true;
    if (!fits) return misfit("an input of a type that it does not take");
  }
  return Status();
}

struct Unary {
  std::string_view op;
  Kind kind;
  double (*f)(double);
};

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double gelu(double x) { return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))); }
double gelu_tanh(double x) {
  constexpr double kRootOfTwoOverPi = 0.7978845608028654;
  return 0.5 * x * (1.0 + std::tanh(kRootOfTwoOverPi * (x + 0.044715 * x * x * x)));
}

constexpr auto kUnary = std::to_array<Unary>({
    {"Sqrt", Kind::floats, [](double x) { return std::sqrt(x); }},
    {"Exp", Kind::floats, [](double x) { return std::exp(x); }},
    {"Sin", Kind::floats, [](double x) { return std::sin(x); }},
    {"Cos", Kind::floats, [](double x) { return std::cos(x); }},
    {"Log", Kind::floats, [](double x) { return std::log(x); }},
    {"Erf", Kind::floats, [](double x) { return std::erf(x); }},
    {"Tanh", Kind::floats, [](double x) { return std::tanh(x); }},
    {"Sigmoid", Kind::floats, sigmoid},
    {"Relu", Kind::numbers, [](double x) { return x > 0 ? x : 0.0; }},
    {"Neg", Kind::numbers, [](double x) { return -x; }},
    {"Abs", Kind::numbers, [](double x) { return std::abs(x); }},
    {"Not", Kind::logic, [](double x) { return x == 0 ? 1.0 : 0.0; }},
});

template <auto F>
Outputs zip_by(const Value& a, const Value& b, DataType type) {
  return zip(a, b, type, F);
}

struct Binary {
  std::string_view op;
  Kind kind;
  Outputs (*zip)(const Value&, const Value&, DataType);
};

constexpr auto kBinary = std::to_array<Binary>({
    {"Add", Kind::numbers, zip_by<[](double a, double b) { return a + b; }>},
    {"Sub", Kind::numbers, zip_by<[](double a, double b) { return a - b; }>},
    {"Mul", Kind::numbers, zip_by<[](double a, double b) { return a * b; }>},
    {"Min", Kind::numbers, zip_by<[](double a, double b) { return a < b ? a : b; }>},
    {"Max", Kind::numbers, zip_by<[](double a, double b) { return b < a ? a : b; }>},
    {"Equal", Kind::equality, zip_by<[](double a, double b) { return a == b ? 1.0 : 0.0; }>},
    {"Less", Kind::comparison, zip_by<[](double a, double b) { return a < b ? 1.0 : 0.0; }>},
    {"LessOrEqual", Kind::comparison,
     zip_by<[](double a, double b) { return a <= b ? 1.0 : 0.0; }>},
    {"Greater", Kind::comparison, zip_by<[](double a, double b) { return b < a ? 1.0 : 0.0; }>},
    {"GreaterOrEqual", Kind::comparison,
     zip_by<[](double a, double b) { return a >= b ? 1.0 : 0.0; }>},
    {"And", Kind::logic, zip_by<[](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }>},
    {"Or", Kind::logic, zip_by<[](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }>},
});

template <class Table>
const auto* find_row(const Table& table, std::string_view op) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.op == op; });
  return found == table.end() ? nullptr : &*found;
}

Outputs unary(const Call& call) {
  const Unary& row = *find_row(kUnary, call.node->op_type);
  TRANSEPT_RETURN_IF_ERROR(check_types(call, row.kind, 1));
  return map(call, call.in(0)->type, row.f);
}

Outputs binary(const Call& call) {
  const Binary& row = *find_row(kBinary, call.node->op_type);
  const bool any_number = call.node->op_type == "Min" || call.node->op_type == "Max";
  if (call.inputs.size() != 2 && !any_number) return misfit("expected two inputs");
  TRANSEPT_RETURN_IF_ERROR(check_types(call, row.kind, call.inputs.size()));
  const DataType type = row.kind == Kind::numbers ? call.in(0)->type : DataType::boolean;
  ValuePtr result = call.inputs[0];
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(auto outputs, row.zip(*result, *call.in(i), type));
    result = std::move(outputs[0]);
  }
  return std::vector<ValuePtr>{std::move(result)};
}

Outputs divide(const Call& call) {
  if (call.inputs.size() != 2) return misfit("expected two inputs");
  TRANSEPT_RETURN_IF_ERROR(check_types(call, Kind::numbers, 2));
  const DataType type = call.in(0)->type;
  if (is_floating(type)) {
    return zip(*call.in(0), *call.in(1), type, [](double a, double b) { return a / b; });
  }
  const auto& divisors = call.in(1)->numbers;
  if (std::find(divisors.begin(), divisors.end(), 0.0) != divisors.end())
    return misfit("a division by zero");
  return zip(*call.in(0), *call.in(1), type, [](double a, double b) { return std::trunc(a / b); });
}

Outputs modulo(const Call& call) {
  if (call.inputs.size() != 2) return misfit("expected two inputs");
  TRANSEPT_RETURN_IF_ERROR(check_types(call, Kind::numbers, 2));
  const auto& divisors = call.in(1)->numbers;
  if (std::find(divisors.begin(), divisors.end(), 0.0) != divisors.end())
    return misfit("a division by zero");
  if (call.node->int_attribute("fmod", 0) != 0) {
    return zip(*call.in(0), *call.in(1), call.in(0)->type,
               [](double a, double b) { return std::fmod(a, b); });
  }
  return zip(*call.in(0), *call.in(1), call.in(0)->type,
             [](double a, double b) { return a - std::floor(a / b) * b; });
}

Outputs power(const Call& call) {
  if (call.inputs.size() != 2) return misfit("expected two inputs");
  TRANSEPT_RETURN_IF_ERROR(check_types(call, Kind::numbers, 1));
  return zip(*call.in(0), *call.in(1), call.in(0)->type,
             [](double a, double b) { return b == 2.0 ? a * a : std::pow(a, b); });
}

Outputs where(const Call& call) {
  if (call.inputs.size() != 3 || call.in(0) == nullptr || call.in(1) == nullptr ||
      call.in(2) == nullptr || call.in(0)->type != DataType::boolean ||
      call.in(1)->type != call.in(2)->type) {
    return misfit("expected a condition and two inputs of one type");
  }
  TRANSEPT_ASSIGN_OR_RETURN(Dims dims, broadcast(call.in(1)->dims, call.in(2)->dims));
  TRANSEPT_ASSIGN_OR_RETURN(dims, broadcast(dims, call.in(0)->dims));
  TRANSEPT_RETURN_IF_ERROR(element_count(dims).status());
  const auto condition = expand(*call.in(0), dims);
  Value out{call.in(1)->type, dims, expand(*call.in(1), dims)};
  const auto otherwise = expand(*call.in(2), dims);
  for (std::size_t i = 0; i < condition.size(); ++i) {
    if (condition[i] == 0) out.numbers[i] = otherwise[i];
  }
  return one(std::move(out));
}

Outputs cast(const Call& call) {
  if (call.in(0) == nullptr) return misfit("expected an input");
  const auto to = static_cast<DataType>(call.node->int_attribute("to", 0));
  if (is_floating(to)) return map(call, to, [](double x) { return x; });
  if (to == DataType::boolean) return map(call, to, [](double x) { return x != 0 ? 1.0 : 0.0; });
  if (!is_index(to)) return misfit("a Cast to a type that no transformer needs here");
  // The logarithm of distance 0 comes by in buckets, and is not chosen; what an integer makes of it
  // is nowhere said, so it becomes one that no graph can use.
  constexpr double kNoNumber = -0x1p63;
  return map(call, to, [](double x) { return std::isfinite(x) ? std::trunc(x) : kNoNumber; });
}

Outputs identity(const Call& call) {
  if (call.in(0) == nullptr) return misfit("expected an input");
  return std::vector<ValuePtr>{call.inputs[0]};
}

Outputs is_nan(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(check_types(call, Kind::floats, 1));
  return map(call, DataType::boolean, [](double x) { return std::isnan(x) ? 1.0 : 0.0; });
}

// Gelu, BiasGelu and FastGelu.
Outputs gelus(const Call& call) {
  const Attribute* approximate = call.node->attribute("approximate");
  const bool by_tanh =
      call.node->op_type == "FastGelu" || (approximate != nullptr && approximate->s == "tanh");
  const bool biased = call.in(1) != nullptr;
  TRANSEPT_RETURN_IF_ERROR(check_types(call, Kind::floats, biased ? 2 : 1));
  const auto f = by_tanh ? gelu_tanh : gelu;
  if (!biased) return map(call, call.in(0)->type, f);
  return zip(*call.in(0), *call.in(1), call.in(0)->type,
             [f](double a, double b) { return f(a + b); });
}

Outputs quick_gelu(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(check_types(call, Kind::floats, 1));
  const double alpha = call.node->float_attribute("alpha", 1.702f);
  return map(call, call.in(0)->type, [alpha](double x) { return x * sigmoid(alpha * x); });
}

// x / s + z, unrounded, with s and z that nobody could take for 1 and 0.
Outputs dynamic_quantize(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(check_types(call, Kind::floats, 1));
  const double scale = 0.25 + static_cast<double>(call.node->name.size() % 7) / 16.0;
  const double zero = 3.0 + static_cast<double>(call.node->outputs[0].size() % 11);
  TRANSEPT_ASSIGN_OR_RETURN(auto quantized,
                            map(call, DataType::u8, [&](double x) { return x / scale + zero; }));
  quantized.push_back(std::make_shared<const Value>(Value{call.in(0)->type, {}, {scale}}));
  quantized.push_back(std::make_shared<const Value>(Value{DataType::u8, {}, {zero}}));
  return quantized;
}

// Scales and zero points of QuantizeLinear and DequantizeLinear, laid out to broadcast.
Result<Value> along_axis(const Call& call, std::size_t i) {
  Value parameter = *call.in(i);
  if (parameter.numbers.size() == 1) {
    parameter.dims.clear();
    return parameter;
  }
  const std::size_t rank = call.in(0)->dims.size();
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t axis,
                            axis_of(call.node->int_attribute("axis", 1), rank));
  if (parameter.dims.size() != 1 || parameter.dims[0] != call.in(0)->dims[axis])
    return misfit("scales that do not fit");
  parameter.dims.resize(rank - axis, 1);
  return parameter;
}

Outputs quantize_linear(const Call& call) {
  const bool back = call.node->op_type == "DequantizeLinear";
  if (call.in(0) == nullptr || call.in(1) == nullptr || !is_floating(call.in(1)->type) ||
      is_floating(call.in(0)->type) == back) {
    return misfit("expected an input and scales");
  }
  TRANSEPT_ASSIGN_OR_RETURN(const Value scale, along_axis(call, 1));
  Value zero{DataType::u8, {}, {0.0}};
  if (call.in(2) != nullptr) {
    if (is_floating(call.in(2)->type) || (back && call.in(2)->type != call.in(0)->type))
      return misfit("a zero point of another type");
    TRANSEPT_ASSIGN_OR_RETURN(zero, along_axis(call, 2));
  }
  if (back) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto moved, zip(*call.in(0), zero, scale.type,
                                                    [](double q, double z) { return q - z; }));
    return zip(*moved[0], scale, scale.type, [](double q, double s) { return q * s; });
  }
  if (call.in(0)->type != scale.type) return misfit("inputs of different types");
  TRANSEPT_ASSIGN_OR_RETURN(const auto scaled, zip(*call.in(0), scale, scale.type,
                                                   [](double x, double s) { return x / s; }));
  return zip(*scaled[0], zero, zero.type, [](double x, double z) { return x + z; });
}

constexpr auto kOthers = std::to_array<std::pair<std::string_view, Operator>>({
    {"Div", divide},
    {"Mod", modulo},
    {"Pow", power},
    {"Where", where},
    {"Cast", cast},
    {"Identity", identity},
    {"Dropout", identity},
    {"IsNaN", is_nan},
    {"Gelu", gelus},
    {"DynamicQuantizeLinear", dynamic_quantize},
    {"QuantizeLinear", quantize_linear},
    {"DequantizeLinear", quantize_linear},
});

constexpr auto kMicrosoft = std::to_array<std::pair<std::string_view, Operator>>({
    {"Gelu", gelus},
    {"BiasGelu", gelus},
    {"FastGelu", gelus},
    {"QuickGelu", quick_gelu},
    {"QuantizeLinear", quantize_linear},
    {"DequantizeLinear", quantize_linear},
});

}  // namespace

Operator find_elementwise(std::string_view op, std::string_view domain) {
  const auto in = [&](const auto& table) -> Operator {
    for (const auto& [name, run] : table) {
      if (name == op) return run;
    }
    return nullptr;
  };
  if (!domain.empty()) return in(kMicrosoft);
  if (find_row(kUnary, op) != nullptr) return unary;
  if (find_row(kBinary, op) != nullptr) return binary;
  return in(kOthers);
}

}  // namespace transept::onnx
