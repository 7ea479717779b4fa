// FileId: which file a descriptor is open on, whatever its names.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <utility>

namespace transept::tools {

using FileId = std::pair<dev_t, ino_t>;

// None unless it is a regular file with something in it.
inline std::optional<FileId> filled_file(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return std::nullopt;
  return FileId(info.st_dev, info.st_ino);
}

}  // namespace transept::tools
