#include "transept/alignment.h"

#include <algorithm>
#include <span>
#include <tuple>

namespace transept {
namespace {

void sort_pairs(std::vector<AlignedPair>& pairs) {
  std::sort(pairs.begin(), pairs.end(), [](const AlignedPair& a, const AlignedPair& b) {
    return std::tie(a.source, a.target) < std::tie(b.source, b.target);
  });
}

}  // namespace

std::vector<AlignedPair> hard_alignment(const Matrix& attention) {
  std::vector<AlignedPair> pairs;
  for (std::size_t target = 0; target < attention.rows; ++target) {
    const std::span<const float> row = attention.row(target);
    if (row.empty()) continue;
    const auto most = std::max_element(row.begin(), row.end());  // the first one
    pairs.push_back({static_cast<std::size_t>(most - row.begin()), target});
  }
  sort_pairs(pairs);
  return pairs;
}

std::vector<AlignedPair> alignment_above(const Matrix& attention, float threshold) {
  std::vector<AlignedPair> pairs;
  for (std::size_t target = 0; target < attention.rows; ++target) {
    const std::span<const float> row = attention.row(target);
    for (std::size_t source = 0; source < row.size(); ++source) {
      if (row[source] > threshold) pairs.push_back({source, target});
    }
  }
  sort_pairs(pairs);
  return pairs;
}

}  // namespace transept
