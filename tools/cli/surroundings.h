// Surroundings: values of flags from the environment and from a configuration file.
#pragma once

#include <optional>

#include "tools/cli/command_line.h"
#include "tools/cli/exit_code.h"

namespace transept::tools {

// Flags of `command` that the command line leaves open are taken from the environment (--n-best:
// TRANSEPT_N_BEST), then from the file --config names: `key = value` lines as in the long flags
// without dashes, at its top or in a section [sub-command]. A byte-order mark in front of the file or
// of a variable's name, as editors leave them in files of either, does not count.
std::optional<Failure> fill_from_surroundings(const Command& command);

// A variable TRANSEPT_... that no sub-command reads is an error where it is likely to be meant for a
// flag (TRANSEPT_BEAMS), as in a configuration file; of others -v tells.
std::optional<Failure> check_environment(const Command& command);

}  // namespace transept::tools
