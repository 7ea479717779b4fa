// LineReader: one line on its way to the scheduler, a window of segments at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "engine/runtime/segment.h"
#include "model/join_line.h"
#include "model/prepare_line.h"
#include "transept/status.h"

namespace transept {

// Whoever has a line decides when it goes on: read(), then hand_over(), until that says that there
// is no more. Not thread-safe: one thread at a time.
class LineReader {
 public:
  // `line`: an error is what the line ends with. `run` and `done` as for LineInFlight; `done` is not
  // called before the line is closed. Throws std::bad_alloc; `done` is not called then.
  LineReader(const LineRun& run, Result<PreparedLine> line, LineInFlight::Done done);

  // The next segments, of `tokens` source tokens at least, or all there are; the number of their
  // tokens. What keeps them from being read ends the line: at_end(), and why in status().
  std::size_t read(std::size_t tokens) noexcept;
  // Nothing is behind what was read.
  bool at_end() const { return at_end_; }
  const Status& status() const { return status_; }

  // Appends what was read to `segments`, for the scheduler; `ended` (may be empty) is told the
  // tokens of each as it ends. False when the line was closed, since it is at its end or memory ran
  // out: `done` may have been called then, from here, and the reader be gone.
  bool hand_over(std::vector<Segment>& segments, const SegmentEnded& ended = {}) noexcept;
  // Closes the line in place of reading on. As after hand_over(), the reader may be gone.
  void close(Status status) noexcept;

 private:
  PreparedLine line_;
  Status status_;
  std::shared_ptr<LineInFlight> joined_;
  std::vector<PreparedSegment> window_;  // what was read and not handed over
  bool at_end_ = false;
};

}  // namespace transept
