#include "tools/cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "tools/base/try.h"
#include "tools/cli/messages.h"

namespace transept::tools {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;
// A write of a block takes far less; one that takes longer waits for a reader.
constexpr std::chrono::milliseconds kWriteTime{100};

// The number of a descriptor that the program was started with, by its name; none: another path.
std::optional<int> descriptor_of(std::string_view path) {
  if (path.empty() || path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view digits = path.substr(folder.size());
    int fd = -1;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), fd);
    if (error == std::errc() && end == digits.end() && fd >= 0) return fd;
  }
  return std::nullopt;
}

// The error of writing to it, as far as can be known before; 0: none. The program's own descriptors
// are closed on exec, those it was started with cannot be.
int check_descriptor(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags < 0) return errno;
  const bool readonly = (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
  return readonly || (flags & FD_CLOEXEC) != 0 ? EBADF : 0;
}

// Waits for room in a pipe that its reader made non-blocking.
void wait_for_room(int fd) {
  pollfd room = {fd, POLLOUT, 0};
  ::poll(&room, 1, -1);
}

}  // namespace

Result<Output> Output::open(const std::string& path) {
  Output output;
  struct stat info {};
  if (const std::optional<int> descriptor = descriptor_of(path)) {
    output.name_ = path.empty() || path == "-" ? "standard output" : path;
    output.fd_ = *descriptor;
    if (const int error = check_descriptor(output.fd_); error != 0) {
      return output.cannot_write(error);
    }
    if (::fstat(output.fd_, &info) != 0) return output.cannot_write(errno);
    output.buffered_ = S_ISREG(info.st_mode);
    return output;
  }

  output.name_ = path;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) return output.cannot_write(EISDIR);
    output.fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (output.fd_ < 0) return output.cannot_write(errno);
    output.owned_ = true;
    return output;
  }
  Result<ReplacedFile> file = ReplacedFile::open(path);
  if (!file.ok()) return file.status();
  output.file_.emplace(*std::move(file));
  output.fd_ = output.file_->fd();
  output.buffered_ = true;
  return output;
}

Output::Output(Output&& other) noexcept
    : name_(std::move(other.name_)),
      fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      buffered_(other.buffered_),
      closed_pipe_(other.closed_pipe_),
      failed_(other.failed_),
      file_(std::move(other.file_)),
      buffer_(std::move(other.buffer_)),
      ends_(std::move(other.ends_)),
      written_(other.written_),
      whole_(other.whole_),
      records_(other.records_) {}

Output::~Output() {
  if (owned_) ::close(fd_);
}

Status Output::cannot_write(int error) {
  failed_ = true;
  closed_pipe_ = error == EPIPE;
  return Status(Code::kOutput, "cannot write " + name_ + ": " + std::strerror(error));
}

std::optional<FileId> Output::grows() const { return file_ ? std::nullopt : filled_file(fd_); }

Status Output::write(std::string_view record) {
  const std::lock_guard lock(mutex_);
  buffer_ += record;
  ends_.push_back(buffer_.size());
  return buffered_ && buffer_.size() < kBuffer ? Status() : flush_locked();
}

Status Output::flush() {
  const std::lock_guard lock(mutex_);
  return flush_locked();
}

Status Output::flush_locked() {
  std::size_t done = 0;
  int error = 0;
  while (done < buffer_.size() && error == 0) {
    const ssize_t count = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      wait_for_room(fd_);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  const auto torn = std::upper_bound(ends_.begin(), ends_.end(), done);
  if (torn != ends_.begin()) whole_ = written_ + *(torn - 1);
  records_ += static_cast<std::size_t>(torn - ends_.begin());
  written_ += done;
  buffer_.clear();
  ends_.clear();
  return error == 0 ? Status() : cannot_write(error);
}

Status Output::finish() {
  const std::lock_guard lock(mutex_);
  TRANSEPT_RETURN_IF_ERROR(flush_locked());
  const int error = file_ ? file_->commit() : pending_error(fd_);
  return error == 0 ? Status() : cannot_write(error);
}

Kept Output::keep() {
  const std::lock_guard lock(mutex_);
  return keep_locked();
}

Kept Output::keep_locked() {
  Kept kept;
  // What failed once is not tried again: records behind a torn one would look whole.
  if (!failed_) {
    if (const Status status = flush_locked(); !status.ok()) kept.problem = status.message();
  }
  kept.records = records_;
  if (!file_) return kept;
  kept.problem.clear();
  if (records_ == 0) {
    file_->discard();
    return kept;
  }
  kept.file = file_->partial_name().string();
  if (const int error = file_->keep_partial(whole_); error != 0) {
    kept.problem = "cannot write " + kept.file + ": " + std::strerror(error);
  }
  return kept;
}

void Output::keep_or_discard() {
  const std::unique_lock lock(mutex_, kWriteTime);
  if (lock.owns_lock()) {
    keep_locked();
  } else {
    discard();
  }
}

void Output::discard() const {
  if (file_) file_->discard();
}

int report_output(const Output& output, const Failure& failure) {
  if (!output.closed_pipe()) return report(failure);
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  return 128 + SIGPIPE;
}

}  // namespace transept::tools
