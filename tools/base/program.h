// Program: this program run again as a child, which is how a regression run translates: with the
// flags, the output and the memory a user would see, and with nothing of one run left over in the
// next.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "transept/status.h"

namespace transept::tools {

struct ProgramOutput {
  int code = 0;  // exit code, or 128 + signal
  std::string out;
  std::string err;
  double seconds = 0.0;          // from start to end
  std::uint64_t peak_bytes = 0;  // of resident memory
};

class Program {
 public:
  // Runs in `directory`. Flags from the environment do not reach it: TRANSEPT_ISA and
  // TRANSEPT_MODEL_PATH alone are passed on.
  explicit Program(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Standard input is empty. Errors: kInternal when it cannot be started; kCancelled after stop().
  Result<ProgramOutput> run(const std::vector<std::string>& arguments);
  // Ends what runs, and whatever would be run later. From any thread.
  void stop();

 private:
  bool stopped();

  std::filesystem::path directory_;
  std::mutex mutex_;
  pid_t child_ = 0;  // 0: none runs
  bool stopped_ = false;
};

}  // namespace transept::tools
