// Output: where results go: standard output, or a file that appears under its name when it is
// complete.
//
// A regular file is written to a temporary one beside it, which finish() renames. Not thread-safe,
// but for discard().
#pragma once

#include <string>
#include <string_view>

#include "tools/exit_code.h"
#include "transept/status.h"

namespace transept::tools {

class Output {
 public:
  // `path` empty or "-": standard output. Errors: kOutput.
  static Result<Output> open(const std::string& path);
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  ~Output();  // discards what was not finished

  // At once, unless the target is a regular file. Errors: kOutput; closed_pipe() tells when nobody
  // reads any more.
  Status write(std::string_view bytes);
  bool closed_pipe() const { return closed_pipe_; }

  // The file gets its name. Errors: kOutput.
  Status finish();
  // What an interrupted run leaves: a file beside the one asked for, named `path`.partial. "" for
  // standard output.
  Result<std::string> finish_partial();
  // Removes the temporary file. Safe while another thread writes.
  void discard() const;

 private:
  Output() = default;
  Status flush();
  Status cannot_write(int error);
  Status close_and_rename(const std::string& name);

  std::string name_;
  std::string target_;  // final name; empty: no renaming
  std::string temporary_;
  int fd_ = -1;
  bool buffered_ = false;
  bool closed_pipe_ = false;
  std::string buffer_;
};

// Reports why writing failed; a pipe that nobody reads any more ends the program quietly, as
// SIGPIPE does.
int report_output(const Output& output, const Failure& failure);

}  // namespace transept::tools
