// Threads that the system refuses on request. Replaces pthread_create of the whole program, so
// exactly one of its source files includes this.
#pragma once

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

namespace transept {

// While it lives, only the first `granted` threads that anybody asks for are started. One at a time.
class RefusedThreads {
 public:
  explicit RefusedThreads(int granted = 0) {
    refused_ = 0;
    granted_ = granted;
    armed_ = true;
  }
  ~RefusedThreads() { armed_ = false; }
  RefusedThreads(const RefusedThreads&) = delete;
  RefusedThreads& operator=(const RefusedThreads&) = delete;

  // Requests that failed.
  int refused() const { return refused_; }

  static bool refuse() {
    if (!armed_ || granted_.fetch_sub(1) > 0) return false;
    ++refused_;
    return true;
  }

 private:
  static inline std::atomic<bool> armed_{false};
  static inline std::atomic<int> granted_{0};
  static inline std::atomic<int> refused_{0};
};

}  // namespace transept

extern "C" [[gnu::visibility("default")]] int pthread_create(pthread_t* thread,
                                                             const pthread_attr_t* attributes,
                                                             void* (*start)(void*),
                                                             void* argument) noexcept {
  if (transept::RefusedThreads::refuse()) return EAGAIN;
  static const auto real =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return real(thread, attributes, start, argument);
}
