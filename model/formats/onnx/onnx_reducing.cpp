// Operators that make numbers out of whole rows: products, norms, softmax, means.
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

Status expect_floats(const Call& call, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (call.in(i) == nullptr || !is_floating(call.in(i)->type))
      return misfit("expected floating-point inputs");
    if (call.in(i)->type != call.in(0)->type) return misfit("inputs of different types");
  }
  return Status();
}

// Calls f(first, stride, length) for each row along `axis`.
template <class F>
void for_rows(const Dims& dims, std::size_t axis, F f) {
  const std::size_t inner = product(dims, axis + 1, dims.size());
  const std::size_t length = size_of(dims[axis]);
  const std::size_t outer = product(dims, 0, axis);
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < inner; ++i) f(o * length * inner + i, inner, length);
  }
}

void softmax_row(std::vector<double>& numbers, std::size_t first, std::size_t stride,
                 std::size_t length) {
  double largest = -INFINITY;
  for (std::size_t i = 0; i < length; ++i) largest = std::max(largest, numbers[first + i * stride]);
  double sum = 0.0;
  for (std::size_t i = 0; i < length; ++i) {
    double& number = numbers[first + i * stride];
    number = std::exp(number - largest);
    sum += number;
  }
  for (std::size_t i = 0; i < length; ++i) numbers[first + i * stride] /= sum;
}

Outputs softmax(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_floats(call, 1));
  Value out = *call.in(0);
  // Before opset 13 every dimension from `axis` on is one row.
  const bool joined = call.opset < 13;
  TRANSEPT_ASSIGN_OR_RETURN(
      const std::size_t axis,
      axis_of(call.node->int_attribute("axis", joined ? 1 : -1), out.dims.size()));
  Dims rows = out.dims;
  if (joined) {
    rows.resize(axis);
    rows.push_back(static_cast<std::int64_t>(product(out.dims, axis, out.dims.size())));
  }
  for_rows(rows, axis, [&](std::size_t first, std::size_t stride, std::size_t length) {
    softmax_row(out.numbers, first, stride, length);
  });
  return one(std::move(out));
}

Outputs reduce_mean(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_floats(call, 1));
  Value out = *call.in(0);
  std::vector<std::int64_t> axes;
  if (const Attribute* attribute = call.node->attribute("axes")) {
    axes = attribute->ints;
  } else if (call.in(1) != nullptr) {
    TRANSEPT_ASSIGN_OR_RETURN(axes, integers_of(call.in(1)));
  }
  if (axes.empty()) return misfit("expected axes");
  const bool keep = call.node->int_attribute("keepdims", 1) != 0;
  std::vector<bool> reduced(out.dims.size(), false);
  for (const std::int64_t axis : axes) {
    TRANSEPT_ASSIGN_OR_RETURN(const std::size_t place, axis_of(axis, out.dims.size()));
    if (reduced[place]) return misfit("an axis that is named twice");
    reduced[place] = true;
    std::vector<double> means;
    for_rows(out.dims, place, [&](std::size_t first, std::size_t stride, std::size_t length) {
      double sum = 0.0;
      for (std::size_t i = 0; i < length; ++i) sum += out.numbers[first + i * stride];
      means.push_back(sum / static_cast<double>(length));
    });
    out.numbers = std::move(means);
    out.dims[place] = 1;
  }
  if (!keep) {
    Dims dims;
    for (std::size_t i = 0; i < reduced.size(); ++i) {
      if (!reduced[i]) dims.push_back(out.dims[i]);
    }
    out.dims = std::move(dims);
  }
  return one(std::move(out));
}

Outputs cumulative_sum(const Call& call) {
  if (call.in(0) == nullptr) return misfit("expected an input");
  Value out = *call.in(0);
  TRANSEPT_ASSIGN_OR_RETURN(const auto axes, integers_of(call.in(1)));
  if (axes.size() != 1) return misfit("expected one axis");
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t axis, axis_of(axes[0], out.dims.size()));
  if (call.node->int_attribute("exclusive", 0) != 0 || call.node->int_attribute("reverse", 0) != 0)
    return misfit("expected sums from the first to the last");
  for_rows(out.dims, axis, [&](std::size_t first, std::size_t stride, std::size_t length) {
    for (std::size_t i = 1; i < length; ++i)
      out.numbers[first + i * stride] += out.numbers[first + (i - 1) * stride];
  });
  return one(std::move(out));
}

// Norm of x over the dimensions from `axis` on, then gain and shift. `centred`: without its mean.
Outputs normalize(const Value& x, std::size_t axis, bool centred, double epsilon,
                  const Value& gamma, const Value* beta) {
  Value out = x;
  const std::size_t length = product(x.dims, axis, x.dims.size());
  if (gamma.numbers.size() != length || (beta != nullptr && beta->numbers.size() != length))
    return misfit("scale and bias that do not fit");
  for (std::size_t first = 0; length != 0 && first < out.numbers.size(); first += length) {
    double mean = 0.0;
    for (std::size_t i = 0; centred && i < length; ++i) mean += out.numbers[first + i];
    mean /= static_cast<double>(length);
    double variance = 0.0;
    for (std::size_t i = 0; i < length; ++i) {
      const double distance = out.numbers[first + i] - mean;
      variance += distance * distance;
    }
    const double deviation = std::sqrt(variance / static_cast<double>(length) + epsilon);
    for (std::size_t i = 0; i < length; ++i) {
      double& number = out.numbers[first + i];
      number = (number - mean) / deviation * gamma.numbers[i] +
               (beta != nullptr ? beta->numbers[i] : 0.0);
    }
  }
  return one(std::move(out));
}

// LayerNormalization, and RMSNormalization by its two names.
Outputs norm(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_floats(call, call.in(2) != nullptr ? 3 : 2));
  const bool centred = call.node->op_type == "LayerNormalization";
  if (!centred && call.in(2) != nullptr) return misfit("a shift that this norm does not have");
  const Value& x = *call.in(0);
  TRANSEPT_ASSIGN_OR_RETURN(const std::size_t axis,
                            axis_of(call.node->int_attribute("axis", -1), x.dims.size()));
  return normalize(x, axis, centred, call.node->float_attribute("epsilon", 1e-5f), *call.in(1),
                   call.in(2));
}

// SkipLayerNormalization: input, skip, gamma, beta, bias. SkipSimplifiedLayerNormalization has no
// beta.
Outputs skip_norm(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_floats(call, 3));
  const bool centred = call.node->op_type == "SkipLayerNormalization";
  Value sum = *call.in(0);
  if (call.in(1)->dims != sum.dims || sum.dims.empty()) return misfit("inputs of different shapes");
  for (std::size_t i = 0; i < sum.numbers.size(); ++i) sum.numbers[i] += call.in(1)->numbers[i];
  if (const Value* bias = call.in(centred ? 4 : 3)) {
    if (bias->numbers.size() != size_of(sum.dims.back()) || bias->type != sum.type)
      return misfit("a bias that does not fit");
    for (std::size_t i = 0; i < sum.numbers.size(); ++i)
      sum.numbers[i] += bias->numbers[i % bias->numbers.size()];
  }
  return normalize(sum, sum.dims.size() - 1, centred, call.node->float_attribute("epsilon", 1e-12f),
                   *call.in(2), centred ? call.in(3) : nullptr);
}

void swap_last(Value& value) {
  const std::size_t rank = value.dims.size();
  const std::size_t rows = size_of(value.dims[rank - 2]);
  const std::size_t cols = size_of(value.dims[rank - 1]);
  const std::vector<double> from = value.numbers;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t matrix = i / (rows * cols) * rows * cols;
    value.numbers[matrix + i % cols * rows + i / cols % rows] = from[i];
  }
  std::swap(value.dims[rank - 2], value.dims[rank - 1]);
}

// Batched product of matrices; vectors are not needed.
Outputs multiply(const Value& a, const Value& b, double alpha) {
  const std::size_t rank_a = a.dims.size();
  const std::size_t rank_b = b.dims.size();
  if (rank_a < 2 || rank_b < 2 || a.dims[rank_a - 1] != b.dims[rank_b - 2])
    return misfit("matrices that do not fit");
  const std::size_t m = size_of(a.dims[rank_a - 2]);
  const std::size_t k = size_of(a.dims[rank_a - 1]);
  const std::size_t n = size_of(b.dims[rank_b - 1]);
  const Dims lead_a(a.dims.begin(), a.dims.end() - 2);
  const Dims lead_b(b.dims.begin(), b.dims.end() - 2);
  TRANSEPT_ASSIGN_OR_RETURN(Dims dims, broadcast(lead_a, lead_b));
  const auto with_matrix = [&](std::size_t rows, std::size_t cols) {
    Dims full = dims;
    full.push_back(static_cast<std::int64_t>(rows));
    full.push_back(static_cast<std::int64_t>(cols));
    return full;
  };
  for (const Dims& full : {with_matrix(m, k), with_matrix(k, n), with_matrix(m, n)})
    TRANSEPT_RETURN_IF_ERROR(element_count(full).status());
  constexpr double kMaxProducts = 1e8;
  const double matrices = static_cast<double>(product(dims, 0, dims.size()));
  if (matrices * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n) >
      kMaxProducts) {
    return misfit("a product larger than any between two layers");
  }
  const std::vector<double> left = expand(a, with_matrix(m, k));
  const std::vector<double> right = expand(b, with_matrix(k, n));
  Value out{a.type, with_matrix(m, n), {}};
  out.numbers.assign(product(out.dims, 0, out.dims.size()), 0.0);
  for (std::size_t row = 0; row < out.numbers.size() / std::max<std::size_t>(n, 1); ++row) {
    const std::size_t matrix = row / m;
    for (std::size_t j = 0; j < k; ++j) {
      const double factor = alpha * left[row * k + j];
      const double* from = right.data() + (matrix * k + j) * n;
      double* to = out.numbers.data() + row * n;
      for (std::size_t i = 0; i < n; ++i) to[i] += factor * from[i];
    }
  }
  return one(std::move(out));
}

Outputs matmul(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_floats(call, 2));
  return multiply(*call.in(0), *call.in(1), 1.0);
}

Outputs fused_matmul(const Call& call) {
  TRANSEPT_RETURN_IF_ERROR(expect_floats(call, 2));
  if (call.node->int_attribute("transBatchA", 0) != 0 ||
      call.node->int_attribute("transBatchB", 0) != 0) {
    return misfit("transposed batches are not read");
  }
  Value a = *call.in(0);
  Value b = *call.in(1);
  if (a.dims.size() < 2 || b.dims.size() < 2) return misfit("matrices that do not fit");
  if (call.node->int_attribute("transA", 0) != 0) swap_last(a);
  if (call.node->int_attribute("transB", 0) != 0) swap_last(b);
  return multiply(a, b, call.node->float_attribute("alpha", 1.0f));
}

// MatMulInteger: a, b, and the zero points of each, of one number or one a column of b.
Outputs matmul_integer(const Call& call) {
  Value sides[2];
  for (std::size_t i = 0; i < 2; ++i) {
    if (call.in(i) == nullptr || data_type_bits(call.in(i)->type) != 8 ||
        call.in(i)->type == DataType::boolean || call.in(i)->dims.empty()) {
      return misfit("expected integers of 8 bits");
    }
    sides[i] = *call.in(i);
    const Value* zero = call.in(2 + i);
    if (zero == nullptr) continue;
    const std::size_t count = zero->numbers.size();
    if (zero->type != sides[i].type ||
        (count != 1 && (i == 0 || count != size_of(sides[i].dims.back())))) {
      return misfit("zero points that do not fit");
    }
    for (std::size_t j = 0; j < sides[i].numbers.size(); ++j)
      sides[i].numbers[j] -= zero->numbers[j % count];
  }
  sides[0].type = DataType::i32;
  return multiply(sides[0], sides[1], 1.0);
}

constexpr auto kMicrosoft = std::to_array<std::pair<std::string_view, Operator>>({
    {"FusedMatMul", fused_matmul},
    {"SimplifiedLayerNormalization", norm},
    {"SkipLayerNormalization", skip_norm},
    {"SkipSimplifiedLayerNormalization", skip_norm},
});

constexpr auto kOperators = std::to_array<std::pair<std::string_view, Operator>>({
    {"Softmax", softmax},
    {"ReduceMean", reduce_mean},
    {"CumSum", cumulative_sum},
    {"LayerNormalization", norm},
    {"RMSNormalization", norm},
    {"SimplifiedLayerNormalization", norm},
    {"MatMul", matmul},
    {"MatMulInteger", matmul_integer},
});

}  // namespace

Operator find_reducing(std::string_view op, std::string_view domain) {
  const auto in = [&](const auto& table) -> Operator {
    for (const auto& [name, run] : table) {
      if (name == op) return run;
    }
    return nullptr;
  };
  return domain.empty() ? in(kOperators) : in(kMicrosoft);
}

}  // namespace transept::onnx
