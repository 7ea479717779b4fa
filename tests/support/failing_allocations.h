// Memory that runs out on request: operator new fails at its k-th call. Replaces the operators of
// the whole program, so exactly one of its source files includes this.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

namespace transept {

// Allocations that were not given back.
inline std::atomic<std::int64_t> outstanding{0};

// While it lives, requests of all threads are counted, and the one of number `first` (from 0) fails;
// if it lasts, all behind it, too. One at a time.
class FailingAllocations {
 public:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  explicit FailingAllocations(std::uint64_t first, bool lasts = false) {
    requests_ = 0;
    lasts_ = lasts;
    first_ = first;
    armed_ = true;
  }
  ~FailingAllocations() { armed_ = false; }
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;

  static std::uint64_t requests() { return requests_; }
  // A request has failed.
  static bool struck() { return requests_ > first_; }

  static bool refuse() noexcept {
    if (!armed_) return false;
    const std::uint64_t number = requests_.fetch_add(1);
    return number == first_ || (lasts_ && number > first_);
  }

 private:
  static inline std::atomic<bool> armed_{false};
  static inline std::atomic<bool> lasts_{false};
  static inline std::atomic<std::uint64_t> first_{kNever};
  static inline std::atomic<std::uint64_t> requests_{0};
};

inline void* granted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  ++outstanding;
  return memory;
}
inline void give_back(void* memory) noexcept {
  if (memory != nullptr) --outstanding;
  std::free(memory);
}

}  // namespace transept

// Not inlined: g++ 12 would take malloc and free for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (transept::FailingAllocations::refuse()) throw std::bad_alloc();
  return transept::granted(std::malloc(size == 0 ? 1 : size));
}
// std::stable_sort asks here. Sanitizers bring a form that does not call the one above.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { transept::give_back(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  transept::give_back(memory);
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  if (transept::FailingAllocations::refuse()) throw std::bad_alloc();
  const auto align = static_cast<std::size_t>(alignment);
  return transept::granted(std::aligned_alloc(align, (size + align - 1) / align * align));
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  transept::give_back(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  transept::give_back(memory);
}
