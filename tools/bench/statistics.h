// Statistics of repeated measurements.
#pragma once

#include <array>
#include <utility>
#include <vector>

namespace transept::bench {

struct Spread {
  double median = 0.0;
  double low = 0.0;
  double high = 0.0;
};

// REQUIRES: not empty.
Spread spread_of(std::vector<double> values);

// The value below which this part lies; between two of them, in proportion. REQUIRES: not empty.
double percentile(std::vector<double> values, double part);

// y = c[0] + c[1] x + c[2] x^2 with the least sum of squared relative errors.
// REQUIRES: three different x, every y positive.
std::array<double, 3> fit_parabola(const std::vector<std::pair<double, double>>& points);

}  // namespace transept::bench
