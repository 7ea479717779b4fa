// Decoder: one step of many rows (live hypotheses of many segments), as in Vaswani et al. 2017,
// fig. 1.
//
// Causal by construction: a row reads its own past, which is all there is. A step may bring several
// tokens of a row, whose positions it computes together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/aligned_buffer.h"
#include "engine/base/phase_clock.h"
#include "engine/network/capture.h"
#include "engine/network/network.h"
#include "engine/network/segment_cache.h"
#include "engine/ops/linear/linear.h"

namespace transept {

// Temporaries of one thread; they grow to the largest step and stay.
struct DecoderScratch {
  LinearScratch linear;
  AlignedBuffer<float> x, qkv, mixed, branch, hidden, q, scores, captured, cross_kv;
  PhaseClock clock{nullptr};  // steps give their laps to it
};

// The rows of one segment in a step: tokens[i] is the token of position i of the cache's step.
struct StepSegment {
  SegmentCache* cache;
  std::span<const std::int32_t> tokens;
  CaptureSink* capture = nullptr;  // null: nobody wants its attention
};

// A pool of blocks for this network's caches.
BlockPool make_block_pool(const Network& network);

// Starts caches from encoder states, [N, D] packed in the order of `caches`: keys and values of
// every decoder layer's cross-attention, computed as one product. src_lens: [caches].
void remember_sources(const Network& network, const float* encoded,
                      std::span<SegmentCache* const> caches, std::span<const std::size_t> src_lens,
                      DecoderScratch& scratch);

// Hidden states [positions, D] of the new positions, before the output projection, segment by
// segment. The caches must have been reordered and extended from `pool` for this step. The
// result lies in the scratch.
const float* decode_step(const Network& network, std::span<const StepSegment> segments,
                         const BlockPool& pool, DecoderScratch& scratch);

}  // namespace transept
