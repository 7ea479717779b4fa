#include "engine/runtime/scheduler.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <list>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/base/start_thread.h"
#include "engine/base/team.h"
#include "engine/base/thrown.h"
#include "engine/runtime/lane.h"
#include "transept/option_table.h"

namespace transept {
namespace {

// Short enough to need no memory.
Status cancelled() noexcept { return Status(Code::kCancelled, "cancelled"); }
Status late() noexcept { return Status(Code::kCancelled, "deadline passed"); }

bool is_cancelled(const Segment& segment) {
  return segment.cancelled != nullptr && segment.cancelled->load(std::memory_order_relaxed);
}

bool has_passed(Deadline deadline) {
  return deadline != kNoDeadline && std::chrono::steady_clock::now() >= deadline;
}

bool is_late(const Segment& segment) { return has_passed(segment.deadline); }

// Why the network cannot run this segment; ok when it can.
Status check_positions(const Network& network, const Segment& segment) {
  const auto above = [](Status::Part what, std::size_t count, std::size_t limit) {
    return Status::sentence(Code::kInvalidArgument,
                            {what, " ", std::to_string(count), " is above the ",
                             std::to_string(limit), " positions of this model"});
  };
  if (segment.source.size() > network.max_source_positions()) {
    return above("the source length", segment.source.size(), network.max_source_positions());
  }
  if (segment.search.max_length > network.max_target_positions()) {
    return above(name_of(&TranslateOptions::Lengths::max_length), segment.search.max_length,
                 network.max_target_positions());
  }
  return {};
}

}  // namespace

struct Scheduler::Impl {
  Impl(std::shared_ptr<const Network> network_in, const SchedulerOptions& options_in)
      : network(std::move(network_in)),
        options(options_in),
        team(std::max<std::size_t>(1, options.threads) - 1) {
    options.threads = std::max<std::size_t>(1, options.threads);
    // Giving a lane back, and starting a thread, must not need memory for the list.
    free_lanes.reserve(options.threads);
    workers.reserve(options.threads);
    for (std::size_t i = 0; i < options.threads; ++i) {
      free_lanes.push_back(std::make_unique<Lane>(network, options.batch_tokens, options.profile));
    }
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    cancel_all();
    changed.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  // Ends what cannot be run, and puts the rest into the queue. Whatever happens, each `done` is
  // called once. False: there is no thread but the callers'.
  bool enqueue(std::vector<Segment> segments, std::size_t workers_wanted) noexcept {
    std::list<Segment> accepted;
    Deadline earliest = kNoDeadline;
    for (Segment& segment : segments) {
      Status status;
      try {
        status = check_positions(*network, segment);
        if (status.ok()) {
          earliest = std::min(earliest, segment.deadline);
          accepted.push_back(std::move(segment));
        }
      } catch (...) {
        status = thrown();
      }
      if (!status.ok()) segment.done(std::move(status));
    }
    std::error_code refused;
    bool has_workers = false;
    {
      const std::lock_guard lock(mutex);
      queue.splice(queue.end(), accepted);
      next_deadline = std::min(next_deadline, earliest);
      while (workers.size() < workers_wanted && !refused) {
        refused = start_thread(workers, [this] { work(); });
      }
      has_workers = !workers.empty();
      // Who runs segments drives them; what was submitted needs somebody.
      callers_drive = !has_workers && (callers_drive || workers_wanted == options.threads);
    }
    changed.notify_all();
    if (refused) warn_no_thread(refused);
    return has_workers;
  }

  // Where there is no thread for the queue: the caller runs what waits. What it finds no lane for
  // is run by the callers that have the lanes, before they give them back.
  void drive_queue() noexcept {
    std::unique_lock lock(mutex);
    while (callers_drive && can_drive()) drive(lock, [] { return true; });
  }

  // A pool thread: drives a lane whenever there is work and a lane is free.
  void work() noexcept {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || can_drive(); });
      if (stopping) return;
      drive(lock, [] { return true; });
    }
  }

  bool can_drive() const { return !queue.empty() && !free_lanes.empty(); }

  // Takes a free lane and runs it until it is empty; it admits more as long as may_admit() says so,
  // or nobody else would. REQUIRES: can_drive(); the lock is held, released while the lane works,
  // and held again at the end.
  template <class MayAdmit>
  void drive(std::unique_lock<std::mutex>& lock, MayAdmit may_admit) noexcept {
    const auto admits = [&] { return callers_drive || may_admit(); };
    std::unique_ptr<Lane> lane = std::move(free_lanes.back());
    free_lanes.pop_back();
    std::uint64_t seen_epoch = cancel_epoch.load();
    do {
      std::list<Segment> admitted;
      if (admits()) admitted = take(*lane);
      lane->use_team(alone() ? &team : nullptr);
      lock.unlock();
      run_lane(*lane, std::move(admitted), seen_epoch);
      lock.lock();
    } while (!lane->empty() || (!queue.empty() && admits() && !stopping));
    free_lanes.push_back(std::move(lane));
    changed.notify_all();
  }

  // Whether one lane has all the work there is, so that the other threads' share of the processor
  // is free. A lane that was told so may have company before its step ends; the new one then goes
  // without the team.
  bool alone() const {
    return options.threads > 1 && queue.empty() && free_lanes.size() + 1 == options.threads;
  }

  // Segments for this lane, and those that were cancelled while they waited.
  std::list<Segment> take(const Lane& lane) noexcept {
    std::list<Segment> taken;
    if (lane.wants_more()) taken = take_share(lane);
    const bool signalled = cancel_signal->load() && cancel_signal->exchange(false);
    if (signalled || has_passed(next_deadline)) take_ended(taken);
    return taken;
  }

  // What fits, but no more than the lane's share, so that the other lanes get work too.
  std::list<Segment> take_share(const Lane& lane) noexcept {
    std::list<Segment> taken;
    const std::size_t share = (queue.size() + options.threads - 1) / options.threads;
    LaneRoom room = lane.room();
    while (!queue.empty() && taken.size() < share && room.take(queue.front())) {
      taken.splice(taken.end(), queue, queue.begin());
    }
    return taken;
  }

  // Adds what is in the queue and need not be run.
  void take_ended(std::list<Segment>& taken) noexcept {
    next_deadline = kNoDeadline;
    for (auto segment = queue.begin(); segment != queue.end();) {
      const auto next = std::next(segment);
      if (is_cancelled(*segment) || is_late(*segment)) {
        taken.splice(taken.end(), queue, segment);
      } else {
        next_deadline = std::min(next_deadline, segment->deadline);
      }
      segment = next;
    }
  }

  void run_lane(Lane& lane, std::list<Segment> admitted, std::uint64_t& seen_epoch) noexcept {
    std::erase_if(admitted, [](const Segment& segment) {
      if (is_cancelled(segment)) {
        segment.done(cancelled());
      } else if (is_late(segment)) {
        segment.done(late());
      } else {
        return false;
      }
      return true;
    });
    try {
      if (!admitted.empty()) lane.admit(admitted);
      if (const std::uint64_t epoch = cancel_epoch.load(); epoch != seen_epoch) {
        seen_epoch = epoch;
        lane.end_where([](const Segment&) { return true; }, cancelled());
      }
      lane.end_where(is_cancelled, cancelled());
      lane.end_where(is_late, late());
      if (!lane.empty()) lane.step();
    } catch (...) {
      fail(lane, admitted, thrown());
    }
  }

  // Ends what is live and what admit() had not yet moved in.
  static void fail(Lane& lane, std::list<Segment>& admitted, const Status& status) noexcept {
    lane.end_where([](const Segment&) { return true; }, status);
    for (Segment& segment : admitted) {
      if (segment.done) segment.done(copy_of(status));
    }
  }

  void cancel_all() noexcept {
    std::list<Segment> waiting;
    {
      const std::lock_guard lock(mutex);
      waiting.swap(queue);
      ++cancel_epoch;
    }
    for (Segment& segment : waiting) segment.done(cancelled());
  }

  std::shared_ptr<const Network> network;
  SchedulerOptions options;
  Team team;  // helps a lane that is alone
  std::mutex mutex;
  std::condition_variable changed;
  std::list<Segment> queue;              // a list: what enters and leaves it needs no memory
  Deadline next_deadline = kNoDeadline;  // no later than the first of those in the queue
  std::vector<std::unique_ptr<Lane>> free_lanes;
  std::vector<std::thread> workers;
  std::atomic<std::uint64_t> cancel_epoch{0};
  const std::shared_ptr<std::atomic<bool>> cancel_signal = std::make_shared<std::atomic<bool>>();
  bool callers_drive = false;  // segments were submitted, and no thread serves them
  bool stopping = false;
};

Scheduler::Scheduler(std::shared_ptr<const Network> network, const SchedulerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(network), options)) {}

Scheduler::~Scheduler() = default;

void Scheduler::submit(std::vector<Segment> segments) noexcept {
  if (segments.empty()) return;
  if (!impl_->enqueue(std::move(segments), impl_->options.threads)) impl_->drive_queue();
}

void Scheduler::run(std::vector<Segment> segments) {
  if (segments.empty()) return;
  // Shared by the callbacks, the last of which may still be returning when run() has seen the
  // count.
  const auto remaining = std::make_shared<std::atomic<std::size_t>>(segments.size());
  for (Segment& segment : segments) {
    segment.done = [this, remaining, done = std::move(segment.done)](auto result) {
      done(std::move(result));
      if (remaining->fetch_sub(1) == 1) {
        const std::lock_guard lock(impl_->mutex);
        impl_->changed.notify_all();
      }
    };
  }
  const std::size_t helpers = std::min(impl_->options.threads, segments.size()) - 1;
  impl_->enqueue(std::move(segments), helpers);

  std::unique_lock lock(impl_->mutex);
  const auto unfinished = [&remaining] { return remaining->load() > 0; };
  while (unfinished()) {
    if (impl_->can_drive()) {
      impl_->drive(lock, unfinished);
    } else {
      impl_->changed.wait(lock, [&] { return !unfinished() || impl_->can_drive(); });
    }
  }
}

void Scheduler::cancel() noexcept { impl_->cancel_all(); }

std::shared_ptr<std::atomic<bool>> Scheduler::cancel_signal() const { return impl_->cancel_signal; }

}  // namespace transept
