#include "transept/alignment.h"

#include <algorithm>
#include <tuple>

namespace transept {
namespace {

void sort_pairs(std::vector<AlignedPair>& pairs) {
  std::sort(pairs.begin(), pairs.end(), [](const AlignedPair& a, const AlignedPair& b) {
    return std::tie(a.source, a.target) < std::tie(b.source, b.target);
  });
}

}  // namespace

std::vector<AlignedPair> hard_alignment(const std::vector<std::vector<float>>& attention) {
  std::vector<AlignedPair> pairs;
  for (std::size_t target = 0; target < attention.size(); ++target) {
    const std::vector<float>& row = attention[target];
    if (row.empty()) continue;
    const auto most = std::max_element(row.begin(), row.end());  // the first one
    pairs.push_back({static_cast<std::size_t>(most - row.begin()), target});
  }
  sort_pairs(pairs);
  return pairs;
}

std::vector<AlignedPair> alignment_above(const std::vector<std::vector<float>>& attention,
                                         float threshold) {
  std::vector<AlignedPair> pairs;
  for (std::size_t target = 0; target < attention.size(); ++target) {
    for (std::size_t source = 0; source < attention[target].size(); ++source) {
      if (attention[target][source] > threshold) pairs.push_back({source, target});
    }
  }
  sort_pairs(pairs);
  return pairs;
}

}  // namespace transept
