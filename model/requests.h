// Requests: what Translator::submit() has on its way.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>

#include "model/open_model.h"
#include "transept/translator.h"

namespace transept {

// Thread-safe.
class Requests {
 public:
  // `model` must outlive it.
  explicit Requests(const OpenModel& model);
  // Cancels what is on its way, also what a `done` submits meanwhile, and waits until each has
  // returned.
  ~Requests();
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  // As Translator::submit.
  Pending submit(Request request, Translator::Done done) noexcept;

 private:
  class OnItsWay;

  const OpenModel& model_;
  std::mutex mutex_;
  std::condition_variable all_done_;
  std::list<OnItsWay> on_their_way_;  // a list: what leaves it needs no memory
  bool closing_ = false;
};

}  // namespace transept
