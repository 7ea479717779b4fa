// MappedFile: a file's bytes, read-only, mapped rather than read.
//
// Shared ownership: tensors keep the mapping alive through `Tensor::owner`. Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "transept/status.h"

namespace transept {

class MappedFile {
 public:
  // An empty file gives an empty span. Errors: kNotFound when it is missing, a directory or
  // unreadable.
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile() = default;
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

// Tells the system that these pages of a mapping will not be read again soon, so that weights that
// have been packed do not count twice. Whole pages inside the span only; the content stays
// readable. Memory that is not of a MappedFile is left alone: a tensor's bytes may also have been
// computed.
void release_pages(std::span<const std::byte> bytes) noexcept;

}  // namespace transept
