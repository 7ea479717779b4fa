#include "tools/scorer/weighted_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace transept::score {
namespace {

constexpr std::size_t kLanes = 32;
constexpr double kLargestSum = 1 << 24;

// sums[j], sums[width + j], ...: products of each of four weight vectors with column j.
[[gnu::always_inline]] inline void multiply_columns(const std::int16_t* weights,
                                                    const std::int16_t* columns, std::size_t length,
                                                    std::size_t width, std::int32_t* sums) {
  const std::int16_t* const w0 = weights;
  const std::int16_t* const w1 = w0 + length;
  const std::int16_t* const w2 = w1 + length;
  const std::int16_t* const w3 = w2 + length;
  for (std::size_t j = 0; j < width; ++j) {
    const std::int16_t* const column = columns + j * length;
    // Compilers make these the instructions that multiply and add pairs.
    std::int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (std::size_t i = 0; i < length; ++i) {
      s0 += w0[i] * column[i];
      s1 += w1[i] * column[i];
      s2 += w2[i] * column[i];
      s3 += w3[i] * column[i];
    }
    sums[j] = s0;
    sums[width + j] = s1;
    sums[2 * width + j] = s2;
    sums[3 * width + j] = s3;
  }
}

#ifdef __x86_64__
// The same with registers twice as wide as those every such processor has.
[[gnu::target("avx2")]] void multiply_columns_avx2(const std::int16_t* weights,
                                                   const std::int16_t* columns, std::size_t length,
                                                   std::size_t width, std::int32_t* sums) {
  multiply_columns(weights, columns, length, width, sums);
}
#endif

}  // namespace

std::size_t WeightedSums::padded(std::size_t segments) {
  return (segments + kLanes - 1) / kLanes * kLanes;
}

std::optional<WeightedSums> WeightedSums::of(std::span<const double> values, std::size_t width,
                                             std::size_t largest_total) {
  const std::size_t segments = values.size() / width;
  double largest = 0.0;
  for (const double value : values) {
    if (value != std::trunc(value)) return std::nullopt;
    largest = std::max(largest, std::abs(value));
  }
  if (largest > std::numeric_limits<std::int16_t>::max() ||
      largest * static_cast<double>(largest_total) >= kLargestSum) {
    return std::nullopt;
  }
  WeightedSums out(width, padded(segments));
  for (std::size_t i = 0; i < segments; ++i) {
    for (std::size_t j = 0; j < width; ++j) {
      out.columns_[j * out.length_ + i] = static_cast<std::int16_t>(values[i * width + j]);
    }
  }
  return out;
}

void WeightedSums::multiply(const std::int16_t* weights, std::int32_t* sums) const {
#ifdef __x86_64__
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return multiply_columns_avx2(weights, columns_.data(), length_, width_, sums);
#endif
  multiply_columns(weights, columns_.data(), length_, width_, sums);
}

}  // namespace transept::score
