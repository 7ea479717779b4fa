// Counters behind transept::Profile: totals that threads share, and the clock each of them adds
// with.
//
// Where nothing is measured the pointer to the totals is null, and a lap costs a branch.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "transept/profile.h"

namespace transept {

// Thread-safe.
class ProfileTotals {
 public:
  // Adds nanoseconds and counts.
  void add(const std::array<std::uint64_t, kPhases>& nanoseconds, const Profile& counts);
  void add(Phase phase, std::uint64_t nanoseconds);
  Profile read() const;

 private:
  std::array<std::atomic<std::uint64_t>, kPhases> nanoseconds_{};
  std::atomic<std::uint64_t> encoder_passes_{0};
  std::atomic<std::uint64_t> source_tokens_{0};
  std::atomic<std::uint64_t> encoder_pairs_{0};
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<std::uint64_t> rows_{0};
  std::atomic<std::uint64_t> self_pairs_{0};
  std::atomic<std::uint64_t> cross_pairs_{0};
};

// The stop watch of one thread: a lap gives the time since the last one to a phase. Laps and counts
// are kept here until flush(), since totals are shared. Not thread-safe.
class PhaseClock {
 public:
  explicit PhaseClock(ProfileTotals* totals) : totals_(totals) {}

  bool on() const { return totals_ != nullptr; }
  // What went by since the last lap belongs to nobody.
  void start() {
    if (on()) last_ = Clock::now();
  }
  void lap(Phase phase) {
    if (on()) record(phase);
  }
  // To be counted up; only looked at while on().
  Profile& counts() { return counts_; }
  void flush() {
    if (on()) hand_over();
  }

 private:
  using Clock = std::chrono::steady_clock;
  void record(Phase phase);
  void hand_over();

  ProfileTotals* totals_;
  Clock::time_point last_{};
  std::array<std::uint64_t, kPhases> nanoseconds_{};
  Profile counts_;
};

// Gives its lifetime to a phase. `totals` may be null.
class PhaseSpan {
 public:
  PhaseSpan(ProfileTotals* totals, Phase phase) : totals_(totals), phase_(phase) {
    if (totals_ != nullptr) begin_ = std::chrono::steady_clock::now();
  }
  ~PhaseSpan();
  PhaseSpan(const PhaseSpan&) = delete;
  PhaseSpan& operator=(const PhaseSpan&) = delete;

 private:
  ProfileTotals* totals_;
  Phase phase_;
  std::chrono::steady_clock::time_point begin_{};
};

}  // namespace transept
