#include "engine/runtime/attention_record.h"

#include "engine/base/try.h"

namespace transept {

void AttentionRecord::keep(std::size_t rows, std::size_t src_len) {
  src_len_ = src_len;
  std::vector<float>& mean = steps_.emplace_back(rows * src_len);
  const float* weights = capture_.weights.data();
  for (std::size_t head = 0; head < heads_; ++head) {
    for (float& sum : mean) sum += *weights++;
  }
  for (float& sum : mean) sum /= static_cast<float>(heads_);
}

std::vector<std::vector<float>> AttentionRecord::of(std::span<const std::uint32_t> rows) const {
  TRANSEPT_DCHECK(rows.size() <= steps_.size());
  std::vector<std::vector<float>> result;
  result.reserve(rows.size());
  for (std::size_t t = 0; t < rows.size(); ++t) {
    const float* row = steps_[t].data() + rows[t] * src_len_;
    result.emplace_back(row, row + src_len_);
  }
  return result;
}

}  // namespace transept
