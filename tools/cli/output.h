// Output: where results go: standard output, or a file that appears under its name when it is
// complete.
//
// What is written comes in records: a line, or several that belong together. After a failure only
// whole ones are kept. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/file_id.h"
#include "tools/base/replaced_file.h"
#include "tools/cli/exit_code.h"
#include "transept/status.h"

namespace transept::tools {

// What is left of an output that did not come to its end.
struct Kept {
  std::size_t records = 0;  // whole ones that were written
  std::string file;         // where they are, besides standard output
  std::string problem;      // why a file could not be kept; empty: it was, or there is none
};

class Output {
 public:
  // `path` empty or "-": standard output. /dev/stdout, /dev/fd/N and the like are what the program
  // was started with, and are not replaced. Errors: kOutput.
  static Result<Output> open(const std::string& path);
  Output(Output&& other) noexcept;  // REQUIRES: no other thread uses it
  Output& operator=(Output&&) = delete;
  ~Output();  // discards what was not finished

  // At once, unless the target is a regular file: then in blocks, or with flush(). Errors: kOutput;
  // closed_pipe() tells when nobody reads any more.
  Status write(std::string_view record);
  Status flush();
  bool is_buffered() const { return buffered_; }
  bool closed_pipe() const { return closed_pipe_; }
  // The file that results are added to while they come; none: a pipe, an empty file, or one that is
  // replaced at the end.
  std::optional<FileId> grows() const;

  // The file gets its name. Errors: kOutput.
  Status finish();
  // The end of a run that failed or was interrupted: whole records are on standard output, or in a
  // file beside the one asked for, named `path`.partial. No records, no file.
  Kept keep();
  // The same for a thread that must not wait for one that writes: nothing is left then.
  void keep_or_discard();
  // Removes the temporary file. May be called while another thread writes.
  void discard() const;

 private:
  Output() = default;
  Status flush_locked();
  Kept keep_locked();
  Status cannot_write(int error);

  std::string name_;
  int fd_ = -1;
  bool owned_ = false;  // fd_ is to be closed
  bool buffered_ = false;
  bool closed_pipe_ = false;
  bool failed_ = false;
  std::optional<ReplacedFile> file_;
  std::timed_mutex mutex_;         // guards what follows, and the file's end
  std::string buffer_;             // not yet written
  std::vector<std::size_t> ends_;  // of records, in buffer_
  std::uint64_t written_ = 0;      // bytes
  std::uint64_t whole_ = 0;        // of them those of whole records
  std::size_t records_ = 0;
};

// Reports why writing failed; a pipe that nobody reads any more ends the program quietly, as
// SIGPIPE does.
int report_output(const Output& output, const Failure& failure);

}  // namespace transept::tools
