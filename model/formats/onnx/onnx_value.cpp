#include "model/formats/onnx/onnx_value.h"

#include <algorithm>
#include <cmath>

#include "engine/base/try.h"

namespace transept::onnx {
namespace {

// Probes have some ten thousand numbers; stored masks of a thousand positions a million.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 22;
constexpr std::size_t kMaxRank = 16;

}  // namespace

bool is_floating(DataType type) {
  return type == DataType::f32 || type == DataType::f16 || type == DataType::bf16 ||
         type == DataType::f64;
}

bool is_index(DataType type) { return type == DataType::i64 || type == DataType::i32; }

Result<std::size_t> element_count(const Dims& dims) {
  if (dims.size() > kMaxRank) return misfit("too many dimensions");
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return misfit("a negative dimension");
    if (dim == 0) {
      empty = true;
    } else if (count > kMaxElements / dim) {
      return misfit("a tensor larger than any of a transformer");
    } else {
      count *= dim;
    }
  }
  return empty ? std::size_t{0} : static_cast<std::size_t>(count);
}

Status misfit(const std::string& what) { return Status(Code::kUnsupported, what); }

Outputs one(Value value) {
  return std::vector<ValuePtr>{std::make_shared<const Value>(std::move(value))};
}

Result<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) return misfit("an axis that its input does not have");
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

Result<std::vector<std::int64_t>> integers_of(const Value* value) {
  if (value == nullptr || !is_index(value->type)) return misfit("expected integers");
  std::vector<std::int64_t> integers(value->numbers.size());
  std::transform(value->numbers.begin(), value->numbers.end(), integers.begin(), [](double number) {
    constexpr double kLimit = 9007199254740992.0;  // 2^53: what a double counts exactly
    return static_cast<std::int64_t>(std::clamp(number, -kLimit, kLimit));
  });
  return integers;
}

Result<Dims> broadcast(const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims dims = longer;
  const std::size_t lead = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& dim = dims[lead + i];
    if (dim == shorter[i] || shorter[i] == 1) continue;
    if (dim != 1) return misfit("shapes that do not broadcast");
    dim = shorter[i];
  }
  return dims;
}

std::vector<double> expand(const Value& value, const Dims& dims) {
  if (value.dims == dims) return value.numbers;
  std::size_t count = 1;
  for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
  if (value.numbers.size() == 1) return std::vector<double>(count, value.numbers[0]);
  std::vector<double> out;
  out.reserve(count);
  if (count == 0) return out;
  // How far one step along a dimension goes in `value`: 0 where it is repeated.
  std::vector<std::size_t> strides(dims.size(), 0);
  std::size_t stride = 1;
  for (std::size_t i = value.dims.size(); i-- > 0;) {
    const std::size_t place = dims.size() - value.dims.size() + i;
    if (value.dims[i] != 1) strides[place] = stride;
    stride *= static_cast<std::size_t>(value.dims[i]);
  }
  std::vector<std::int64_t> at(dims.size(), 0);
  std::size_t from = 0;
  while (out.size() < count) {
    out.push_back(value.numbers[from]);
    for (std::size_t d = dims.size(); d-- > 0;) {
      from += strides[d];
      if (++at[d] < dims[d]) break;
      from -= strides[d] * static_cast<std::size_t>(dims[d]);
      at[d] = 0;
    }
  }
  return out;
}

}  // namespace transept::onnx
