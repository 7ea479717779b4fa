#include "model/line_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "engine/base/try.h"
#include "model/guarded.h"

namespace transept {

LineReader::LineReader(const LineRun& run, Result<PreparedLine> line, LineInFlight::Done done)
    : status_(line.status()) {
  if (line.ok()) line_ = *std::move(line);
  joined_ = std::make_shared<LineInFlight>(run, std::move(line_.flags), std::move(done));
}

std::size_t LineReader::read(std::size_t tokens) noexcept {
  std::size_t found = 0;
  // Of a line that has failed, cancelled ones among them, nothing more is wanted.
  at_end_ = !status_.ok() || joined_->failed();
  if (at_end_) return found;
  status_ = guarded([&]() -> Status {
    while (found < tokens) {
      TRANSEPT_ASSIGN_OR_RETURN(std::optional<PreparedSegment> segment, line_.next());
      at_end_ = !segment;
      if (at_end_) break;
      found += segment->source.ids.size();
      window_.push_back(*std::move(segment));
    }
    return Status();
  });
  at_end_ |= !status_.ok();
  return found;
}

bool LineReader::hand_over(std::vector<Segment>& segments, const SegmentEnded& ended) noexcept {
  const auto before = static_cast<std::ptrdiff_t>(segments.size());
  Status status = std::exchange(status_, {});
  std::string gap;
  std::vector<std::string> flags;
  if (status.ok()) {
    status = guarded([&] {
      segments.reserve(segments.size() + window_.size());
      for (PreparedSegment& segment : window_) {
        if (auto run = LineInFlight::add(joined_, std::move(segment), ended)) {
          segments.push_back(*std::move(run));
        }
      }
      if (at_end_) {
        gap = line_.take_gap();
        flags = line_.late_flags();
      }
      return Status();
    });
  }
  window_.clear();
  if (status.ok() && !at_end_) return true;
  const bool complete = status.ok();
  // The line may be done, and this object gone with it.
  const std::shared_ptr<LineInFlight> joined = std::move(joined_);
  joined->close(std::move(gap), std::move(flags), std::move(status));
  if (!complete) segments.erase(segments.begin() + before, segments.end());
  return false;
}

void LineReader::close(Status status) noexcept {
  std::exchange(joined_, nullptr)->close({}, {}, std::move(status));
}

}  // namespace transept
