// Team: threads that share one loop of independent parts, for loops that last microseconds.
//
// Parts are claimed one by one, so a helper that the system has not woken yet, or that other
// programs keep from running, delays nothing: the caller does what nobody else has claimed. Between
// loops helpers watch for a moment, then sleep.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace transept {

class Team {
 public:
  // No thread is started before the first run(). Where the system refuses some, those there are do
  // the work, the caller at least.
  explicit Team(std::size_t helpers) : helpers_(helpers) {}
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  // Threads that work on a loop, the caller included.
  std::size_t size() const { return helpers_ + 1; }

  // Calls part(i) once for each i in [0, parts), from this thread and the helpers, and returns when
  // all have returned. `part` must not throw. REQUIRES: one run() at a time.
  template <class Part>
  void run(std::size_t parts, const Part& part) noexcept {
    run_parts(
        static_cast<std::uint32_t>(parts),
        [](const void* context, std::size_t i) { (*static_cast<const Part*>(context))(i); }, &part);
  }

 private:
  using Function = void (*)(const void* context, std::size_t part);

  void start_helpers() noexcept;
  void run_parts(std::uint32_t parts, Function function, const void* context) noexcept;
  void claim_parts() noexcept;
  void help() noexcept;

  std::size_t helpers_;
  std::vector<std::thread> threads_;
  std::uint32_t loops_before_retry_ = 0;  // since the system last refused a thread
  // The number of the loop in the high half, the next part in the low one; kClosed there: no part
  // may be claimed.
  std::atomic<std::uint64_t> next_{kClosed};
  static constexpr std::uint32_t kClosed = UINT32_MAX;
  // The loop. A helper may read them while the next loop is set up: then its claim fails, since
  // next_ has changed.
  std::atomic<std::uint32_t> parts_{0};
  std::atomic<Function> function_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<std::uint32_t> finished_{0};
  std::atomic<std::uint32_t> calls_{0};  // what sleeping helpers wait on
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace transept
