// Sums of rows of statistics with a weight for each row, exact in whole numbers.
//
// A bootstrap resample weighs each segment by how often it was drawn, a trial of approximate
// randomisation by 0 or 1. Most statistics are small whole numbers, for which the order of addition
// is of no matter, so that sums become products of 16-bit vectors. Immutable, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace transept::score {

class WeightedSums {
 public:
  // Weight vectors that are multiplied together.
  static constexpr std::size_t kTogether = 4;

  // values: [segments, width]. `largest_total`: what the weights of all segments come to at most.
  // Nothing when a number is not whole, takes more than 16 bits, or may give a sum of 2^24 or more,
  // which single precision would round.
  static std::optional<WeightedSums> of(std::span<const double> values, std::size_t width,
                                        std::size_t largest_total);

  // Length of a weight vector: the segments, then zeros up to a multiple of the registers' width.
  static std::size_t padded(std::size_t segments);

  // weights: [kTogether, padded(segments)]. sums: [kTogether, width], overwritten.
  void multiply(const std::int16_t* weights, std::int32_t* sums) const;

 private:
  WeightedSums(std::size_t width, std::size_t length)
      : width_(width), length_(length), columns_(width * length) {}

  std::size_t width_;
  std::size_t length_;                 // padded
  std::vector<std::int16_t> columns_;  // [width_, length_]
};

}  // namespace transept::score
