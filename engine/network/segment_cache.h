// What the decoder keeps of one segment: keys and values of its source once, and of its past by ancestry.
//
// Keys and values of a target position are written once, into a cell that never moves. A row is a list of
// cells, one a position, so reordering hypotheses moves pointers and never tensors. Cells come from a
// pool and go back when the segment ends. Not thread-safe: a thread has its own pool and caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/aligned_buffer.h"

namespace transept {

// Hands out cells of equal size, made in blocks.
class CellPool {
 public:
  explicit CellPool(std::size_t cell_floats) : cell_floats_(cell_floats) {}
  float* take();
  void give_back(std::span<float* const> cells);

 private:
  static constexpr std::size_t kCellsInBlock = 64;
  std::size_t cell_floats_;
  std::vector<AlignedBuffer<float>> blocks_;
  std::vector<float*> free_;
};

class SegmentCache {
 public:
  // Forgets the former segment but keeps its memory. Floats of cross keys and values: see decoder.h.
  void begin(std::size_t src_len, std::size_t cross_floats);
  // Row i of the coming step continues row parents[i] of the last; -1 for the first step.
  void reorder(std::span<const std::int32_t> parents);
  // A new cell at the end of each row's past.
  void extend(CellPool& pool);
  void end(CellPool& pool);

  std::size_t src_len() const { return src_len_; }
  float* cross() { return cross_.data(); }
  const float* cross() const { return cross_.data(); }
  std::size_t rows() const { return rows_; }
  // Cells of row r: [steps()], oldest first.
  std::span<const float* const> past(std::size_t row) const { return past_[row]; }
  // The cell that this step writes for row r.
  float* newest(std::size_t row) { return owned_[owned_.size() - rows_ + row]; }

 private:
  std::size_t src_len_ = 0;
  std::size_t rows_ = 0;
  AlignedBuffer<float> cross_;
  std::vector<std::vector<const float*>> past_;
  std::vector<std::vector<const float*>> next_;
  std::vector<float*> owned_;
};

}  // namespace transept
