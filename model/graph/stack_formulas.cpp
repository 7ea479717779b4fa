#include "model/graph/stack_formulas.h"

#include <algorithm>
#include <cmath>

namespace transept::graph {

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::relu: return x > 0 ? x : 0.0;
    case Activation::gelu: return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
    case Activation::gelu_new:
      return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::swish: return x / (1.0 + std::exp(-x));
    case Activation::quick_gelu: return x / (1.0 + std::exp(-1.702 * x));
  }
  return x;
}

void normalise(NormRule rule, double epsilon, const std::vector<float>& gamma,
               const std::vector<float>& beta, std::vector<double>& x) {
  const std::size_t width = gamma.size();
  for (std::size_t first = 0; first < x.size(); first += width) {
    double* row = x.data() + first;
    double mean = 0.0;
    if (rule == NormRule::layer) {
      for (std::size_t d = 0; d < width; ++d) mean += row[d];
      mean /= static_cast<double>(width);
    }
    double variance = 0.0;
    for (std::size_t d = 0; d < width; ++d) variance += (row[d] - mean) * (row[d] - mean);
    const double deviation = std::sqrt(variance / static_cast<double>(width) + epsilon);
    for (std::size_t d = 0; d < width; ++d) {
      row[d] = (row[d] - mean) / deviation * static_cast<double>(gamma[d]) +
               static_cast<double>(beta[d]);
    }
  }
}

std::vector<double> attend(const Attention& attention, const std::vector<double>& q,
                           const std::vector<double>& k, const std::vector<double>& v,
                           const std::vector<double>& added) {
  const auto& [batch, queries, keys, heads, d_head, scale] = attention;
  const std::size_t width = heads * d_head;
  std::vector<double> context(q.size(), 0.0);
  std::vector<double> scores(keys);
  for (std::size_t row = 0; row < batch * queries; ++row) {
    const std::size_t b = row / queries;
    for (std::size_t h = 0; h < heads; ++h) {
      const std::size_t column = h * d_head;
      const double* shift = &added[((b * heads + h) * queries + row % queries) * keys];
      double top = -INFINITY;
      for (std::size_t j = 0; j < keys; ++j) {
        double dot = 0.0;
        for (std::size_t d = column; d < column + d_head; ++d)
          dot += q[row * width + d] * k[(b * keys + j) * width + d];
        scores[j] = dot * scale + shift[j];
        top = std::max(top, scores[j]);
      }
      double sum = 0.0;
      for (double& score : scores) sum += score = std::exp(score - top);
      for (std::size_t j = 0; j < keys; ++j) {
        for (std::size_t d = column; d < column + d_head; ++d)
          context[row * width + d] += scores[j] / sum * v[(b * keys + j) * width + d];
      }
    }
  }
  return context;
}

bool is_bucket(const RelativeBias& bias, bool both_sides, std::int64_t distance, double bucket) {
  double buckets = static_cast<double>(bias.buckets);
  double first = 0.0;
  auto steps = static_cast<double>(-distance);
  if (both_sides) {
    buckets = std::floor(buckets / 2);
    if (distance > 0) first = buckets;
    steps = std::abs(steps);
  }
  steps = std::max(0.0, steps);
  const double exact = std::floor(buckets / 2);
  if (steps < exact) return bucket == first + steps;
  const double wide = std::log(steps / exact) /
                      std::log(static_cast<double>(bias.max_distance) / exact) * (buckets - exact);
  constexpr double kRounding = 1e-5;
  const auto place = [&](double at) {
    return first + std::min(exact + std::floor(at), buckets - 1.0);
  };
  return bucket == place(wide - kRounding) || bucket == place(wide + kRounding);
}

}  // namespace transept::graph
