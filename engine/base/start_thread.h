// Threads that the system may refuse: limits on processes (RLIMIT_NPROC, a container's pids limit)
// and on memory.
//
// Whoever starts threads goes on with those there are, the caller's own if none, and says so once.
#pragma once

#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace transept {

// Adds a thread that runs body(). The error is why there is none; `threads` is unchanged then.
template <class Body>
std::error_code start_thread(std::vector<std::thread>& threads, Body body) noexcept {
  try {
    threads.emplace_back(std::move(body));
    return {};
  } catch (const std::system_error& error) {
    return error.code();
  } catch (...) {
    return std::make_error_code(std::errc::not_enough_memory);
  }
}

// Logs a warning with the reason, once in the life of the process. Thread-safe.
void warn_no_thread(const std::error_code& reason) noexcept;

}  // namespace transept
