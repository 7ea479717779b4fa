// ReplacedFile: a file that is there under its name only when it is complete, and until then as it
// was before.
//
// A link is followed, and the file it leads to replaced; permissions stay. Not thread-safe, but for
// discard().
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/base/temporary_file.h"
#include "transept/status.h"

namespace transept::tools {

class ReplacedFile {
 public:
  // Errors: kOutput.
  static Result<ReplacedFile> open(const std::filesystem::path& path);

  int fd() const { return file_.fd(); }
  // The file takes its place. Returns the system's error; 0: none.
  int commit();
  // Its first `size` bytes take the place of partial_name() instead. Returns as commit().
  int keep_partial(std::uint64_t size);
  // The name and `.partial`; of a name that leaves no room for that, its beginning and a mark of
  // its own.
  std::filesystem::path partial_name() const;
  // Nothing is left.
  void discard() const { file_.remove(); }

 private:
  ReplacedFile(std::filesystem::path target, TemporaryFile file)
      : target_(std::move(target)), file_(std::move(file)) {}

  std::filesystem::path target_;
  TemporaryFile file_;
};

}  // namespace transept::tools
