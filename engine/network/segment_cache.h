// What the decoder keeps of one segment: keys and values of its source once, and of its past by ancestry.
//
// Keys and values of a position are written once and never move. A row is a list of cells, one a target
// position, so reordering hypotheses moves pointers and never tensors. Positions that are read together lie
// together: the source as [layers][key, value][src_len, W], the past in blocks that a row fills from its first
// step on. Blocks come from a pool and go back when the segment ends. Not thread-safe: a thread has its own
// pool and caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/aligned_buffer.h"

namespace transept {

// Where keys and values of one layer lie, from a cell on.
struct CellOffsets {
  std::size_t key;
  std::size_t value;
};

// Hands out blocks of kPositions target positions: [layers][key, value][kPositions, W].
class BlockPool {
 public:
  static constexpr std::size_t kPositions = 8;

  BlockPool(std::size_t layers, std::size_t width) : layers_(layers), width_(width) {}
  float* take();
  void give_back(std::span<float* const> blocks);

  std::size_t width() const { return width_; }
  CellOffsets offsets(std::size_t layer) const {
    return {layer * 2 * kPositions * width_, (layer * 2 + 1) * kPositions * width_};
  }

 private:
  std::size_t layers_;
  std::size_t width_;
  std::vector<AlignedBuffer<float>> blocks_;
  std::vector<float*> free_;
};

class SegmentCache {
 public:
  // Forgets the former segment but keeps its memory. cells: [src_len, layers * 2 W], a source position's keys and
  // values, layer by layer.
  void begin(const float* cells, std::size_t src_len, std::size_t layers, std::size_t width);
  // Row i of the coming step continues row parents[i] of the last; -1 for the first step.
  void reorder(std::span<const std::int32_t> parents);
  // A new cell at the end of each row's past.
  void extend(BlockPool& pool);
  void end(BlockPool& pool);

  std::size_t src_len() const { return sources_.size(); }
  // Cells of the source positions: [src_len()].
  std::span<const float* const> sources() const { return sources_; }
  CellOffsets source_offsets(std::size_t layer) const {
    return {layer * 2 * source_floats_, (layer * 2 + 1) * source_floats_};
  }

  std::size_t rows() const { return rows_; }
  // Cells of row r: [steps()], oldest first.
  std::span<const float* const> past(std::size_t row) const { return past_[row]; }
  // The cell that this step writes for row r.
  float* newest(std::size_t row) { return newest_[row]; }

 private:
  // Where the row of this number writes: its block and how many of its positions are taken.
  struct Writer {
    float* block = nullptr;
    std::size_t used = 0;
  };

  std::size_t rows_ = 0;
  std::size_t source_floats_ = 0;      // keys, or values, of one layer
  AlignedBuffer<float> source_;
  std::vector<const float*> sources_;
  std::vector<std::vector<const float*>> past_;
  std::vector<std::vector<const float*>> next_;
  std::vector<Writer> writers_;
  std::vector<float*> newest_;
  std::vector<float*> owned_;
};

}  // namespace transept
