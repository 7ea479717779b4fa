// Stream::Impl: lines pushed on one side, delivered in order on the other.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/search/options.h"
#include "model/join_line.h"
#include "model/open_model.h"
#include "model/prepare_line.h"
#include "transept/options.h"
#include "transept/translator.h"

namespace transept {

struct TRANSEPT_LOCAL Stream::Impl {
  Impl(std::shared_ptr<const OpenModel> model, TranslateOptions options, SearchOptions search,
       Deliver deliver);
  ~Impl();

  // Puts one line on its way, waiting while too much is; returns when all of it is with the
  // scheduler. A line that could not be prepared is delivered as its error.
  Status push(Result<PreparedLine> line);
  Status finish();
  void cancel() noexcept;

  const OpenModel& model() const { return *model_; }
  const TranslateOptions& options() const { return options_; }

 private:
  struct Slot {
    std::size_t cost = 0;
    std::optional<Result<Translation>> result;
  };

  // Segments of a line that are handed over together.
  struct Window {
    std::vector<PreparedSegment> segments;
    std::size_t cost = 0;
    bool last = false;  // the line has no more
  };
  Result<Window> take_window(PreparedLine& line) const;
  std::optional<std::size_t> open_slot(std::size_t cost);
  bool take_room(std::size_t cost);
  void give_back(std::size_t cost);
  Status submit(Window window, const std::shared_ptr<LineInFlight>& in_flight, bool counted);
  Status submit_windows(Window window, PreparedLine& line,
                        const std::shared_ptr<LineInFlight>& in_flight);
  void complete(std::size_t line, Result<Translation> result) noexcept;
  // What push() and finish() say once the stream is cancelled. REQUIRES: the lock is held.
  Status why_cancelled() const;
  Status stopped();

  const std::shared_ptr<const OpenModel> model_;
  const TranslateOptions options_;
  const SearchOptions search_;
  const Deliver deliver_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);

  std::mutex mutex_;
  std::condition_variable changed_;  // a line was delivered, or the stream cancelled
  std::deque<Slot> slots_;           // lines not delivered, in order
  std::size_t first_ = 0;            // number of the line in slots_.front()
  std::size_t in_flight_ = 0;        // sum of the costs in slots_
  bool delivering_ = false;          // a thread is calling deliver_
  Status thrown_;                    // what deliver_ threw: it is not called again
};

}  // namespace transept
