#include "engine/network/capture.h"

namespace transept {

void attend(const KernelTable& kernels, const Attention& attention, const Captured& captured,
            AlignedBuffer<float>& weights, Team* team) {
  if (captured.sink == nullptr || !captured.sink->wants(captured.kind, captured.layer)) {
    return attend(kernels, attention, team);
  }
  Attention kept = attention;
  kept.probabilities = weights.ensure(kept.heads * kept.rows * kept.steps);
  attend(kernels, kept, team);
  captured.sink->take(captured.kind, captured.layer,
                      {captured.first, kept.rows, kept.steps, kept.heads, kept.probabilities});
}

}  // namespace transept
