// MappedFile: a file's bytes, read-only: mapped, or read into memory.
//
// What is mapped changes when somebody overwrites the file, and reading it ends the process (SIGBUS)
// when it becomes shorter; what was read into memory stays. Replacing a file (a new one under its
// name) is harmless for both.
//
// Shared ownership: tensors keep the bytes alive through `Tensor::owner`. Thread-safe.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "transept/status.h"

namespace transept {

class MappedFile {
 public:
  // Maps. An empty file gives an empty span. Errors: kNotFound when it is missing, a directory or
  // unreadable.
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  // Reads into memory. Errors: those of open; kCorrupt when it is larger than `max_bytes` or changes
  // meanwhile.
  static Result<std::shared_ptr<const MappedFile>> read(const std::filesystem::path& path,
                                                        std::size_t max_bytes = SIZE_MAX);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

  // Errors: kCorrupt when the file is no longer the one that was opened: replaced, or written to.
  Status check_unchanged() const;

 private:
  MappedFile() = default;
  std::filesystem::path path_;
  struct stat opened_ {};
  std::unique_ptr<std::byte[]> memory_;  // of a file that was read
  std::span<const std::byte> bytes_;
};

// The weight files of one model while it is being opened: whether they are mapped, and whether one
// has changed since. Not thread-safe.
class WeightFiles {
 public:
  explicit WeightFiles(bool mapped = true) : mapped_(mapped) {}

  // Errors: those of MappedFile::open and read.
  Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  // Errors: kCorrupt naming a file that has changed.
  Status check_unchanged() const;
  bool mapped() const { return mapped_; }

 private:
  bool mapped_;
  std::vector<std::shared_ptr<const MappedFile>> files_;
};

// Tells the system that these pages of a mapping will not be read again soon, so that weights that
// have been packed do not count twice. Whole pages inside the span only; the content stays
// readable. Memory that is not of a MappedFile is left alone: a tensor's bytes may also have been
// computed.
void release_pages(std::span<const std::byte> bytes) noexcept;

// The same for all of the mapping that holds these bytes: its headers and graphs, too.
void release_file(std::span<const std::byte> bytes) noexcept;

}  // namespace transept
