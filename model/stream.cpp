#include <utility>
#include <vector>

#include "model/guarded.h"
#include "model/stream_impl.h"

namespace transept {
namespace {

// Source tokens of a line, and something for what it takes besides: its place in the queue, its
// result.
constexpr std::size_t kLineCost = 16;

std::size_t cost_of(const PreparedLine& line) {
  std::size_t cost = kLineCost;
  for (const SourceSegment& segment : line.segments) cost += segment.ids.size();
  return cost;
}

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

Status Stream::Impl::push(Result<PreparedLine> line) {
  const std::size_t cost = line.ok() ? cost_of(*line) : kLineCost;
  std::size_t number = 0;
  {
    std::unique_lock lock(mutex_);
    // A line that alone is above the bound passes when nothing else is on its way.
    changed_.wait(lock, [&] {
      return cancelled_->load() || in_flight_ == 0 || in_flight_ + cost <= model_->in_flight;
    });
    if (cancelled_->load()) return cancelled();
    number = first_ + slots_.size();
    slots_.push_back({cost, std::nullopt});
    in_flight_ += cost;
  }
  if (!line.ok()) {
    complete(number, line.status());
    return Status();
  }
  const Status submitted = guarded([&] {
    std::vector<Segment> segments;
    add_segments(
        {*model_, search_, options_.attention, cancelled_}, *std::move(line),
        [this, number](Result<Translation> result) { complete(number, std::move(result)); },
        segments);
    if (!segments.empty()) model_->scheduler->submit(std::move(segments));
    return Status();
  });
  if (!submitted.ok()) complete(number, submitted);
  return Status();
}

// The thread that completes the first line delivers it and all that are ready behind it; others
// only leave their result. So lines are delivered in order, one at a time, without a lock held
// meanwhile.
void Stream::Impl::complete(std::size_t line, Result<Translation> result) {
  std::unique_lock lock(mutex_);
  slots_[line - first_].result = std::move(result);
  if (delivering_) return;
  delivering_ = true;
  while (!slots_.empty() && slots_.front().result) {
    Slot slot = std::move(slots_.front());
    slots_.pop_front();
    ++first_;
    lock.unlock();
    deliver_(*std::move(slot.result));
    lock.lock();
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
  return cancelled_->load() ? cancelled() : Status();
}

void Stream::Impl::cancel() {
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
