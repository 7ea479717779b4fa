#include "tools/bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace transept::bench {

Spread spread_of(std::vector<double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const Spread ends{0.0, *low, *high};
  return {percentile(std::move(values), 0.5), ends.low, ends.high};
}

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double place = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

std::array<double, 3> fit_parabola(const std::vector<std::pair<double, double>>& points) {
  double scale = 0.0;  // of x, so that powers are of one size
  for (const auto& [x, y] : points) scale = std::max(scale, std::fabs(x));
  // Normal equations, each point divided by its y.
  double a[3][4] = {};
  for (const auto& [x, y] : points) {
    const double powers[3] = {1 / y, x / scale / y, x / scale * x / scale / y};
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) a[i][j] += powers[i] * powers[j];
      a[i][3] += powers[i];
    }
  }
  for (int i = 0; i < 3; ++i) {
    int pivot = i;
    for (int r = i + 1; r < 3; ++r) {
      if (std::fabs(a[r][i]) > std::fabs(a[pivot][i])) pivot = r;
    }
    std::swap(a[i], a[pivot]);
    for (int r = 0; r < 3; ++r) {
      if (r == i) continue;
      const double factor = a[r][i] / a[i][i];
      for (int c = i; c < 4; ++c) a[r][c] -= factor * a[i][c];
    }
  }
  return {a[0][3] / a[0][0], a[1][3] / a[1][1] / scale, a[2][3] / a[2][2] / scale / scale};
}

}  // namespace transept::bench
