// Messages: everything the program says on stderr, and in the log file where there is one.
//
// Each message is one line that begins with "transept: ". A status line (progress) may stand below
// them on a terminal; messages clear it first. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "tools/cli/exit_code.h"
#include "transept/status.h"

namespace transept::tools {

struct MessageOptions {
  int verbose = 0;       // 0: warnings; 1: what happens; 2: details
  bool quiet = false;    // errors only
  std::string log_file;  // everything, with times; empty: none
};

// Also receives the library's messages. Errors: kOutput when the log file cannot be written.
Status start_messages(const MessageOptions& options);

void error(std::string_view message);
void warn(std::string_view message);
void info(std::string_view message);

// Says why, unless there is nothing to say, and gives the code.
int report(const Failure& failure);

// Replaces the line below the messages; empty: none. REQUIRES: stderr is a terminal.
void show_status(std::string_view line);

}  // namespace transept::tools
