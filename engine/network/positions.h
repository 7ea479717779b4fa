// PositionTable: sinusoids computed when first asked for, or a learned table read once.
//
// Rows are made 16 at a time: a model opens without computing sines that no sentence will need.
// row() may be called from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/network/architecture.h"

namespace transept {

class PositionTable {
 public:
  // learned: the table, null for computed kinds.
  PositionTable(Positions kind, std::size_t d_model, std::size_t offset,
                std::shared_ptr<const Tensor> learned);
  ~PositionTable();

  // [d_model] values to add to the embedding at this position; zeros for Positions::none.
  // REQUIRES: position < capacity().
  const float* row(std::size_t position) const;
  // One past the largest position.
  std::size_t capacity() const { return capacity_; }

 private:
  const float* make_chunk(std::size_t chunk) const;
  void fill(std::size_t position, float* out) const;

  Positions kind_;
  std::size_t d_model_;
  std::size_t offset_;
  std::shared_ptr<const Tensor> learned_;
  std::size_t capacity_;
  mutable std::mutex mutex_;
  mutable std::vector<std::atomic<float*>> chunks_;
};

}  // namespace transept
