// AttentionRecord: what the steps of one segment attended to in its source, and what of it belongs
// to a hypothesis.
//
// The cross-attention of the decoder's last layer, mean over its heads. A step's rows are written
// once and stay where they are; a hypothesis finds its own by its path, so reordering beams costs
// nothing. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/network/architecture.h"
#include "engine/network/capture.h"
#include "transept/matrix.h"

namespace transept {

class AttentionRecord final : public CaptureSink {
 public:
  explicit AttentionRecord(const Architecture& architecture)
      : last_layer_(architecture.decoder.layers - 1) {}

  bool wants(AttentionKind kind, std::size_t layer) const override {
    return kind == AttentionKind::cross && layer == last_layer_;
  }
  void take(AttentionKind kind, std::size_t layer, const AttentionWeights& weights) override;

  // [path.size(), src_len]: row path[t] of step t. REQUIRES: as many steps were taken.
  Matrix of(std::span<const std::uint32_t> path) const;

 private:
  std::size_t last_layer_;
  std::vector<Matrix> steps_;  // each [rows, src_len]
};

}  // namespace transept
