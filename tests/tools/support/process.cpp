#include "tests/tools/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace transept::testing_support {
namespace {

// Lines of a megabyte take a minute and more with scalar kernels or under a sanitizer.
constexpr unsigned kLimitSeconds = 600;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    read_end = ends[0];
    write_end = ends[1];
  }
};

// Where standard output goes; -1: it is closed.
int output_of(const RunOptions& options, const Pipe& pipe) {
  if (options.close_stdout) return -1;
  if (options.nonblocking) ::fcntl(pipe.write_end, F_SETFL, O_NONBLOCK);
  if (options.stdout_path.empty()) return pipe.write_end;
  const int how = options.append ? O_APPEND : O_TRUNC;
  return ::open(options.stdout_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0644);
}

// In the child: `in`, `out` and `err` become the standard files (-1: closed), then the program
// starts.
[[noreturn]] void become_program(const std::vector<std::string>& arguments,
                                 const RunOptions& options, int in, int out, int err) {
  const auto place = [](int from, int to) { from < 0 ? ::close(to) : ::dup2(from, to); };
  place(options.close_stdin ? -1 : in, STDIN_FILENO);
  place(out, STDOUT_FILENO);
  place(err, STDERR_FILENO);
  ::closefrom(STDERR_FILENO + 1);  // what started the test may have left some open
  for (const std::string& one : options.environment) ::putenv(const_cast<char*>(one.c_str()));
  ::signal(SIGPIPE, SIG_DFL);
  if (options.file_limit > 0) {
    const rlimit limit = {options.file_limit, options.file_limit};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::alarm(kLimitSeconds);  // survives exec: a program that hangs is ended
  if (options.prepare) options.prepare();
  std::vector<char*> argv = {const_cast<char*>(TRANSEPT_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(TRANSEPT_PROGRAM, argv.data());
  std::perror(TRANSEPT_PROGRAM);
  ::_exit(127);
}

void set_exit(int status, Outcome& outcome) {
  outcome.signalled = WIFSIGNALED(status);
  outcome.code = outcome.signalled ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Writes `input` to `in` and collects `out` and `err` until both end; closes all three.
void converse(int in, const std::string& input, int out, int err, Outcome& outcome) {
  ::signal(SIGPIPE, SIG_IGN);
  if (in >= 0) ::fcntl(in, F_SETFL, O_NONBLOCK);
  std::size_t written = 0;
  char buffer[65536];
  while (in >= 0 || out >= 0 || err >= 0) {
    if (in >= 0 && written == input.size()) {
      ::close(in);
      in = -1;
    }
    pollfd fds[] = {{out, POLLIN, 0}, {err, POLLIN, 0}, {in, POLLOUT, 0}};
    if (::poll(fds, 3, -1) < 0) continue;
    const auto collect = [&](pollfd& source, int& fd, std::string& text) {
      if (fd < 0 || source.revents == 0) return;
      const ssize_t count = ::read(fd, buffer, sizeof buffer);
      if (count > 0) {
        text.append(buffer, static_cast<std::size_t>(count));
      } else {
        ::close(fd);
        fd = -1;
      }
    };
    collect(fds[0], out, outcome.out);
    collect(fds[1], err, outcome.err);
    if (in >= 0 && fds[2].revents != 0) {
      const ssize_t count = ::write(in, input.data() + written, input.size() - written);
      if (count > 0) {
        written += static_cast<std::size_t>(count);
      } else if (errno != EAGAIN) {
        written = input.size();  // the program does not want the rest
      }
    }
  }
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments, const RunOptions& options) {
  Pipe in, out, err;
  const int out_file = output_of(options, out);
  const pid_t pid = ::fork();
  if (pid == 0) become_program(arguments, options, in.read_end, out_file, err.write_end);
  for (const int fd : {in.read_end, out.write_end, err.write_end}) ::close(fd);
  if (!options.stdout_path.empty()) ::close(out_file);

  Outcome outcome;
  converse(in.write_end, options.input, out.read_end, err.read_end, outcome);
  int status = 0;
  ::waitpid(pid, &status, 0);
  set_exit(status, outcome);
  return outcome;
}

Process::Process(const std::vector<std::string>& arguments, const RunOptions& options) {
  Pipe in, out, err;
  const int out_file = output_of(options, out);
  pid_ = ::fork();
  if (pid_ == 0) become_program(arguments, options, in.read_end, out_file, err.write_end);
  for (const int fd : {in.read_end, out.write_end, err.write_end}) ::close(fd);
  if (!options.stdout_path.empty()) ::close(out_file);
  in_ = in.write_end;
  out_ = out.read_end;
  err_ = err.read_end;
  ::signal(SIGPIPE, SIG_IGN);
}

Process::~Process() {
  close_input();
  close_output();
  if (err_ >= 0) ::close(err_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void Process::write(const std::string& bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(in_, bytes.data() + written, bytes.size() - written);
    if (count <= 0) return;
    written += static_cast<std::size_t>(count);
  }
}

void Process::close_input() {
  if (in_ >= 0) ::close(in_);
  in_ = -1;
}

void Process::close_output() {
  if (out_ >= 0) ::close(out_);
  out_ = -1;
}

std::string Process::read_line(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::size_t end;
  while ((end = pending_.find('\n')) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd fd = {out_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&fd, 1, static_cast<int>(left.count())) <= 0) return "";
    char buffer[4096];
    const ssize_t count = ::read(out_, buffer, sizeof buffer);
    if (count <= 0) return "";
    pending_.append(buffer, static_cast<std::size_t>(count));
  }
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  return line;
}

void Process::send_signal(int number) { ::kill(pid_, number); }

Outcome Process::wait() {
  Outcome outcome;
  outcome.out = std::move(pending_);
  converse(-1, "", std::exchange(out_, -1), std::exchange(err_, -1), outcome);
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  set_exit(status, outcome);
  return outcome;
}

}  // namespace transept::testing_support
