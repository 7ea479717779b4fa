#include "engine/network/segment_cache.h"

#include "engine/base/try.h"

namespace transept {

float* CellPool::take() {
  if (free_.empty()) {
    blocks_.emplace_back(kCellsInBlock * cell_floats_);
    free_.reserve(blocks_.size() * kCellsInBlock);
    for (std::size_t i = kCellsInBlock; i-- > 0;) {
      free_.push_back(blocks_.back().data() + i * cell_floats_);
    }
  }
  float* cell = free_.back();
  free_.pop_back();
  return cell;
}

void CellPool::give_back(std::span<float* const> cells) {
  free_.insert(free_.end(), cells.begin(), cells.end());
}

void SegmentCache::begin(std::size_t src_len, std::size_t cross_floats) {
  TRANSEPT_DCHECK(owned_.empty());
  src_len_ = src_len;
  rows_ = 0;
  cross_.ensure(cross_floats);
}

void SegmentCache::reorder(std::span<const std::int32_t> parents) {
  bool moves = parents.size() != rows_;
  for (std::size_t i = 0; i < parents.size() && !moves; ++i) {
    moves = parents[i] != static_cast<std::int32_t>(i);
  }
  if (!moves) return;

  if (next_.size() < parents.size()) next_.resize(parents.size());
  for (std::size_t i = 0; i < parents.size(); ++i) {
    if (parents[i] < 0) {
      next_[i].clear();
    } else {
      next_[i] = past_[static_cast<std::size_t>(parents[i])];
    }
  }
  past_.swap(next_);
  rows_ = parents.size();
}

void SegmentCache::extend(CellPool& pool) {
  for (std::size_t row = 0; row < rows_; ++row) {
    owned_.push_back(pool.take());
    past_[row].push_back(owned_.back());
  }
}

void SegmentCache::end(CellPool& pool) {
  pool.give_back(owned_);
  owned_.clear();
  rows_ = 0;
}

}  // namespace transept
