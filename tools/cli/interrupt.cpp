#include "tools/cli/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "tools/cli/messages.h"

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
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      sigaddset(&signals, number);
    }
  }
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC);
  if (const int error = start(signals); error != 0) {
    warn(std::string("cannot wait for signals: ") + std::strerror(error) +
         "; an interruption ends the program at once");
  }
}

int Interrupt::start(const sigset_t& signals) {
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  if (stop_fd_ < 0) return errno;
  signal_fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
  if (signal_fd_ < 0) return errno;
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &signals, &before);
  int error = ENOMEM;
  try {
    thread_ = std::thread([this] { watch(); });
    return 0;
  } catch (const std::system_error& refused) {
    error = refused.code().value();
  } catch (const std::bad_alloc&) {
  }
  // Nobody would take them: they do what they do to any program.
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

Interrupt::~Interrupt() {
  if (thread_.joinable()) {
    notify(stop_fd_);
    thread_.join();
  }
  for (const int fd : {signal_fd_, stop_fd_, wake_fd_}) {
    if (fd >= 0) ::close(fd);
  }
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
