// Profile: where the time of a translator goes, and how much work it did meanwhile.
//
//   OpenOptions options;
//   options.profile = true;
//   auto translator = transept::Translator::open(model, options);
//   ... translate ...
//   const transept::Profile profile = translator->profile();
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace transept {

// Parts of a translation, in their order. From embed to search they make up a step of the decoder,
// which runs once for each position of the target, for all sentences in flight together.
enum class Phase : int {
  tokenize = 0,        // text to ids, splitting of long lines included
  encode = 1,          // the encoder's stack
  source_memory = 2,   // keys and values of cross-attention, once a sentence
  embed = 3,           // newest tokens and their positions, bookkeeping of caches
  self_attention = 4,  // of the decoder, with its projections; all layers together, here and below
  cross_attention = 5,
  feed_forward = 6,
  output = 7,      // projection to the vocabulary and selection of candidates
  search = 8,      // hypotheses go on, end, or are dropped
  detokenize = 9,  // ids to text
};

inline constexpr std::size_t kPhases = 10;

inline constexpr std::array<std::string_view, kPhases> kPhaseNames = {
    "tokenize",        "encode",       "source memory", "embed",  "self-attention",
    "cross-attention", "feed-forward", "output",        "search", "detokenize"};

// What a phase takes, by the network's own account. Multiply-adds are those of matrix products and of
// attention (scores and weighted sums); bytes are the weights, read once a pass of the encoder or
// step of the decoder, and the keys and values that a step reads. Activations, which stay in cache,
// are not counted.
struct PhaseWork {
  double per_row = 0.0;         // multiply-adds for each source token, or row of a step
  double per_pair = 0.0;        // ... for each position a row attends to
  double weight_bytes = 0.0;    // read in each pass or step
  double bytes_per_pair = 0.0;  // keys and values
};

// By Phase; zero where there are no products.
using NetworkWork = std::array<PhaseWork, kPhases>;

// Totals since the translator was opened; take the difference of two to measure what lies between.
// Times are those of threads: two that work for a second make two seconds.
struct Profile {
  std::array<double, kPhases> seconds{};  // by Phase
  std::uint64_t encoder_passes = 0;       // runs of the encoder, each over several sentences
  std::uint64_t source_tokens = 0;        // encoded
  std::uint64_t encoder_pairs = 0;  // positions that attended to positions: sum of squared lengths
  std::uint64_t steps = 0;          // of the decoder
  std::uint64_t rows = 0;           // hypotheses in these steps
  std::uint64_t self_pairs = 0;     // rows and positions of their past
  std::uint64_t cross_pairs = 0;    // rows and positions of their source
};

}  // namespace transept
