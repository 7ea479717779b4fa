// Interrupt: SIGHUP, SIGINT and SIGTERM as an event that a loop can wait for, instead of a handler.
//
// The signals are blocked in every thread made afterwards, and a thread of this object takes them.
// It calls `on_signal` once; should the program still run `kGrace` later, it calls `on_late` and
// ends it. Where the system gives no thread or descriptor for that, a warning says so and signals
// do what they do to any program.
#pragma once

#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace transept::tools {

class Interrupt {
 public:
  static constexpr std::chrono::milliseconds kGrace{800};

  // REQUIRES: made before any other thread.
  Interrupt(std::function<void()> on_signal, std::function<void()> on_late);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // The signal that came; 0: none yet.
  int signal() const { return signal_.load(); }
  // Becomes readable with a signal or wake(), and stays so; -1, which poll() passes over, where the
  // system gave no descriptor.
  int wake_fd() const { return wake_fd_; }
  // Ends waits on wake_fd() for another reason. Thread-safe.
  void wake();

 private:
  // Blocks the signals and starts the thread that takes them; an errno when there is none.
  int start(const sigset_t& signals);
  void watch();

  std::function<void()> on_signal_;
  std::function<void()> on_late_;
  std::atomic<int> signal_{0};
  int wake_fd_ = -1;
  int stop_fd_ = -1;
  int signal_fd_ = -1;
  std::thread thread_;
};

}  // namespace transept::tools
