// A file that is written under a name of its own, beside its target, and takes the target's place
// when it is complete.
//
// The name, `.transept-` with a digest of the target's name and a number, is short however long the
// target's is. The file is locked (flock) while its process writes it, so that one without a lock
// is known to be abandoned: its process was killed. Making a new one removes those of its target.
// Where the file system has no locks nothing is removed. Any number of processes and threads may
// write the same target; the last one stays.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "transept/status.h"

namespace transept {

class TemporaryFile {
 public:
  // Empty and open for writing; `mode` as open() takes it. Errors: kOutput.
  static Result<TemporaryFile> create(const std::filesystem::path& target, mode_t mode);
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();  // removes it, unless it was renamed

  int fd() const { return fd_; }
  // The end of writing: the file is closed and has its name. It stays as it is after an error, of
  // which the number is returned; 0: none.
  int rename_to(const std::filesystem::path& path);
  // May be called while another thread writes.
  void remove() const noexcept;

 private:
  TemporaryFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;  // empty: renamed
  int fd_ = -1;
};

// Removes the abandoned files of all targets in a directory. What goes wrong is not told.
void remove_abandoned(const std::filesystem::path& directory);

// An error of earlier writes that shows only when a file is closed (quotas, network file systems),
// without closing it; 0: none.
int pending_error(int fd);

}  // namespace transept
