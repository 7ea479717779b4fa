#include "engine/runtime/attention_record.h"

#include "engine/base/try.h"

namespace transept {

void AttentionRecord::take(AttentionKind /*kind*/, std::size_t /*layer*/,
                           const AttentionWeights& weights) {
  Matrix& mean = steps_.emplace_back();
  mean = {weights.queries, weights.keys, std::vector<float>(weights.queries * weights.keys)};
  const float* head = weights.values;
  for (std::size_t h = 0; h < weights.heads; ++h) {
    for (float& sum : mean.values) sum += *head++;
  }
  for (float& sum : mean.values) sum /= static_cast<float>(weights.heads);
}

Matrix AttentionRecord::of(std::span<const std::uint32_t> path) const {
  TRANSEPT_DCHECK(path.size() <= steps_.size());
  if (path.empty()) return {};
  Matrix result{path.size(), steps_.front().cols, {}};
  result.values.reserve(result.rows * result.cols);
  for (std::size_t t = 0; t < path.size(); ++t) {
    const auto row = steps_[t].row(path[t]);
    result.values.insert(result.values.end(), row.begin(), row.end());
  }
  return result;
}

}  // namespace transept
