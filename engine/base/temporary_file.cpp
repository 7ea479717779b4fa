#include "engine/base/temporary_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/base/digest.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = ".transept-";
constexpr std::size_t kDigits = 16;
// Files of one target at a time. So many are looked at, too, when abandoned ones are removed: that
// needs no list of a directory, which may be long.
constexpr int kLookedAt = 16;
constexpr int kMost = 10000;

// All but the number at the end.
std::string stem_of(const fs::path& target) {
  const std::string name = target.filename().string();
  const std::string digits = digest(std::as_bytes(std::span(name))).hex().substr(0, kDigits);
  return (target.parent_path() / kPrefix).string() + digits + "-";
}

bool is_temporary(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  constexpr std::string_view kHex = "0123456789abcdef";
  if (name.size() < kDigits + 2 || name.find_first_not_of(kHex) != kDigits) return false;
  return name[kDigits] == '-' &&
         name.find_first_not_of(kHex.substr(0, 10), kDigits + 1) == std::string_view::npos;
}

void remove_if_abandoned(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  struct stat held {};
  struct stat named {};
  // Its writer may have renamed it since it was opened, and another one taken the name.
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &held) == 0 && S_ISREG(held.st_mode) &&
      ::lstat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
      held.st_ino == named.st_ino) {
    ::unlink(path.c_str());
  }
  ::close(fd);
}

// Whether a new file is its maker's: one who removes abandoned files may have taken it for one
// before it was locked.
bool lock(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat info {};
  return ::fstat(fd, &info) != 0 || info.st_nlink > 0;
}

}  // namespace

Result<TemporaryFile> TemporaryFile::create(const fs::path& target, mode_t mode) {
  const std::string stem = stem_of(target);
  for (int n = 0; n < kLookedAt; ++n) remove_if_abandoned(stem + std::to_string(n));
  int error = EEXIST;
  for (int n = 0; n < kMost && (error == EEXIST || error == EINTR); ++n) {
    std::string path = stem + std::to_string(n);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
      error = errno;
      continue;
    }
    if (lock(fd)) return TemporaryFile(std::move(path), fd);
    ::close(fd);
  }
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  return Status(Code::kOutput, "cannot write " + target.string() + ": no file can be made in " +
                                   folder.string() + ": " + std::strerror(error));
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), fd_(std::exchange(other.fd_, -1)) {}

TemporaryFile::~TemporaryFile() {
  remove();
  if (fd_ >= 0) ::close(fd_);
}

int TemporaryFile::rename_to(const fs::path& path) {
  // The lock goes with the descriptor: closed first, the file would look abandoned.
  if (const int error = pending_error(fd_); error != 0) return error;
  if (std::rename(path_.c_str(), path.c_str()) != 0) return errno;
  path_.clear();
  ::close(std::exchange(fd_, -1));
  return 0;
}

void TemporaryFile::remove() const noexcept {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void remove_abandoned(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (is_temporary(entry->path().filename().string())) {
      remove_if_abandoned(entry->path().string());
    }
  }
}

int pending_error(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return copy < 0 || ::close(copy) != 0 ? errno : 0;
}

}  // namespace transept
