#include "tools/base/line_input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "tools/base/printable.h"
#include "tools/base/try.h"

namespace transept::tools {
namespace {

// What a pipe holds at most: what was written together is mostly read together.
constexpr std::size_t kChunk = 64 * 1024;

Status cannot_read(const std::string& name, int error) {
  return Status(Code::kInput, "cannot read " + name + ": " + std::strerror(error));
}

// Moves the complete lines of partial + bytes to `lines`, the rest to `partial`.
void split_lines(std::string_view bytes, std::string& partial, std::vector<std::string>& lines) {
  std::size_t end;
  while ((end = bytes.find('\n')) != std::string_view::npos) {
    partial.append(bytes.substr(0, end));
    lines.push_back(std::move(partial));
    partial.clear();
    bytes.remove_prefix(end + 1);
  }
  partial.append(bytes);
}

// The head of a file: a byte-order mark is no part of its text. Errors: kInput for UTF-16.
Status clean_head(const std::string& name, std::string& first_line) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (is_utf16(first_line)) {
    return Status(Code::kInput, "cannot read " + name + ": " + std::string(kUtf16));
  }
  if (first_line.starts_with(kMark)) first_line.erase(0, kMark.size());
  return Status();
}

}  // namespace

Result<LineInput> LineInput::open(const std::string& path) {
  LineInput input;
  const bool standard = path.empty() || path == "-";
  input.name_ = standard ? "standard input" : path;
  input.fd_ = standard ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (input.fd_ < 0) return cannot_read(input.name_, errno);
  input.owned_ = !standard;
  struct stat info {};
  if (::fstat(input.fd_, &info) != 0) return cannot_read(input.name_, errno);
  if ((::fcntl(input.fd_, F_GETFL) & O_ACCMODE) == O_WRONLY) return cannot_read(input.name_, EBADF);
  if (S_ISDIR(info.st_mode)) return cannot_read(input.name_, EISDIR);
  if (S_ISREG(info.st_mode)) input.size_ = static_cast<std::uint64_t>(info.st_size);
  return input;
}

LineInput LineInput::of_texts(const std::vector<std::string>& texts) {
  LineInput input;
  for (const std::string& text : texts) {
    std::string partial;
    split_lines(text, partial, input.texts_);
    if (!partial.empty() || text.empty()) input.texts_.push_back(std::move(partial));
  }
  return input;
}

LineInput::LineInput(LineInput&& other) noexcept
    : name_(std::move(other.name_)),
      fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      size_(other.size_),
      begun_(other.begun_),
      partial_(std::move(other.partial_)),
      texts_(std::move(other.texts_)) {}

LineInput::~LineInput() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

Result<bool> LineInput::read(int wake_fd, std::vector<std::string>& lines,
                             const std::function<void()>& before_waiting) {
  lines.clear();
  if (!texts_.empty()) {
    lines = std::exchange(texts_, {});
    return true;
  }
  std::string buffer;
  while (fd_ >= 0 && lines.empty()) {
    pollfd fds[] = {{wake_fd, POLLIN, 0}, {fd_, POLLIN, 0}};
    int ready = ::poll(fds, 2, 0);
    if (ready == 0) {
      if (before_waiting) before_waiting();
      ready = ::poll(fds, 2, -1);
    }
    if (ready < 0) {
      if (errno == EINTR) continue;
      return cannot_read(name_, errno);
    }
    if (fds[0].revents != 0) return false;

    buffer.resize(kChunk);
    const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return cannot_read(name_, errno);
    }
    if (count > 0) {
      split_lines(std::string_view(buffer.data(), static_cast<std::size_t>(count)), partial_,
                  lines);
      continue;
    }
    if (owned_) ::close(fd_);
    fd_ = -1;
    if (!partial_.empty()) lines.push_back(std::exchange(partial_, {}));
  }
  if (lines.empty()) return false;
  if (!std::exchange(begun_, true)) {
    TRANSEPT_RETURN_IF_ERROR(clean_head(name_, lines.front()));
  }
  return true;
}

}  // namespace transept::tools
