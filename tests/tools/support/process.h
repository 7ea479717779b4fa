// Process: the transept program under test, run as a user's shell would run it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace transept::testing_support {

struct Outcome {
  int code = -1;  // exit code, or 128 + signal
  bool signalled = false;
  std::string out;
  std::string err;
};

struct RunOptions {
  std::string input = {};                     // all of standard input
  std::vector<std::string> environment = {};  // "NAME=value", added to the test's own
  // standard output goes to this file instead of Outcome::out
  std::string stdout_path = {};
  bool append = false;         // as under >>
  bool nonblocking = false;    // standard output is a pipe whose reader made it so
  std::size_t file_limit = 0;  // bytes of a file at most (RLIMIT_FSIZE); 0: any
  bool close_stdin = false;    // runs as under <&-
  bool close_stdout = false;   // runs as under >&-
  // called in the new process before the program starts: limits and the like. Nothing that another
  // thread of the test may hold a lock for
  std::function<void()> prepare = {};
};

// Runs the program to its end. A run that takes longer than a minute is killed and fails.
Outcome run(const std::vector<std::string>& arguments, const RunOptions& options = {});

// A program that goes on while the test talks to it.
class Process {
 public:
  // `options.input` is not used.
  explicit Process(const std::vector<std::string>& arguments, const RunOptions& options = {});
  ~Process();  // kills it if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write(const std::string& bytes);
  void close_input();
  void close_output();
  // The next line of standard output without its line feed; "" at its end or after `timeout`.
  std::string read_line(std::chrono::milliseconds timeout = std::chrono::seconds(30));
  void send_signal(int number);
  // Waits for the end; what is left of its output. Its input stays as it is.
  Outcome wait();

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string pending_;
};

}  // namespace transept::testing_support
