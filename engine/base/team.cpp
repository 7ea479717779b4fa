#include "engine/base/team.h"

#include "engine/base/start_thread.h"

namespace transept {
namespace {

// How often a helper looks for a loop before it sleeps: some 50 microseconds, more than lies
// between two loops of a decoder step.
constexpr int kLooks = 2000;
// How often the caller looks whether the last part is done before it lets other threads run.
constexpr int kLooksBeforeYield = 1000;
// Loops that go by before the system is asked again for threads that it refused: asking costs more
// than a loop.
constexpr std::uint32_t kLoopsBeforeRetry = 4096;

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

Team::~Team() {
  stopping_.store(true);
  calls_.fetch_add(1);
  calls_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::start_helpers() noexcept {
  if (loops_before_retry_ > 0) {
    --loops_before_retry_;
    return;
  }
  while (threads_.size() < helpers_) {
    if (const std::error_code refused = start_thread(threads_, [this] { help(); })) {
      loops_before_retry_ = kLoopsBeforeRetry;
      return warn_no_thread(refused);
    }
  }
}

void Team::run_parts(std::uint32_t parts, Function function, const void* context) noexcept {
  if (threads_.size() < helpers_) start_helpers();
  const std::uint64_t loop = (next_.load(std::memory_order_relaxed) >> 32) + 1;
  next_.store(loop << 32 | kClosed);
  parts_.store(parts, std::memory_order_relaxed);
  function_.store(function, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  finished_.store(0, std::memory_order_relaxed);
  next_.store(loop << 32);
  calls_.fetch_add(1);
  if (sleepers_.load() > 0) calls_.notify_all();

  claim_parts();
  for (int looks = 0; finished_.load(std::memory_order_acquire) < parts; ++looks) {
    if (looks < kLooksBeforeYield) {
      relax();
    } else {
      std::this_thread::yield();
    }
  }
}

void Team::claim_parts() noexcept {
  while (true) {
    std::uint64_t next = next_.load();
    const auto part = static_cast<std::uint32_t>(next);
    const Function function = function_.load(std::memory_order_relaxed);
    const void* context = context_.load(std::memory_order_relaxed);
    if (part == kClosed || part >= parts_.load(std::memory_order_relaxed)) return;
    if (!next_.compare_exchange_weak(next, next + 1)) continue;
    function(context, part);
    finished_.fetch_add(1, std::memory_order_release);
  }
}

void Team::help() noexcept {
  std::uint32_t seen = 0;
  while (true) {
    std::uint32_t calls = calls_.load();
    for (int looks = 0; calls == seen && looks < kLooks; ++looks) {
      relax();
      calls = calls_.load();
    }
    if (calls == seen) {
      sleepers_.fetch_add(1);
      calls_.wait(seen);
      sleepers_.fetch_sub(1);
      calls = calls_.load();
    }
    if (stopping_.load()) return;
    seen = calls;
    claim_parts();
  }
}

}  // namespace transept
