// log_sum_exp in double: how a search puts special columns back into a row's distribution.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace transept {

// log(exp(rest) + sum_i exp(values[i])), without overflow; -inf when all of them are.
// The sum has a fixed order and double precision, so the float that is made of it does not depend
// on the last bits of the C library's exp and log.
inline double log_sum_exp(double rest, std::span<const float> values) {
  double largest = rest;
  for (const float value : values) largest = std::max(largest, static_cast<double>(value));
  if (largest == -std::numeric_limits<double>::infinity()) return largest;
  double sum = std::exp(rest - largest);
  for (const float value : values) sum += std::exp(static_cast<double>(value) - largest);
  return largest + std::log(sum);
}

}  // namespace transept
