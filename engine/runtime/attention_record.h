// AttentionRecord: what the steps of one segment attended to in its source, and what of it belongs
// to a hypothesis.
//
// The cross-attention of the decoder's last layer, mean over its heads. A step's rows are written
// once and stay where they are; a hypothesis finds its own by the rows its search names, so
// reordering beams costs nothing. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/network/architecture.h"
#include "engine/network/decoder.h"

namespace transept {

class AttentionRecord {
 public:
  explicit AttentionRecord(const Architecture& architecture)
      : heads_(architecture.decoder.heads),
        capture_{.first_layer = architecture.decoder.layers - 1} {}

  // What the segment's next step is to fill in.
  CrossCapture& capture() { return capture_; }
  // Keeps what the capture holds: the weights of the step's `rows`.
  void keep(std::size_t rows, std::size_t src_len);
  // [rows.size()][src_len]: row rows[t] of step t. REQUIRES: as many steps were kept.
  std::vector<std::vector<float>> of(std::span<const std::uint32_t> rows) const;

 private:
  std::size_t heads_;
  std::size_t src_len_ = 0;
  CrossCapture capture_;
  std::vector<std::vector<float>> steps_;  // each [rows, src_len]
};

}  // namespace transept
