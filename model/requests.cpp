#include "model/requests.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/log.h"
#include "engine/base/try.h"
#include "engine/search/options.h"
#include "model/guarded.h"
#include "model/line_reader.h"
#include "model/prepare_line.h"

namespace transept {
namespace {

// A long text has this part of what a stream may have in flight on its way: two batches for each
// thread, of which one waits, so that what others submit meanwhile need not wait long.
constexpr std::size_t kParts = 8;

// `request` must outlive the result.
Result<PreparedLine> prepare(const OpenModel& model, const Request& request) {
  if (const auto* text = std::get_if<std::string>(&request.input)) {
    return prepare_text(model, request.options, *text);
  }
  if (const auto* tokens = std::get_if<std::vector<std::string>>(&request.input)) {
    return prepare_tokens(model, request.options, *tokens);
  }
  return prepare_ids(model, request.options, std::get<2>(request.input));
}

// Calls `done`, which must not throw.
void tell(const Translator::Done& done, Result<Translation> result) noexcept {
  const Status thrown = guarded([&] {
    done(std::move(result));
    return Status();
  });
  if (thrown.ok()) return;
  const Status unsaid = guarded([&] {
    log(LogLevel::kWarning, "the receiver of a translation threw: " + thrown.message());
    return Status();
  });
  static_cast<void>(unsaid);  // no memory for a warning, or its sink throws: there is none
}

}  // namespace

struct TRANSEPT_LOCAL Pending::State {
  explicit State(const OpenModel& model) : signal(model.scheduler->cancel_signal()) {}
  void cancel() noexcept {
    cancelled = true;
    *signal = true;
  }

  std::atomic<bool> cancelled{false};
  const std::shared_ptr<std::atomic<bool>> signal;
};

void Pending::cancel() const noexcept {
  if (state_ != nullptr) state_->cancel();
}

// One request, from submit() to the return of its `done`. Its segments are handed over by one
// thread at a time: the one that submits it, later the one that makes room for more.
class Requests::OnItsWay {
 public:
  // Takes `done` when nothing can go wrong any more.
  OnItsWay(Requests& home, Request request, Translator::Done& done)
      : home_(home),
        request_(std::move(request)),
        state_(std::make_shared<Pending::State>(home.model_)),
        done_(std::move(done)) {}

  Pending pending() const { return Pending(state_); }
  void cancel() noexcept { state_->cancel(); }

  // REQUIRES: it is in the list, as `place`. It may have left it on return, from here and below.
  void begin(std::list<OnItsWay>::iterator place) noexcept {
    place_ = place;
    Status status = guarded([&]() -> Status {
      if (std::chrono::steady_clock::now() >= request_.deadline)
        return Status(Code::kCancelled, "deadline passed");
      TRANSEPT_ASSIGN_OR_RETURN(search_, home_.model_.search_options(request_.options));
      reader_.emplace(LineRun{home_.model_,
                              search_,
                              request_.options,
                              {state_, &state_->cancelled},
                              request_.deadline},
                      prepare(home_.model_, request_),
                      [this](Result<Translation> result) { finish(std::move(result)); });
      return Status();
    });
    status.ok() ? feed() : finish(std::move(status));
  }

 private:
  // A `done` that this thread is calling. What finishes meanwhile of the same translator, however
  // deep inside the calls of others, waits for its end: chains of requests that need no model would
  // fill the stack.
  struct Finishing {
    const Requests* home;
    Finishing* outer;           // of another translator, which this thread is calling, too
    OnItsWay* first = nullptr;  // what waits, in order
    OnItsWay* last = nullptr;
  };

  // Hands over segments until enough are on their way. REQUIRES: feeding_ says that it is us.
  void feed() noexcept {
    const std::size_t window = home_.model_.in_flight / kParts;
    Scheduler& scheduler = *home_.model_.scheduler;
    for (std::size_t wanted = window; wanted > 0;) {
      const std::size_t tokens = reader_->read(wanted);
      SegmentEnded ended;
      if (!reader_->at_end()) {
        ended = [this](std::size_t count) { segment_ended(count); };
        const std::lock_guard lock(mutex_);
        in_flight_ += tokens;
      }
      std::vector<Segment> segments;
      const bool more = reader_->hand_over(segments, ended);
      scheduler.submit(std::move(segments));
      if (!more) return;
      const std::lock_guard lock(mutex_);
      wanted = window - std::min(window, in_flight_);
      feeding_ = wanted > 0;
    }
  }

  void segment_ended(std::size_t tokens) noexcept {
    {
      const std::lock_guard lock(mutex_);
      in_flight_ -= tokens;
      if (feeding_ || in_flight_ > home_.model_.in_flight / kParts / 4 * 3) return;
      feeding_ = true;
    }
    feed();
  }

  void finish(Result<Translation> result) noexcept {
    thread_local Finishing* innermost = nullptr;
    result_ = std::move(result);
    for (Finishing* at = innermost; at != nullptr; at = at->outer) {
      if (at->home != &home_) continue;
      (at->first == nullptr ? at->first : at->last->next_) = this;
      at->last = this;
      return;
    }
    Finishing here{&home_, innermost};
    innermost = &here;
    leave();
    while (here.first != nullptr) std::exchange(here.first, here.first->next_)->leave();
    innermost = here.outer;
  }

  void leave() noexcept {
    tell(done_, *std::move(result_));
    // What it holds is the caller's; it goes while the caller knows us at work.
    done_ = nullptr;
    Requests& home = home_;
    const std::lock_guard lock(home.mutex_);
    home.on_their_way_.erase(place_);
    if (home.on_their_way_.empty()) home.all_done_.notify_all();
  }

  Requests& home_;
  const Request request_;
  const std::shared_ptr<Pending::State> state_;
  Translator::Done done_;
  SearchOptions search_;
  std::list<OnItsWay>::iterator place_;
  std::optional<LineReader> reader_;
  std::optional<Result<Translation>> result_;
  OnItsWay* next_ = nullptr;  // behind it in Finishing

  std::mutex mutex_;
  std::size_t in_flight_ = 0;  // source tokens, while the line has more
  bool feeding_ = true;
};

Requests::Requests(const OpenModel& model) : model_(model) {}

Requests::~Requests() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  for (OnItsWay& one : on_their_way_) one.cancel();
  all_done_.wait(lock, [this] { return on_their_way_.empty(); });
}

Pending Requests::submit(Request request, Translator::Done done) noexcept {
  std::list<OnItsWay> one;
  Status made = guarded([&] {
    one.emplace_back(*this, std::move(request), done);
    return Status();
  });
  if (!made.ok()) {
    tell(done, std::move(made));
    return Pending();
  }
  const auto place = one.begin();
  Pending pending = place->pending();
  {
    const std::lock_guard lock(mutex_);
    on_their_way_.splice(on_their_way_.end(), one);
    if (closing_) place->cancel();  // of a `done` that submits again
  }
  place->begin(place);
  return pending;
}

}  // namespace transept
