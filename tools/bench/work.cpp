#include "tools/bench/work.h"

namespace transept::bench {
namespace {

std::size_t index(Phase phase) { return static_cast<std::size_t>(phase); }

}  // namespace

Done work_done(const NetworkWork& work, Phase phase, const Profile& profile) {
  const PhaseWork& one = work[index(phase)];
  const bool source = phase == Phase::encode || phase == Phase::source_memory;
  const auto rows = static_cast<double>(source ? profile.source_tokens : profile.rows);
  const auto passes = static_cast<double>(source ? profile.encoder_passes : profile.steps);
  const auto pairs = static_cast<double>(phase == Phase::encode            ? profile.encoder_pairs
                                         : phase == Phase::self_attention  ? profile.self_pairs
                                         : phase == Phase::cross_attention ? profile.cross_pairs
                                                                           : 0);
  return {rows * one.per_row + pairs * one.per_pair,
          passes * one.weight_bytes + pairs * one.bytes_per_pair};
}

Profile difference(const Profile& later, const Profile& earlier) {
  Profile d;
  for (std::size_t i = 0; i < kPhases; ++i) d.seconds[i] = later.seconds[i] - earlier.seconds[i];
  d.encoder_passes = later.encoder_passes - earlier.encoder_passes;
  d.source_tokens = later.source_tokens - earlier.source_tokens;
  d.encoder_pairs = later.encoder_pairs - earlier.encoder_pairs;
  d.steps = later.steps - earlier.steps;
  d.rows = later.rows - earlier.rows;
  d.self_pairs = later.self_pairs - earlier.self_pairs;
  d.cross_pairs = later.cross_pairs - earlier.cross_pairs;
  return d;
}

}  // namespace transept::bench
