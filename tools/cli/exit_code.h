// What the program tells the shell.
#pragma once

#include <string>
#include <utility>

#include "tools/cli/flag_names.h"
#include "transept/status.h"

namespace transept::tools {

enum ExitCode : int {
  kSuccess = 0,
  kRunTime = 1,
  kUsage = 2,
  kBadInput = 3,
  kBadOutput = 4,
  kBadModel = 5,
};

// Ended by a signal: what shells report then.
inline ExitCode signal_exit(int signal) { return static_cast<ExitCode>(128 + signal); }

// Why the program ends: a code for the shell and one sentence for the user (none: end quietly).
struct Failure {
  ExitCode code = kRunTime;
  std::string message;
};

// The failure of opening a model.
inline Failure model_failure(const Status& status) {
  switch (status.code()) {
    case Code::kInvalidArgument: return {kUsage, in_flags(status)};
    case Code::kOutOfMemory:
    case Code::kInternal: return {kRunTime, in_flags(status)};
    default: return {kBadModel, in_flags(status)};
  }
}

// The failure of a translation under way.
inline Failure run_failure(const Status& status) {
  switch (status.code()) {
    case Code::kInvalidArgument: return {kUsage, in_flags(status)};
    case Code::kInput: return {kBadInput, in_flags(status)};
    case Code::kOutput: return {kBadOutput, in_flags(status)};
    case Code::kNotFound:
    case Code::kCorrupt:
    case Code::kUnsupported: return {kBadModel, in_flags(status)};
    default: return {kRunTime, in_flags(status)};
  }
}

}  // namespace transept::tools
