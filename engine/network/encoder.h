// Encoder: packed source tokens of many segments to their hidden states, as in Vaswani et al. 2017,
// fig. 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/aligned_buffer.h"
#include "engine/network/capture.h"
#include "engine/network/network.h"
#include "engine/ops/linear/linear.h"

namespace transept {

// Temporaries of one thread; they grow to the largest batch and stay.
struct EncoderScratch {
  LinearScratch linear;
  AlignedBuffer<float> x, qkv, mixed, branch, hidden, scores, captured;
  std::vector<const void*> cells;
};

// The source of one segment.
struct EncoderSegment {
  std::span<const std::int32_t> ids;
  CaptureSink* capture = nullptr;  // null: nobody wants its attention
};

// Hidden states [N, D] of the segments, one after the other; N is the sum of their lengths. Nothing
// is padded: each segment attends to its own rows. The result lies in the scratch until the next
// call.
// REQUIRES: ids inside the source vocabulary, lengths up to the position capacity, no empty
// segment.
const float* encode(const Network& network, std::span<const EncoderSegment> segments,
                    EncoderScratch& scratch);

}  // namespace transept
