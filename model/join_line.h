// Segments with the scheduler, and the Translation of a line that becomes of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/segment.h"
#include "engine/search/options.h"
#include "engine/search/result.h"
#include "model/open_model.h"
#include "model/prepare_line.h"
#include "transept/options.h"
#include "transept/status.h"
#include "transept/translator.h"

namespace transept {

// How the segments of a line are run, and what is wanted of them.
struct LineRun {
  const OpenModel& model;
  const SearchOptions& search;
  const TranslateOptions& options;
  std::shared_ptr<const std::atomic<bool>> cancelled;  // as in Segment; may be null
};

// One line while its segments are with the scheduler; shared by their callbacks. One thread adds
// and closes; segments end on any. What LineRun refers to must outlive the last callback.
class LineInFlight {
 public:
  using Done = std::function<void(Result<Translation>)>;

  // `done` is called once, after close() and the end of the last segment, from the thread that is
  // the last.
  LineInFlight(const LineRun& run, std::vector<std::string> flags, Done done);

  // `segment` as the scheduler takes it; one that is dropped instead counts as failed. Nothing when
  // it is its own translation, and has ended. `segment_done` (may be empty) is called when it has
  // ended, before `done`.
  static std::optional<Segment> add(const std::shared_ptr<LineInFlight>& line,
                                    PreparedSegment segment,
                                    std::function<void()> segment_done = {});
  // No segment will follow. `gap`: what stands behind the last one; `flags`: of Translation;
  // `status`: why the line is not complete.
  void close(std::string gap, std::vector<std::string> flags, Status status) noexcept;

 private:
  class Ticket;

  // What a segment adds to the text of the line.
  struct Part {
    std::string text;  // the gap in front of it first
    float sum = 0.0f;
    float score = 0.0f;
    std::size_t tokens = 0;
    bool done = false;
  };

  void end_segment(std::size_t index, const std::string& gap, SourceSegment source,
                   Result<std::vector<SearchHypothesis>> found);
  void describe(SourceSegment source, std::vector<SearchHypothesis> found,
                TranslatedSegment& segment) const;
  std::string text_of(const SourceSegment& source, const SearchHypothesis& found) const;
  void fail(Status status);
  void release() noexcept;
  void append(std::size_t index, Part part);
  void join();
  void join_only_segment();
  void join_segments();

  const OpenModel& model_;
  const SearchOptions& search_;
  const TranslateOptions& options_;
  const std::shared_ptr<const std::atomic<bool>> cancelled_;
  const Done done_;
  std::atomic<std::size_t> remaining_{1};  // segments that have not ended, and close()

  std::mutex mutex_;
  Translation result_;
  std::size_t added_ = 0;
  std::size_t joined_ = 0;  // parts that are in result_.text
  std::deque<Part> parts_;  // that are not in result_.text yet, in order
  float sum_ = 0.0f;        // of what is
  float score_ = 0.0f;      // of the last part of it
  bool truncated_ = false;
  bool unknown_ = false;
  bool at_bound_ = false;
  bool repetition_ = false;        // of the best hypothesis of a segment
  std::vector<std::string> gaps_;  // unless text_only: in front of each segment
  std::string end_gap_;
  std::vector<std::string> late_flags_;
  Status error_;  // the first one
};

}  // namespace transept
