#include "tools/base/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

namespace transept::tools {
namespace {

Status cannot_start(int error) {
  return Status(Code::kInternal,
                std::string("cannot start the program again: ") + std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read_end, write_end;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return true;
  }
};

// What a child is started with; its parts are freed with it.
class Spawn {
 public:
  Spawn(const std::filesystem::path& directory, int out, int err) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    ::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    // Signals that this program waits for in a thread of its own are blocked; the child begins
    // anew.
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int start(const std::vector<std::string>& arguments, pid_t& child) {
    std::vector<char*> argv = {const_cast<char*>("transept")};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (char** one = environ; *one != nullptr; ++one) {
      const std::string_view text = *one;
      if (!text.starts_with("TRANSEPT_") || text.starts_with("TRANSEPT_ISA=") ||
          text.starts_with("TRANSEPT_MODEL_PATH=")) {
        environment.push_back(*one);
      }
    }
    environment.push_back(nullptr);
    return ::posix_spawn(&child, "/proc/self/exe", &actions_, &attributes_, argv.data(),
                         environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Reads both until the child has closed them.
void collect(int out, int err, ProgramOutput& output) {
  pollfd fds[] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[] = {&output.out, &output.err};
  char buffer[1 << 16];
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    if (::poll(fds, 2, -1) < 0) continue;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      const ssize_t count = ::read(fds[i].fd, buffer, sizeof buffer);
      if (count > 0) {
        texts[i]->append(buffer, static_cast<std::size_t>(count));
      } else if (count == 0 || errno != EINTR) {
        fds[i].fd = -1;
      }
    }
  }
}

}  // namespace

Result<ProgramOutput> Program::run(const std::vector<std::string>& arguments) {
  if (stopped()) return Status(Code::kCancelled, "stopped");
  Pipe out, err;
  if (!out.open() || !err.open()) return cannot_start(errno);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (const int error =
          Spawn(directory_, out.write_end.get(), err.write_end.get()).start(arguments, child);
      error != 0) {
    return cannot_start(error);
  }
  {
    const std::lock_guard lock(mutex_);
    child_ = child;
    if (stopped_) ::kill(child, SIGTERM);
  }
  out.write_end.reset();
  err.write_end.reset();

  ProgramOutput output;
  collect(out.read_end.get(), err.read_end.get(), output);
  // Waited for without being reaped first: until then its number belongs to nobody else, and stop()
  // may use it.
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  {
    const std::lock_guard lock(mutex_);
    child_ = 0;
  }
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return cannot_start(errno);
  }
  output.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (stopped()) return Status(Code::kCancelled, "stopped");
  output.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  // Linux counts what this process held when it started the child, too, which is less than any
  // model.
  output.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return output;
}

void Program::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (child_ != 0) ::kill(child_, SIGTERM);
}

bool Program::stopped() {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace transept::tools
