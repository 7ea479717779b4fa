#include "tools/base/append.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "engine/base/temporary_file.h"

namespace transept::tools {
namespace {

// 0, or the error that the system gave.
int append(int fd, std::string_view bytes) {
  // Where the file system has no locks, one write at the end must do.
  while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) {
  }
  struct stat before {};
  if (::fstat(fd, &before) != 0) return errno;
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) error = errno;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  if (error == 0) error = pending_error(fd);
  if (error != 0 && S_ISREG(before.st_mode)) {
    [[maybe_unused]] const int undone = ::ftruncate(fd, before.st_size);
  }
  return error;
}

}  // namespace

Status append_to_file(const std::filesystem::path& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  int error = fd < 0 ? errno : 0;
  if (fd >= 0) {
    error = append(fd, bytes);
    ::close(fd);
  }
  if (error == 0) return Status();
  return Status(Code::kOutput, "cannot write " + path.string() + ": " + std::strerror(error));
}

}  // namespace transept::tools
