#include "engine/base/phase_clock.h"

#include <utility>

namespace transept {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

std::uint64_t nanoseconds_between(std::chrono::steady_clock::time_point begin,
                                  std::chrono::steady_clock::time_point end) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count());
}

}  // namespace

void ProfileTotals::add(const std::array<std::uint64_t, kPhases>& nanoseconds,
                        const Profile& counts) {
  for (std::size_t i = 0; i < kPhases; ++i) {
    if (nanoseconds[i] > 0) nanoseconds_[i].fetch_add(nanoseconds[i], kRelaxed);
  }
  encoder_passes_.fetch_add(counts.encoder_passes, kRelaxed);
  source_tokens_.fetch_add(counts.source_tokens, kRelaxed);
  encoder_pairs_.fetch_add(counts.encoder_pairs, kRelaxed);
  steps_.fetch_add(counts.steps, kRelaxed);
  rows_.fetch_add(counts.rows, kRelaxed);
  self_pairs_.fetch_add(counts.self_pairs, kRelaxed);
  cross_pairs_.fetch_add(counts.cross_pairs, kRelaxed);
}

void ProfileTotals::add(Phase phase, std::uint64_t nanoseconds) {
  nanoseconds_[static_cast<std::size_t>(phase)].fetch_add(nanoseconds, kRelaxed);
}

Profile ProfileTotals::read() const {
  Profile profile;
  for (std::size_t i = 0; i < kPhases; ++i) {
    profile.seconds[i] = 1e-9 * static_cast<double>(nanoseconds_[i].load(kRelaxed));
  }
  profile.encoder_passes = encoder_passes_.load(kRelaxed);
  profile.source_tokens = source_tokens_.load(kRelaxed);
  profile.encoder_pairs = encoder_pairs_.load(kRelaxed);
  profile.steps = steps_.load(kRelaxed);
  profile.rows = rows_.load(kRelaxed);
  profile.self_pairs = self_pairs_.load(kRelaxed);
  profile.cross_pairs = cross_pairs_.load(kRelaxed);
  return profile;
}

void PhaseClock::record(Phase phase) {
  const Clock::time_point now = Clock::now();
  nanoseconds_[static_cast<std::size_t>(phase)] += nanoseconds_between(last_, now);
  last_ = now;
}

void PhaseClock::hand_over() {
  totals_->add(std::exchange(nanoseconds_, {}), std::exchange(counts_, {}));
}

PhaseSpan::~PhaseSpan() {
  if (totals_ == nullptr) return;
  totals_->add(phase_, nanoseconds_between(begin_, std::chrono::steady_clock::now()));
}

}  // namespace transept
