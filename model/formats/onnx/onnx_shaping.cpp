// Operators that move, pick or count numbers without changing them.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_value.h"

namespace transept::onnx {
namespace {

std::size_t size_of(std::int64_t dim) { return static_cast<std::size_t>(dim); }

std::size_t product(const Dims& dims, std::size_t first, std::size_t last) {
  std::size_t count = 1;
  for (std::size_t i = first; i < last; ++i) count *= size_of(dims[i]);
  return count;
}

Status expect_inputs(const Call& call, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (call.in(i) == nullptr) return misfit("too few inputs");
  }
  return Status();
}

// Integers that older operators have as an attribute and newer ones as an input; empty when absent.
Result<std::vector<std::int64_t>> attribute_or_input(const Call& call, std::string_view name,
                                                     std::size_t i) {
  if (const Attribute* attribute = call.node->attribute(name)) return attribute->ints;
  if (call.in(i) == nullptr) return std::vector<std::int64_t>();
  return integers_of(call.in(i));
}

Outputs with_dims(const Call& call, Dims dims) {
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t count, element_count(dims));
  if (count != call.in(0)->numbers.size()) return misfit("a shape that does not fit its input");
  return one({call.in(0)->type, std::move(dims), call.in(0)->numbers});
}

Outputs reshape(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 2));
  TRANSEPT_ASSIGN_OR_RETURN(Dims dims, integers_of(call.in(1)));
  const bool zero_is_zero = call.node->int_attribute("allowzero", 0) != 0;
  std::size_t open = dims.size();
  std::size_t known = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && !zero_is_zero) {
      if (i >= call.in(0)->dims.size()) return misfit("a shape that does not fit its input");
      dims[i] = call.in(0)->dims[i];
    }
    if (dims[i] == -1) {
      if (open != dims.size()) return misfit("two unknown dimensions");
      open = i;
    } else if (dims[i] < 0 || dims[i] > (std::int64_t{1} << 24) || known > (1u << 24)) {
      return misfit("a shape that does not fit its input");
    } else {
      known *= size_of(dims[i]);
    }
  }
  if (open < dims.size()) {
    if (known == 0) return misfit("a shape that does not fit its input");
    dims[open] = static_cast<std::int64_t>(call.in(0)->numbers.size() / known);
  }
  return with_dims(call, std::move(dims));
}

Outputs transpose(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  const Value& in = *call.in(0);
  const std::size_t rank = in.dims.size();
  std::vector<std::size_t> perm(rank);
  for (std::size_t i = 0; i < rank; ++i) perm[i] = rank - 1 - i;
  if (const Attribute* attribute = call.node->attribute("perm")) {
    if (attribute->ints.size() != rank) return misfit("a permutation of other dimensions");
    for (std::size_t i = 0; i < rank; ++i) {
      TRANSEPT_ASSIGN_OR_RETURN(perm[i], axis_of(attribute->ints[i], rank));
      if (std::count(perm.begin(), perm.begin() + static_cast<std::ptrdiff_t>(i), perm[i]) != 0)
        return misfit("a permutation with repetitions");
    }
  }
  Value out{in.type, Dims(rank), {}};
  for (std::size_t i = 0; i < rank; ++i) out.dims[i] = in.dims[perm[i]];
  // Dimensions that stay at the end move together.
  std::size_t kept = rank;
  while (kept > 0 && perm[kept - 1] == kept - 1) --kept;
  const std::size_t run = product(in.dims, kept, rank);
  std::vector<std::size_t> strides(kept, 1);
  for (std::size_t i = 0; i < kept; ++i) strides[i] = product(in.dims, perm[i] + 1, rank);
  out.numbers.reserve(in.numbers.size());
  std::vector<std::int64_t> at(kept, 0);
  std::size_t from = 0;
  while (out.numbers.size() < in.numbers.size()) {
    const auto begin = in.numbers.begin() + static_cast<std::ptrdiff_t>(from);
    out.numbers.insert(out.numbers.end(), begin, begin + static_cast<std::ptrdiff_t>(run));
    for (std::size_t d = kept; d-- > 0;) {
      from += strides[d];
      if (++at[d] < out.dims[d]) break;
      from -= strides[d] * size_of(out.dims[d]);
      at[d] = 0;
    }
  }
  return one(std::move(out));
}

Outputs squeeze(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  TRANSEPT_ASSIGN_OR_RETURN(const auto axes, attribute_or_input(call, "axes", 1));
  const Dims& from = call.in(0)->dims;
  std::vector<bool> gone(from.size(), false);
  for (const std::int64_t axis : axes) {
    TRANSEPT_ASSIGN_OR_RETURN(const std::size_t place, axis_of(axis, from.size()));
    if (from[place] != 1) return misfit("a dimension that cannot be removed");
    gone[place] = true;
  }
  Dims dims;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!gone[i] && !(axes.empty() && from[i] == 1)) dims.push_back(from[i]);
  }
  return with_dims(call, std::move(dims));
}

Outputs unsqueeze(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  TRANSEPT_ASSIGN_OR_RETURN(const auto axes, attribute_or_input(call, "axes", 1));
  const Dims& from = call.in(0)->dims;
  std::vector<bool> added(from.size() + axes.size(), false);
  for (const std::int64_t axis : axes) {
    TRANSEPT_ASSIGN_OR_RETURN(const std::size_t place, axis_of(axis, added.size()));
    if (added[place]) return misfit("an axis that is named twice");
    added[place] = true;
  }
  Dims dims;
  std::size_t next = 0;
  for (const bool is_new : added) dims.push_back(is_new ? 1 : from[next++]);
  return with_dims(call, std::move(dims));
}

Outputs flatten(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  const Dims& from = call.in(0)->dims;
  std::int64_t axis = call.node->int_attribute("axis", 1);
  if (axis < 0) axis += static_cast<std::int64_t>(from.size());
  if (axis < 0 || size_of(axis) > from.size())
    return misfit("an axis that its input does not have");
  return with_dims(call, {static_cast<std::int64_t>(product(from, 0, size_of(axis))),
                          static_cast<std::int64_t>(product(from, size_of(axis), from.size()))});
}

Outputs expand_to(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 2));
  TRANSEPT_ASSIGN_OR_RETURN(const Dims wanted, integers_of(call.in(1)));
  TRANSEPT_RETURN_IF_ERROR(element_count(wanted).status());
  TRANSEPT_ASSIGN_OR_RETURN(Dims dims, broadcast(call.in(0)->dims, wanted));
  TRANSEPT_RETURN_IF_ERROR(element_count(dims).status());
  auto numbers = expand(*call.in(0), dims);
  return one({call.in(0)->type, std::move(dims), std::move(numbers)});
}

// out[i] = in[from[i]] along one axis.
Value pick(const Value& in, std::size_t axis, const std::vector<std::size_t>& from) {
  const std::size_t outer = product(in.dims, 0, axis);
  const std::size_t inner = product(in.dims, axis + 1, in.dims.size());
  const std::size_t length = size_of(in.dims[axis]);
  Value out{in.type, in.dims, {}};
  out.dims[axis] = static_cast<std::int64_t>(from.size());
  out.numbers.reserve(outer * from.size() * inner);
  for (std::size_t o = 0; o < outer; ++o) {
    for (const std::size_t row : from) {
      const auto begin =
          in.numbers.begin() + static_cast<std::ptrdiff_t>((o * length + row) * inner);
      out.numbers.insert(out.numbers.end(), begin, begin + static_cast<std::ptrdiff_t>(inner));
    }
  }
  return out;
}

Outputs tile(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 2));
  TRANSEPT_ASSIGN_OR_RETURN(const auto repeats, integers_of(call.in(1)));
  Value out = *call.in(0);
  if (repeats.size() != out.dims.size()) return misfit("repetitions of other dimensions");
  for (std::size_t axis = 0; axis < repeats.size(); ++axis) {
    Dims dims = out.dims;
    if (repeats[axis] < 0 || repeats[axis] > 4096) return misfit("a strange repetition");
    dims[axis] *= repeats[axis];
    TRANSEPT_RETURN_IF_ERROR(element_count(dims).status());
    std::vector<std::size_t> from(size_of(dims[axis]));
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = i % size_of(out.dims[axis]);
    out = pick(out, axis, from);
  }
  return one(std::move(out));
}

Outputs slice(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  TRANSEPT_ASSIGN_OR_RETURN(const auto starts, attribute_or_input(call, "starts", 1));
  TRANSEPT_ASSIGN_OR_RETURN(const auto ends, attribute_or_input(call, "ends", 2));
  TRANSEPT_ASSIGN_OR_RETURN(auto axes, attribute_or_input(call, "axes", 3));
  TRANSEPT_ASSIGN_OR_RETURN(auto steps, attribute_or_input(call, "steps", 4));
  if (axes.empty()) {
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size() || starts.empty()) {
    return misfit("starts, ends, axes and steps that do not match");
  }
  Value out = *call.in(0);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    TRANSEPT_ASSIGN_OR_RETURN(const std::size_t axis, axis_of(axes[i], out.dims.size()));
    const std::int64_t length = out.dims[axis];
    const std::int64_t step = std::clamp<std::int64_t>(steps[i], -length - 1, length + 1);
    if (steps[i] == 0) return misfit("a step of zero");
    // Ends are the end ("the largest integer") or right; one that only happens to be cut to the end
    // of a short probe is neither.
    constexpr std::int64_t kTheEnd = std::int64_t{1} << 31;
    if (ends[i] > length && ends[i] < kTheEnd - 1) return misfit("an end beyond its input");
    const auto place = [&](std::int64_t at) {
      if (at < 0) at += length;
      return step > 0 ? std::clamp<std::int64_t>(at, 0, length)
                      : std::clamp<std::int64_t>(at, -1, length - 1);
    };
    std::vector<std::size_t> from;
    const std::int64_t end = place(ends[i]);
    for (std::int64_t at = place(starts[i]); step > 0 ? at < end : at > end; at += step)
      from.push_back(size_of(at));
    out = pick(out, axis, from);
  }
  return one(std::move(out));
}

Outputs gather(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 2));
  const Value& in = *call.in(0);
  TRANSEPT_ASSIGN_OR_RETURN(const auto indices, integers_of(call.in(1)));
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t axis,
                            axis_of(call.node->int_attribute("axis", 0), in.dims.size()));
  std::vector<std::size_t> from;
  for (std::int64_t index : indices) {
    if (index < 0) index += in.dims[axis];
    if (index < 0 || index >= in.dims[axis]) return misfit("an index out of range");
    from.push_back(size_of(index));
  }
  Dims dims(in.dims.begin(), in.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), call.in(1)->dims.begin(), call.in(1)->dims.end());
  dims.insert(dims.end(), in.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.dims.end());
  TRANSEPT_RETURN_IF_ERROR(element_count(dims).status());
  Value out = pick(in, axis, from);
  out.dims = std::move(dims);
  return one(std::move(out));
}

Outputs concat(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, std::max<std::size_t>(1, call.inputs.size())));
  const Value& first = *call.in(0);
  if (call.node->attribute("axis") == nullptr) return misfit("expected an axis");
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t axis,
                            axis_of(call.node->int_attribute("axis", 0), first.dims.size()));
  Dims dims = first.dims;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    const Value& next = *call.in(i);
    Dims without = next.dims;
    if (next.type != first.type || without.size() != dims.size())
      return misfit("inputs of different types or ranks");
    without[axis] = dims[axis];
    if (without != dims) return misfit("inputs of different shapes");
    dims[axis] += next.dims[axis];
    TRANSEPT_RETURN_IF_ERROR(element_count(dims).status());
  }
  Value out{first.type, dims, {}};
  const std::size_t outer = product(dims, 0, axis);
  for (std::size_t o = 0; o < outer; ++o) {
    for (const ValuePtr& part : call.inputs) {
      const auto length = static_cast<std::ptrdiff_t>(product(part->dims, axis, dims.size()));
      const auto begin = part->numbers.begin() + static_cast<std::ptrdiff_t>(o) * length;
      out.numbers.insert(out.numbers.end(), begin, begin + length);
    }
  }
  return one(std::move(out));
}

Outputs split(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  const Value& in = *call.in(0);
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t axis,
                            axis_of(call.node->int_attribute("axis", 0), in.dims.size()));
  TRANSEPT_ASSIGN_OR_RETURN(auto parts, attribute_or_input(call, "split", 1));
  const auto count = static_cast<std::int64_t>(call.node->outputs.size());
  if (parts.empty()) {
    if (count == 0 || in.dims[axis] % count != 0) return misfit("parts that do not fit");
    parts.assign(size_of(count), in.dims[axis] / count);
  }
  std::vector<ValuePtr> outputs;
  std::int64_t at = 0;
  for (const std::int64_t part : parts) {
    if (part < 0 || part > in.dims[axis] - at) return misfit("parts that do not fit");
    std::vector<std::size_t> from;
    for (std::int64_t i = 0; i < part; ++i) from.push_back(size_of(at + i));
    at += part;
    outputs.push_back(std::make_shared<const Value>(pick(in, axis, from)));
  }
  if (at != in.dims[axis]) return misfit("parts that do not fit");
  return outputs;
}

Outputs shape(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  if (call.opset < 15 && !call.node->attributes.empty()) return misfit("an unknown attribute");
  const Dims& dims = call.in(0)->dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto place = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t first = place(call.node->int_attribute("start", 0));
  const std::int64_t last = std::max(first, place(call.node->int_attribute("end", rank)));
  Value out{DataType::i64, {last - first}, {}};
  for (std::int64_t i = first; i < last; ++i)
    out.numbers.push_back(static_cast<double>(dims[size_of(i)]));
  return one(std::move(out));
}

Outputs size(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  return one({DataType::i64, {}, {static_cast<double>(call.in(0)->numbers.size())}});
}

Outputs range(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 3));
  double ends[3];
  for (std::size_t i = 0; i < 3; ++i) {
    if (call.in(i)->numbers.size() != 1 || call.in(i)->type != call.in(0)->type)
      return misfit("expected three numbers of one type");
    ends[i] = call.in(i)->numbers[0];
  }
  const double count = std::max(0.0, std::ceil((ends[1] - ends[0]) / ends[2]));
  if (!(count < 1e6)) return misfit("a strange range");
  Value out{call.in(0)->type, {static_cast<std::int64_t>(count)}, {}};
  for (std::int64_t i = 0; i < out.dims[0]; ++i)
    out.numbers.push_back(ends[0] + static_cast<double>(i) * ends[2]);
  return one(std::move(out));
}

Outputs trilu(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 1));
  Value out = *call.in(0);
  const std::size_t rank = out.dims.size();
  if (rank < 2) return misfit("expected a matrix");
  std::int64_t diagonal = 0;
  if (call.in(1) != nullptr) {
    TRANSEPT_ASSIGN_OR_RETURN(const auto k, integers_of(call.in(1)));
    if (k.size() != 1) return misfit("expected one diagonal");
    diagonal = k[0];
  }
  const bool upper = call.node->int_attribute("upper", 1) != 0;
  const std::size_t rows = size_of(out.dims[rank - 2]);
  const std::size_t cols = size_of(out.dims[rank - 1]);
  for (std::size_t i = 0; i < out.numbers.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i / cols % rows);
    const std::int64_t over = static_cast<std::int64_t>(i % cols) - row - diagonal;
    if (upper ? over < 0 : over > 0) out.numbers[i] = 0.0;
  }
  return one(std::move(out));
}

Outputs scatter_nd(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 3));
  Value out = *call.in(0);
  const Value& updates = *call.in(2);
  const Attribute* reduction = call.node->attribute("reduction");
  if ((reduction != nullptr && reduction->s != "none") || updates.type != out.type)
    return misfit("a reduction, or updates of another type");
  TRANSEPT_ASSIGN_OR_RETURN(const auto indices, integers_of(call.in(1)));
  const Dims& index_dims = call.in(1)->dims;
  if (index_dims.empty() || index_dims.back() <= 0 || size_of(index_dims.back()) > out.dims.size())
    return misfit("indices that do not fit");
  const std::size_t depth = size_of(index_dims.back());
  const std::size_t block = product(out.dims, depth, out.dims.size());
  const std::size_t writes = indices.size() / depth;
  Dims expected(index_dims.begin(), index_dims.end() - 1);
  expected.insert(expected.end(), out.dims.begin() + static_cast<std::ptrdiff_t>(depth),
                  out.dims.end());
  if (updates.dims != expected) return misfit("updates that do not fit");
  for (std::size_t w = 0; w < writes; ++w) {
    std::size_t at = 0;
    for (std::size_t d = 0; d < depth; ++d) {
      std::int64_t index = indices[w * depth + d];
      if (index < 0) index += out.dims[d];
      if (index < 0 || index >= out.dims[d]) return misfit("an index out of range");
      at = at * size_of(out.dims[d]) + size_of(index);
    }
    for (std::size_t i = 0; i < block; ++i)
      out.numbers[at * block + i] = updates.numbers[w * block + i];
  }
  return one(std::move(out));
}

Outputs constant_of_shape(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_inputs(call, 2));
  TRANSEPT_ASSIGN_OR_RETURN(Dims dims, integers_of(call.in(0)));
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t count, element_count(dims));
  if (call.in(1)->numbers.size() != 1) return misfit("expected one value");
  return one(
      {call.in(1)->type, std::move(dims), std::vector<double>(count, call.in(1)->numbers[0])});
}

constexpr auto kOperators = std::to_array<std::pair<std::string_view, Operator>>({
    {"Reshape", reshape},
    {"Transpose", transpose},
    {"Squeeze", squeeze},
    {"Unsqueeze", unsqueeze},
    {"Flatten", flatten},
    {"Expand", expand_to},
    {"Tile", tile},
    {"Slice", slice},
    {"Gather", gather},
    {"Concat", concat},
    {"Split", split},
    {"Shape", shape},
    {"Size", size},
    {"Range", range},
    {"Trilu", trilu},
    {"ScatterND", scatter_nd},
    {"ConstantOfShape", constant_of_shape},
});

}  // namespace

Operator find_shaping(std::string_view op, std::string_view domain) {
  if (!domain.empty()) return nullptr;
  for (const auto& [name, run] : kOperators) {
    if (name == op) return run;
  }
  return nullptr;
}

}  // namespace transept::onnx
