#include "engine/network/segment_cache.h"

#include <algorithm>

#include "engine/base/try.h"

namespace transept {
namespace {

// Target positions for which a row has room at first: most translations end below it.
constexpr std::size_t kUsualLength = 64;

}  // namespace

std::byte* BlockPool::take() {
  if (free_.empty()) {
    free_.reserve(blocks_.size() + 1);  // first: giving back must not need memory
    blocks_.emplace_back(format_.layers * 2 * kPositions * cell_bytes_);
    return blocks_.back().data();
  }
  std::byte* block = free_.back();
  free_.pop_back();
  return block;
}

void BlockPool::give_back(std::span<std::byte* const> blocks) noexcept {
  free_.insert(free_.end(), blocks.begin(), blocks.end());
}

void SegmentCache::begin(const KernelTable& kernels, const CellFormat& format, const float* sources,
                         std::size_t src_len) {
  TRANSEPT_DCHECK(owned_.empty());
  rows_ = 0;
  writers_.clear();
  const std::size_t cell = format.bytes();
  source_bytes_ = src_len * cell;
  std::byte* to = source_.ensure(format.layers * 2 * source_bytes_);
  sources_.clear();
  for (std::size_t t = 0; t < src_len; ++t) {
    sources_.push_back(to + t * cell);
    for (std::size_t part = 0; part < format.layers * 2; ++part, sources += format.shape.width()) {
      format.store(kernels, sources, to + part * source_bytes_ + t * cell);
    }
  }
}

void SegmentCache::reorder(std::span<const std::int32_t> parents) {
  bool moves = parents.size() != rows_;
  for (std::size_t i = 0; i < parents.size() && !moves; ++i) {
    moves = parents[i] != static_cast<std::int32_t>(i);
  }
  if (!moves) return;

  if (next_.size() < parents.size()) next_.resize(parents.size());
  for (std::size_t i = 0; i < parents.size(); ++i) next_[i].reserve(kUsualLength);
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

void SegmentCache::extend(BlockPool& pool, std::size_t tokens) {
  if (writers_.size() < rows_) writers_.resize(rows_);
  tokens_ = tokens;
  newest_.resize(rows_ * tokens);
  for (std::size_t position = 0; position < newest_.size(); ++position) {
    Writer& writer = writers_[position / tokens];
    if (writer.block == nullptr || writer.used == BlockPool::kPositions) {
      // A block that is taken can be noted down.
      if (owned_.size() == owned_.capacity()) {
        owned_.reserve(std::max<std::size_t>(8, 2 * owned_.size()));
      }
      writer = {pool.take(), 0};
      owned_.push_back(writer.block);
    }
    newest_[position] = writer.block + writer.used++ * pool.cell_bytes();
    past_[position / tokens].push_back(newest_[position]);
  }
}

void SegmentCache::end(BlockPool& pool) noexcept {
  pool.give_back(owned_);
  owned_.clear();
  rows_ = 0;
}

}  // namespace transept
