// The output projection fused with masking, log-sum-exp and the selection of the best columns.
//
// Logits live in a block that fits the second cache and are never written as [rows, vocab]. The
// vocabulary is walked in chunks of fixed size, whose parts are folded in ascending order: the sum
// does not depend on who computed which chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/base/aligned_buffer.h"
#include "engine/ops/linear/linear.h"

namespace transept {

// The columns that rows are restricted to, and the head's weights of these alone.
struct OutputColumns {
  std::span<const std::int32_t> ids;  // ascending, distinct
  Linear head;                        // choose_outputs(head, ids)
};

// What one row wants; arrays belong to the caller.
struct OutputRow {
  const float* hidden;  // [in]
  // null: all. Others do not exist: a special one has the logit -inf
  const OutputColumns* columns = nullptr;
  std::span<const std::int32_t> special;  // ascending, distinct: left out of the best and of lse
  float* special_logits;                  // [special.size()], written
  TopColumns best;                        // size 0 before; written. capacity 0: none wanted
  bool needs_lse;
  // written when needed: log sum exp over the columns that are not special
  float lse;
};

// max and sum of exp(x - max), extended chunk by chunk.
class RunningLse {
 public:
  void fold(float chunk_max, float chunk_sum);
  float value() const;

 private:
  float max_ = -std::numeric_limits<float>::infinity();
  double sum_ = 0.0;
};

// Memory of one thread's calls; grows to the largest and stays.
struct OutputScratch {
  struct RowState {
    OutputRow* row;
    RunningLse lse;
    std::size_t next_special;
  };
  std::vector<RowState> states;
  LinearScratch linear;
  AlignedBuffer<float> gathered;  // hidden rows side by side
  AlignedBuffer<float> logits;
};

// head: [vocab, in]. Rows may ask for nothing at all (no special, capacity 0, no lse): they are
// skipped. Rows with the same columns share their weights when they stand side by side; no bit
// depends on it.
void project_rows(const KernelTable& kernels, const Linear& head, std::span<OutputRow> rows,
                  OutputScratch& scratch);

}  // namespace transept
