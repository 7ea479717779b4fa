#include <utility>
#include <vector>

#include "model/guarded.h"
#include "model/line_reader.h"
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

// Waits until there is room for the next line. False when the stream is cancelled.
bool Stream::Impl::open_slot(std::size_t cost) {
  std::unique_lock lock(mutex_);
  // A line that alone is above the bound passes when nothing else is on its way.
  changed_.wait(lock, [&] {
    return cancelled_->load() || in_flight_ == 0 || in_flight_ + cost <= model_->in_flight;
  });
  if (cancelled_->load()) return false;
  slots_.push_back({cost, std::nullopt});
  in_flight_ += cost;
  ++pushed_;
  return true;
}

// Waits until there is room for more of the line pushed last, which holds kLineCost itself. False
// when the stream is cancelled.
bool Stream::Impl::take_room(std::size_t cost) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return cancelled_->load() || in_flight_ <= kLineCost || in_flight_ + cost <= model_->in_flight;
  });
  if (cancelled_->load()) return false;
  slots_.back().cost += cost;
  in_flight_ += cost;
  return true;
}

// Room taken by take_room() is free again.
void Stream::Impl::give_back(std::size_t line, std::size_t cost) noexcept {
  const std::lock_guard lock(mutex_);
  slots_[line - first_].cost -= cost;
  in_flight_ -= cost;
  if (in_flight_ <= model_->in_flight / 4 * 3) changed_.notify_all();
}

Status Stream::Impl::push(Result<PreparedLine> prepared) {
  LineReader line(LineRun{*model_, search_, options_, cancelled_}, std::move(prepared),
                  [this, number = pushed_](Result<Translation> result) {
                    complete(number, std::move(result));
                  });
  const std::size_t window = model_->in_flight / kWindows;
  std::size_t cost = line.read(window);
  // Lines wait for their turn to be delivered with all they cost; of a line in several windows, what
  // is done makes room for what is to come.
  SegmentEnded ended;
  if (!line.at_end()) {
    ended = [this, number = pushed_](std::size_t count) { give_back(number, count); };
  }
  if (!open_slot(kLineCost + (ended ? 0 : cost))) return stopped();
  for (bool more = true; more;) {
    if (ended && !take_room(cost)) {
      line.close(cancelled());
      return stopped();
    }
    std::vector<Segment> segments;
    more = line.hand_over(segments, ended);
    model_->scheduler->submit(std::move(segments));
    if (more) cost = line.read(window);
  }
  return Status();
}

// Why the stream was cancelled.
Status Stream::Impl::stopped() {
  const std::lock_guard lock(mutex_);
  return why_cancelled();
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
        stop();
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
  stop();
}

// What is on its way ends. REQUIRES: the lock is held.
void Stream::Impl::stop() noexcept {
  cancelled_->store(true);
  model_->scheduler->cancel_signal()->store(true);
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
