// Segment: one unit of translation on its way through the scheduler.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/search/options.h"
#include "engine/search/protocol.h"
#include "engine/search/result.h"
#include "transept/matrix.h"
#include "transept/status.h"

namespace transept {

// What was found for a segment, with what the network showed of it meanwhile.
struct SegmentHypothesis : SearchHypothesis {
  // [ids, source], for segments that ask for it: the cross-attention of the decoder's last layer in
  // the step that chose each id, mean over its heads.
  Matrix attention = {};
};

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline kNoDeadline = Deadline::max();

struct Segment {
  std::vector<std::int32_t> source;  // the complete encoder input; not empty
  SearchOptions search;
  // Another search than these options ask for; empty: that one.
  std::function<std::unique_ptr<Search>(const SearchOptions&)> make_search;
  // the only ids the output may have: ascending, distinct; empty: all
  std::vector<std::int32_t> candidates;
  bool attention = false;  // fill in SegmentHypothesis::attention
  // Once it is true, the segment ends with kCancelled within one decoder step; null: never.
  std::shared_ptr<const std::atomic<bool>> cancelled;
  Deadline deadline = kNoDeadline;  // behind it, likewise
  // Called exactly once, from a lane's thread or the one that hands the segment over; must neither
  // throw nor call back into the scheduler except submit().
  std::function<void(Result<std::vector<SegmentHypothesis>>)> done;
};

}  // namespace transept
