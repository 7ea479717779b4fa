// What the program tells the shell.
#pragma once

#include <string>
#include <utility>

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
    case Code::kInvalidArgument: return {kUsage, status.message()};
    case Code::kOutOfMemory:
    case Code::kInternal: return {kRunTime, status.message()};
    default: return {kBadModel, status.message()};
  }
}

// The failure of a translation under way.
inline Failure run_failure(const Status& status) {
  switch (status.code()) {
    case Code::kInvalidArgument: return {kUsage, status.message()};
    case Code::kInput: return {kBadInput, status.message()};
    case Code::kOutput: return {kBadOutput, status.message()};
    case Code::kNotFound:
    case Code::kCorrupt:
    case Code::kUnsupported: return {kBadModel, status.message()};
    default: return {kRunTime, status.message()};
  }
}

}  // namespace transept::tools
