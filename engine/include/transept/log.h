// Where the library's messages go: to a function of the application's, or nowhere.
//
// The library itself never prints. The sink may be called from several threads at once.
#pragma once

#include <functional>
#include <string_view>

#include "transept/export.h"

namespace transept {

enum class LogLevel : int { kDebug = 0, kInfo = 1, kWarning = 2 };

using LogSink = std::function<void(LogLevel, std::string_view)>;

// Replaces the sink of the process; an empty one silences the library (the default). Thread-safe.
TRANSEPT_API void set_log_sink(LogSink sink);

}  // namespace transept
