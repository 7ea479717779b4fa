// CaptureSink: how attention leaves the network while a segment runs.
//
// A segment that has a sink asks it in every layer. What it does not want, and all of a segment
// without one, costs nothing: weights are then never written down. What is captured changes no bit
// of the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/aligned_buffer.h"
#include "engine/ops/attention.h"

namespace transept {

enum class AttentionKind : std::uint8_t { encoder_self, decoder_self, cross };

// What some positions of one segment attend to in one layer. Positions of the encoder are those of
// the source, those of a decoder step are numbered as in StepSegment.
struct AttentionWeights {
  std::size_t first;    // of these positions
  std::size_t queries;  // how many they are
  std::size_t keys;     // how many positions each of them reads: the source, or its own past
  std::size_t heads;
  const float* values;  // [heads, queries, keys], until take() returns; a row's sum is 1

  std::span<const float> row(std::size_t head, std::size_t query) const {
    return {values + (head * queries + query) * keys, keys};
  }
};

class CaptureSink {
 public:
  virtual ~CaptureSink() = default;
  virtual bool wants(AttentionKind kind, std::size_t layer) const = 0;
  // Called layer by layer, for all that is wanted of a pass, on the thread that runs it. May throw:
  // the pass ends with that.
  virtual void take(AttentionKind kind, std::size_t layer, const AttentionWeights& weights) = 0;
};

// Which attention is computed, and who may want to see it.
struct Captured {
  CaptureSink* sink;  // may be null
  AttentionKind kind;
  std::size_t layer;
  std::size_t first = 0;  // as in AttentionWeights
};

// attend(), with the weights for the sink that wants them. weights: memory for them.
void attend(const KernelTable& kernels, const Attention& attention, const Captured& captured,
            AlignedBuffer<float>& weights, Team* team = nullptr);

}  // namespace transept
