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
  // A step follows that feeds so many tokens to each row.
  void begin_step(std::size_t tokens) { steps_.push_back({tokens, {}}); }
  void take(AttentionKind kind, std::size_t layer, const AttentionWeights& weights) override;

  // [ids, src_len] of a hypothesis: the first positions of those that its tokens were fed to, which
  // are those of row path[t] in step t. REQUIRES: as many steps were taken.
  Matrix of(std::span<const std::uint32_t> path, std::size_t ids) const;

 private:
  struct Step {
    std::size_t tokens;
    Matrix mean;  // [rows * tokens, src_len]
  };

  std::size_t last_layer_;
  std::vector<Step> steps_;
};

}  // namespace transept
