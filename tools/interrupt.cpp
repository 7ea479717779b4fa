#include "tools/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace transept::tools {
namespace {

void notify(int fd) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

}  // namespace

Interrupt::Interrupt(std::function<void()> on_signal, std::function<void()> on_late)
    : on_signal_(std::move(on_signal)), on_late_(std::move(on_late)) {
  sigset_t signals;
  sigemptyset(&signals);
  // A signal that the parent chose to ignore (nohup) stays ignored.
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
      sigaddset(&signals, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC);
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  signal_fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  thread_ = std::thread([this] { watch(); });
}

Interrupt::~Interrupt() {
  notify(stop_fd_);
  thread_.join();
  ::close(signal_fd_);
  ::close(stop_fd_);
  ::close(wake_fd_);
}

void Interrupt::wake() { notify(wake_fd_); }

void Interrupt::watch() {
  pollfd fds[] = {{stop_fd_, POLLIN, 0}, {signal_fd_, POLLIN, 0}};
  while (::poll(fds, 2, -1) < 0) {
  }
  if (fds[0].revents != 0) return;

  signalfd_siginfo info{};
  if (::read(signal_fd_, &info, sizeof info) != sizeof info) return;
  signal_.store(static_cast<int>(info.ssi_signo));
  wake();
  on_signal_();
  if (::poll(fds, 1, static_cast<int>(kGrace.count())) == 0) {
    on_late_();
    std::_Exit(128 + signal_.load());
  }
}

}  // namespace transept::tools
