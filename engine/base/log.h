// Where a message of the library goes: the application's sink, or nowhere.
#pragma once

#include <string_view>

#include "transept/log.h"

namespace transept {

// Thread-safe; does nothing while no sink is set.
void log(LogLevel level, std::string_view message);

}  // namespace transept
