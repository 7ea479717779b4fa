// Alignments: which source token each target token comes from, read off Hypothesis::attention.
//
//   for (const auto [source, target] : transept::hard_alignment(hypothesis.attention)) ...
//
// Pairs are ordered by source, then target, as in the files of Moses and Marian. Pure functions.
#pragma once

#include <cstddef>
#include <vector>

#include "transept/export.h"
#include "transept/matrix.h"

namespace transept {

// Positions in a segment's source_ids and in a hypothesis's ids.
struct AlignedPair {
  std::size_t source = 0;
  std::size_t target = 0;
  bool operator==(const AlignedPair&) const = default;
};

// Each target token with the source token of largest weight, the first of equals.
TRANSEPT_API std::vector<AlignedPair> hard_alignment(const Matrix& attention);

// All pairs whose weight is above `threshold`.
TRANSEPT_API std::vector<AlignedPair> alignment_above(const Matrix& attention, float threshold);

}  // namespace transept
