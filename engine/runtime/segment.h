// Segment: one unit of translation on its way through the scheduler.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/search/options.h"
#include "engine/search/result.h"
#include "transept/status.h"

namespace transept {

struct Segment {
  std::vector<std::int32_t> source;  // the complete encoder input; not empty
  SearchOptions search;
  // the only ids the output may have: ascending, distinct; empty: all
  std::vector<std::int32_t> candidates;
  bool attention = false;  // fill in SearchHypothesis::attention
  // Once it is true, the segment ends with kCancelled within one decoder step; null: never.
  std::shared_ptr<const std::atomic<bool>> cancelled;
  // Called exactly once, from a lane's thread or the one that hands the segment over; must neither
  // throw nor call back into the scheduler except submit().
  std::function<void(Result<std::vector<SearchHypothesis>>)> done;
};

}  // namespace transept
