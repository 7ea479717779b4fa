// Scheduler: runs many segments through one network, several rows a step, on several threads.
//
// Each thread drives its own lane: it admits waiting segments while rows are free, encodes them
// packed, runs one decoder step over all its live rows, and lets finished segments leave at once.
// Lanes share nothing but the queue and the weights, so results cannot depend on their number or
// order. When one lane has all the work there is (a single sentence, the end of a text), the other
// threads share its products. submit() and run() may be called from any thread.
//
// Threads that the system refuses are done without: where there are none at all, who calls submit()
// works as a lane. When memory runs out, the segments it is wanted for end with kOutOfMemory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/phase_clock.h"
#include "engine/network/network.h"
#include "engine/runtime/segment.h"
#include "transept/status.h"

namespace transept {

struct SchedulerOptions {
  std::size_t threads = 1;
  std::size_t batch_tokens = 2048;  // bound on source tokens plus rows in flight, each lane
  // where times are counted; null: nowhere. Outlives the scheduler
  ProfileTotals* profile = nullptr;
};

class Scheduler {
 public:
  // No thread is started before the first submit() or the first run() that has work for several.
  Scheduler(std::shared_ptr<const Network> network, const SchedulerOptions& options);
  ~Scheduler();  // cancels what is waiting, then joins its threads
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Puts segments in the queue and returns; `done` tells the rest. Segments longer than the model's
  // positions end with kInvalidArgument. REQUIRES: checked search options, ids inside the source
  // vocabulary.
  void submit(std::vector<Segment> segments) noexcept;
  // The same, but returns when all of them are done; the calling thread works as a lane meanwhile.
  // Throws std::bad_alloc before any of them is in the queue: no `done` is called then.
  void run(std::vector<Segment> segments);
  // Every segment waiting or live ends with kCancelled within one decoder step. Later ones run as
  // usual.
  void cancel() noexcept;
  // To be set to true by whoever has set a segment's `cancelled`: where segments wait for room in
  // the lanes, it then leaves their queue within one decoder step, too. May outlive the scheduler.
  std::shared_ptr<std::atomic<bool>> cancel_signal() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace transept
