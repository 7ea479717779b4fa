#include "tools/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tools/messages.h"

namespace transept::tools {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;

// The permissions a new file would have had.
mode_t default_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

Result<Output> Output::open(const std::string& path) {
  Output output;
  if (path.empty() || path == "-") {
    output.name_ = "standard output";
    output.fd_ = STDOUT_FILENO;
    struct stat info {};
    if (::fstat(output.fd_, &info) != 0) return output.cannot_write(errno);
    if ((::fcntl(output.fd_, F_GETFL) & O_ACCMODE) == O_RDONLY) return output.cannot_write(EBADF);
    output.buffered_ = S_ISREG(info.st_mode);
    return output;
  }

  output.name_ = path;
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return output.cannot_write(EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    output.fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (output.fd_ < 0) return output.cannot_write(errno);
    return output;
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) return output.cannot_write(errno);

  // Through a symbolic link the file it points to is replaced, not the link.
  std::error_code ignored;
  const std::filesystem::path real = std::filesystem::canonical(path, ignored);
  output.target_ = ignored ? path : real.string();
  std::string temporary = output.target_ + ".XXXXXX";
  output.fd_ = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (output.fd_ < 0) return output.cannot_write(errno);
  output.temporary_ = temporary;
  ::fchmod(output.fd_, exists ? info.st_mode & 07777 : default_mode());
  output.buffered_ = true;
  return output;
}

Output::Output(Output&& other) noexcept
    : name_(std::move(other.name_)),
      target_(std::exchange(other.target_, {})),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)),
      buffered_(other.buffered_),
      closed_pipe_(other.closed_pipe_),
      buffer_(std::move(other.buffer_)) {}

Output::~Output() {
  discard();
  if (fd_ > STDOUT_FILENO) ::close(fd_);
}

Status Output::cannot_write(int error) {
  closed_pipe_ = error == EPIPE;
  return Status(Code::kOutput, "cannot write " + name_ + ": " + std::strerror(error));
}

Status Output::write(std::string_view bytes) {
  buffer_ += bytes;
  return buffered_ && buffer_.size() < kBuffer ? Status() : flush();
}

Status Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t count = ::write(fd_, rest.data(), rest.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return cannot_write(errno);
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
  return Status();
}

Status Output::close_and_rename(const std::string& name) {
  if (Status status = flush(); !status.ok()) return status;
  // A full disk may show only here.
  if (::close(std::exchange(fd_, -1)) != 0) return cannot_write(errno);
  if (target_.empty()) return Status();
  if (std::rename(temporary_.c_str(), name.c_str()) != 0) return cannot_write(errno);
  temporary_.clear();
  return Status();
}

Status Output::finish() { return close_and_rename(target_); }

Result<std::string> Output::finish_partial() {
  const std::string name = target_.empty() ? "" : target_ + ".partial";
  if (Status status = close_and_rename(name); !status.ok()) return status;
  return name;
}

void Output::discard() const {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

int report_output(const Output& output, const Failure& failure) {
  if (!output.closed_pipe()) return report(failure);
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  return 128 + SIGPIPE;
}

}  // namespace transept::tools
