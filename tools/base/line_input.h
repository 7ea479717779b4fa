// LineInput: lines from a file, a pipe, a terminal or the command line, without their line feeds.
//
// Lines end in "\n" only; a last line without one counts, too. A byte-order mark at the head of a file
// is dropped. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/base/file_id.h"
#include "transept/status.h"

namespace transept::tools {

class LineInput {
 public:
  // `path` empty or "-": standard input. Errors: kInput.
  static Result<LineInput> open(const std::string& path);
  // Each text is a line; a line feed inside one starts another.
  static LineInput of_texts(const std::vector<std::string>& texts);

  LineInput(LineInput&& other) noexcept;
  LineInput& operator=(LineInput&&) = delete;
  ~LineInput();

  // Waits until there is something to read or `wake_fd` is readable, then replaces `lines` by the
  // complete lines that are there. False at the end of the input or when woken. Where it has to
  // wait, `before_waiting` is called first. Errors: kInput, also for a file in UTF-16.
  Result<bool> read(int wake_fd, std::vector<std::string>& lines,
                    const std::function<void()>& before_waiting = {});

  // The regular file it reads; none: a pipe, a terminal, an empty file, texts.
  std::optional<FileId> file() const { return filled_file(fd_); }
  // Bytes in all, of a regular file; 0: not known.
  std::uint64_t size() const { return size_; }

 private:
  LineInput() = default;

  std::string name_;
  int fd_ = -1;  // -1: nothing more to read
  bool owned_ = false;
  std::uint64_t size_ = 0;
  bool begun_ = false;   // the first line has been handed out
  std::string partial_;  // the beginning of a line whose end has not come
  std::vector<std::string> texts_;
};

}  // namespace transept::tools
