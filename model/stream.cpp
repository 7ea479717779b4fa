#include <functional>
#include <utility>
#include <vector>

#include "engine/base/try.h"
#include "model/guarded.h"
#include "model/stream_impl.h"

namespace transept {
namespace {

// What is in flight is counted in source tokens, and something for what a line takes besides: its
// place in the queue, its result.
constexpr std::size_t kLineCost = 16;
// Longer lines are handed over in parts, of which each is this part of what may be in flight.
constexpr std::size_t kWindows = 4;

Status cancelled() { return Status(Code::kCancelled, "cancelled"); }

}  // namespace

Stream::Impl::Impl(std::shared_ptr<const OpenModel> model, TranslateOptions options,
                   SearchOptions search, Deliver deliver)
    : model_(std::move(model)),
      options_(std::move(options)),
      search_(std::move(search)),
      deliver_(std::move(deliver)) {}

Stream::Impl::~Impl() {
  cancel();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return slots_.empty() && !delivering_; });
}

// The next segments of a line, about as many as make a window.
Result<Stream::Impl::Window> Stream::Impl::take_window(PreparedLine& line) const {
  Window window;
  while (window.cost < model_->in_flight / kWindows) {
    TRANSEPT_ASSIGN_OR_RETURN(std::optional<PreparedSegment> segment, line.next());
    if (!segment) {
      window.last = true;
      break;
    }
    window.cost += segment->source.ids.size();
    window.segments.push_back(*std::move(segment));
  }
  return window;
}

// Waits until there is room for a line; its number. Only the thread that pushes opens slots.
// None when the stream is cancelled.
std::optional<std::size_t> Stream::Impl::open_slot(std::size_t cost) {
  std::unique_lock lock(mutex_);
  // A line that alone is above the bound passes when nothing else is on its way.
  changed_.wait(lock, [&] {
    return cancelled_->load() || in_flight_ == 0 || in_flight_ + cost <= model_->in_flight;
  });
  if (cancelled_->load()) return std::nullopt;
  slots_.push_back({cost, std::nullopt});
  in_flight_ += cost;
  return first_ + slots_.size() - 1;
}

// Waits until there is room for more of the line pushed last, which holds kLineCost itself. False
// when the stream is cancelled.
bool Stream::Impl::take_room(std::size_t cost) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return cancelled_->load() || in_flight_ <= kLineCost || in_flight_ + cost <= model_->in_flight;
  });
  if (cancelled_->load()) return false;
  in_flight_ += cost;
  return true;
}

// Room taken by take_room() is free again.
void Stream::Impl::give_back(std::size_t cost) {
  const std::lock_guard lock(mutex_);
  in_flight_ -= cost;
  if (in_flight_ <= model_->in_flight / 4 * 3) changed_.notify_all();
}

Status Stream::Impl::push(Result<PreparedLine> line) {
  Result<Window> window = line.ok() ? take_window(*line) : Result<Window>(line.status());
  // Lines wait for their turn to be delivered with all they cost; of a line in several windows, what
  // is done makes room for what is to come.
  const bool in_windows = window.ok() && !window->last;
  const std::optional<std::size_t> number =
      open_slot(kLineCost + (window.ok() && !in_windows ? window->cost : 0));
  if (!number) return stopped();
  std::shared_ptr<LineInFlight> in_flight;
  Status status = guarded([&]() -> Status {
    TRANSEPT_RETURN_IF_ERROR(window.status());
    in_flight = std::make_shared<LineInFlight>(
        LineRun{*model_, search_, options_, cancelled_}, std::move(line->flags),
        [this, number = *number](Result<Translation> result) {
          complete(number, std::move(result));
        });
    return in_windows ? submit_windows(*std::move(window), *line, in_flight)
                      : submit(*std::move(window), in_flight, false);
  });
  if (in_flight == nullptr) {
    complete(*number, std::move(status));
    return Status();
  }
  const bool ended = status.code() == Code::kCancelled;
  in_flight->close(line->take_gap(), line->late_flags(), std::move(status));
  return ended ? stopped() : Status();
}

// Why the stream was cancelled.
Status Stream::Impl::stopped() {
  const std::lock_guard lock(mutex_);
  return why_cancelled();
}

// Puts segments into the scheduler's queue. counted: each gives its cost back when it has ended.
Status Stream::Impl::submit(Window window, const std::shared_ptr<LineInFlight>& in_flight,
                            bool counted) {
  std::vector<Segment> segments;
  segments.reserve(window.segments.size());
  for (PreparedSegment& segment : window.segments) {
    std::function<void()> segment_done;
    if (counted) segment_done = [this, cost = segment.source.ids.size()] { give_back(cost); };
    if (auto run = LineInFlight::add(in_flight, std::move(segment), std::move(segment_done)))
      segments.push_back(*std::move(run));
  }
  if (!segments.empty()) model_->scheduler->submit(std::move(segments));
  return Status();
}

Status Stream::Impl::submit_windows(Window window, PreparedLine& line,
                                    const std::shared_ptr<LineInFlight>& in_flight) {
  while (true) {
    if (!take_room(window.cost)) return cancelled();
    const bool last = window.last;
    TRANSEPT_RETURN_IF_ERROR(submit(std::move(window), in_flight, true));
    if (last) return Status();
    TRANSEPT_ASSIGN_OR_RETURN(window, take_window(line));
  }
}

// The thread that completes the first line delivers it and all that are ready behind it; others
// only leave their result. So lines are delivered in order, one at a time, without a lock held
// meanwhile.
void Stream::Impl::complete(std::size_t line, Result<Translation> result) noexcept {
  std::unique_lock lock(mutex_);
  slots_[line - first_].result = std::move(result);
  if (delivering_) return;
  delivering_ = true;
  while (!slots_.empty() && slots_.front().result) {
    Slot slot = std::move(slots_.front());
    slots_.pop_front();
    ++first_;
    if (thrown_.ok()) {
      lock.unlock();
      Status status = guarded([&] {
        deliver_(*std::move(slot.result));
        return Status();
      });
      lock.lock();
      if (!status.ok()) {
        thrown_ = std::move(status);
        cancelled_->store(true);
        changed_.notify_all();
      }
    }
    in_flight_ -= slot.cost;
    // Who waits for room is not woken for a single line: that would cost a switch of threads a
    // line.
    if (in_flight_ <= model_->in_flight / 4 * 3) changed_.notify_all();
  }
  delivering_ = false;
  if (slots_.empty()) changed_.notify_all();
}

Status Stream::Impl::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return slots_.empty() && !delivering_; });
  return cancelled_->load() ? why_cancelled() : Status();
}

Status Stream::Impl::why_cancelled() const { return thrown_.ok() ? cancelled() : thrown_; }

void Stream::Impl::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  cancelled_->store(true);
  changed_.notify_all();
}

Stream::Stream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Status Stream::push(std::string_view text) {
  return guarded([&] { return impl_->push(prepare_text(impl_->model(), impl_->options(), text)); });
}

Status Stream::push_tokens(std::span<const std::string> tokens) {
  return guarded(
      [&] { return impl_->push(prepare_tokens(impl_->model(), impl_->options(), tokens)); });
}

Status Stream::push_ids(std::span<const std::int32_t> ids) {
  return guarded([&] { return impl_->push(prepare_ids(impl_->model(), impl_->options(), ids)); });
}

Status Stream::finish() {
  return guarded([&] { return impl_->finish(); });
}

void Stream::cancel() { impl_->cancel(); }

}  // namespace transept
