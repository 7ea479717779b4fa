#include "engine/runtime/attention_record.h"

#include "engine/base/try.h"

namespace transept {

void AttentionRecord::take(AttentionKind /*kind*/, std::size_t /*layer*/,
                           const AttentionWeights& weights) {
  Matrix& mean = steps_.back().mean;
  mean = {weights.queries, weights.keys, std::vector<float>(weights.queries * weights.keys)};
  const float* head = weights.values;
  for (std::size_t h = 0; h < weights.heads; ++h) {
    for (float& sum : mean.values) sum += *head++;
  }
  for (float& sum : mean.values) sum /= static_cast<float>(weights.heads);
}

Matrix AttentionRecord::of(std::span<const std::uint32_t> path, std::size_t ids) const {
  TRANSEPT_DCHECK(path.size() <= steps_.size());
  if (ids == 0) return {};
  Matrix result{0, steps_.front().mean.cols, {}};
  result.values.reserve(ids * result.cols);
  for (std::size_t t = 0; t < path.size(); ++t) {
    const Step& step = steps_[t];
    for (std::size_t k = 0; k < step.tokens && result.rows < ids; ++k, ++result.rows) {
      const auto row = step.mean.row(path[t] * step.tokens + k);
      result.values.insert(result.values.end(), row.begin(), row.end());
    }
  }
  return result;
}

}  // namespace transept
