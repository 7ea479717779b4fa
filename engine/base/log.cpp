#include "engine/base/log.h"

#include <memory>
#include <mutex>
#include <utility>

namespace transept {
namespace {

struct Sink {
  std::mutex mutex;
  std::shared_ptr<const LogSink> target;
};

// Never destroyed: a thread of the application may still log while the process ends.
Sink& sink() {
  static auto* const instance = new Sink;
  return *instance;
}

}  // namespace

void set_log_sink(LogSink target) {
  std::shared_ptr<const LogSink> next;
  try {
    if (target) next = std::make_shared<const LogSink>(std::move(target));
  } catch (...) {
    // No memory for a sink: the library is silent.
  }
  const std::lock_guard lock(sink().mutex);
  sink().target = std::move(next);
}

void log(LogLevel level, std::string_view message) {
  std::shared_ptr<const LogSink> target;
  {
    const std::lock_guard lock(sink().mutex);
    target = sink().target;
  }
  if (target) (*target)(level, message);
}

}  // namespace transept
