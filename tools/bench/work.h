// Work: how many multiply-adds and bytes the phases of a translation take, from the model's
// architecture.
//
// Multiply-adds are those of matrix products and of attention (scores and weighted sums). Bytes are
// the weights, read once a pass of the encoder or step of the decoder, and the keys and values a
// step reads; activations, which stay in cache, are not counted.
#pragma once

#include <array>
#include <cstddef>

#include "transept/inspect.h"
#include "transept/profile.h"

namespace transept::bench {

struct PhaseWork {
  double per_row = 0.0;         // multiply-adds for each source token, or row of a step
  double per_pair = 0.0;        // ... for each position a row attends to
  double weight_bytes = 0.0;    // read in each pass or step
  double bytes_per_pair = 0.0;  // keys and values
};

// Of each phase; zero where there are no products.
using ModelWork = std::array<PhaseWork, kPhases>;

ModelWork model_work(const ModelInfo& model);

struct Done {
  double multiply_adds = 0.0;
  double bytes = 0.0;
};

// What a phase did in all that `profile` counted.
Done work_done(const ModelWork& work, Phase phase, const Profile& profile);

// later - earlier, member by member.
Profile difference(const Profile& later, const Profile& earlier);

}  // namespace transept::bench
