#include "engine/base/start_thread.h"

#include <atomic>
#include <string>

#include "engine/base/log.h"

namespace transept {

void warn_no_thread(const std::error_code& reason) noexcept {
  static std::atomic_flag said;
  if (said.test_and_set()) return;
  try {
    log(LogLevel::kWarning,
        "cannot start a thread: " + reason.message() + "; the work goes on with fewer");
  } catch (...) {
    // No memory for a warning: the work goes on all the same.
  }
}

}  // namespace transept
