// What the decoder keeps of one segment: keys and values of its source once, and of its past by
// ancestry.
//
// Keys and values of a position are written once and never move. A row is a list of cells, one a
// target position, so reordering hypotheses moves pointers and never tensors. Positions that are
// read together lie together: the source as [layers][key, value][src_len] cells, the past in blocks
// that a row fills from its first step on. Blocks come from a pool and go back when the segment
// ends. Not thread-safe: a thread has its own pool and caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/aligned_buffer.h"
#include "engine/network/cell_format.h"

namespace transept {

// Where keys and values of one layer lie, in bytes from a cell on.
struct CellOffsets {
  std::size_t key;
  std::size_t value;
};

// Hands out blocks of kPositions target positions: [layers][key, value][kPositions] cells.
class BlockPool {
 public:
  static constexpr std::size_t kPositions = 8;

  explicit BlockPool(const CellFormat& format) : format_(format), cell_bytes_(format.bytes()) {}
  std::byte* take();
  void give_back(std::span<std::byte* const> blocks) noexcept;

  const CellFormat& format() const { return format_; }
  std::size_t cell_bytes() const { return cell_bytes_; }
  CellOffsets offsets(std::size_t layer) const {
    return {layer * 2 * kPositions * cell_bytes_, (layer * 2 + 1) * kPositions * cell_bytes_};
  }

 private:
  CellFormat format_;
  std::size_t cell_bytes_;
  std::vector<AlignedBuffer<std::byte>> blocks_;
  std::vector<std::byte*> free_;
};

class SegmentCache {
 public:
  // Forgets the former segment but keeps its memory. sources: [src_len, layers * 2 W], a position's
  // keys and values, layer by layer.
  void begin(const KernelTable& kernels, const CellFormat& format, const float* sources,
             std::size_t src_len);
  // Row i of the coming step continues row parents[i] of the last; -1 for the first step.
  void reorder(std::span<const std::int32_t> parents);
  // New cells at the end of each row's past, one for each of so many tokens.
  void extend(BlockPool& pool, std::size_t tokens = 1);
  void end(BlockPool& pool) noexcept;

  std::size_t src_len() const { return sources_.size(); }
  // Cells of the source positions: [src_len()].
  std::span<const void* const> sources() const { return sources_; }
  CellOffsets source_offsets(std::size_t layer) const {
    return {layer * 2 * source_bytes_, (layer * 2 + 1) * source_bytes_};
  }

  // What the step computes: the new positions of the first row, oldest first, then those of the
  // next.
  std::size_t positions() const { return newest_.size(); }
  // The cells that a position of the step reads: oldest first, its own the last.
  std::span<const void* const> past(std::size_t position) const {
    const std::vector<const void*>& cells = past_[position / tokens_];
    return {cells.data(), cells.size() - tokens_ + 1 + position % tokens_};
  }
  // The cell that the step writes for a position.
  std::byte* newest(std::size_t position) { return newest_[position]; }

 private:
  // Where the row of this number writes: its block and how many of its positions are taken.
  struct Writer {
    std::byte* block = nullptr;
    std::size_t used = 0;
  };

  std::size_t rows_ = 0;
  std::size_t tokens_ = 1;        // new ones of each row in this step
  std::size_t source_bytes_ = 0;  // keys, or values, of one layer
  AlignedBuffer<std::byte> source_;
  std::vector<const void*> sources_;
  std::vector<std::vector<const void*>> past_;
  std::vector<std::vector<const void*>> next_;
  std::vector<Writer> writers_;
  std::vector<std::byte*> newest_;  // [rows, tokens]
  std::vector<std::byte*> owned_;
};

}  // namespace transept
