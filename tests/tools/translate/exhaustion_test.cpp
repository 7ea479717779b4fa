// The program where memory, threads or descriptors run out: it ends, by itself, with one sentence
// and a documented code; or it does its work.
#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

void limit(int what, rlim_t value) {
  const rlimit both = {value, value};
  ::setrlimit(static_cast<__rlimit_resource>(what), &both);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
  }
  EXPECT_EQ(begin, text.size()) << "a line without an end: " << text;
  return lines;
}

// Exhaustion is no fault of the model, the input or the user.
void expect_an_end(const Outcome& outcome, std::size_t lines) {
  EXPECT_FALSE(outcome.signalled) << outcome.code << ": " << outcome.err;
  EXPECT_THAT(outcome.code, testing::AnyOf(0, 1)) << outcome.err;
  std::size_t errors = 0;
  for (const std::string& line : lines_of(outcome.err)) {
    EXPECT_TRUE(line.starts_with("transept: ")) << line;
    errors += line.starts_with("transept: warning: ") ? 0 : 1;
  }
  EXPECT_EQ(errors, outcome.code == 0 ? 0u : 1u) << outcome.err;
  const auto written =
      static_cast<std::size_t>(std::count(outcome.out.begin(), outcome.out.end(), '\n'));
  if (outcome.code == 0) {
    EXPECT_EQ(written, lines);
  }
}

std::string many_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "Train " + std::to_string(i) + " leaves from the old station at noon.\n";
  }
  return text;
}

// Megabytes of address space below which the program itself cannot be loaded.
std::size_t smallest_to_start() {
  for (std::size_t megabytes = 8;; megabytes += 4) {
    const Outcome outcome =
        run({"--version"}, {.prepare = [=] { limit(RLIMIT_AS, megabytes << 20); }});
    if (outcome.code == 0 || megabytes > 4096) return megabytes;
  }
}

TEST(Exhaustion, AddressSpace) {
  if (kSanitized) GTEST_SKIP() << "SKIPPED: sanitizers need all the address space";
  const std::size_t first = smallest_to_start();
  const std::string input = many_lines(60);
  int failed = 0;
  int done = 0;
  for (const bool batch : {true, false}) {
    const std::vector<std::string> arguments =
        batch ? std::vector<std::string>{"translate", "--threads", "2", "--beam", "16"}
              : std::vector<std::string>{"translate", "--threads", "4"};
    for (std::size_t megabytes = first; megabytes < first + 100; megabytes += 5) {
      const Outcome outcome =
          run(arguments, {.input = input, .prepare = [=] { limit(RLIMIT_AS, megabytes << 20); }});
      SCOPED_TRACE(std::to_string(megabytes) + " MiB");
      expect_an_end(outcome, 60);
      ++(outcome.code == 0 ? done : failed);
    }
  }
  EXPECT_GT(failed, 0);
  EXPECT_GT(done, 0);
}

TEST(Exhaustion, Descriptors) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"translate", "Thank you."}, {"inspect"}, {"translate"}}) {
    for (rlim_t count = 3; count < 12; ++count) {
      // The loader of the program's libraries needs one, and is not ours.
      const auto prepare = [=] { limit(RLIMIT_NOFILE, count); };
      if (run({"--version"}, {.prepare = prepare}).code != 0) continue;
      const Outcome outcome = run(arguments, {.input = "Thank you.\n", .prepare = prepare});
      SCOPED_TRACE(arguments.front() + ", " + std::to_string(count) + " descriptors");
      EXPECT_FALSE(outcome.signalled);
      EXPECT_THAT(outcome.code, testing::AnyOf(0, 1)) << outcome.err;
      if (outcome.code != 0) {
        EXPECT_THAT(outcome.err, HasSubstr("Too many open files"));
        EXPECT_THAT(outcome.err, Not(HasSubstr("terminate")));
      }
    }
  }
}

// From now on this process and those that follow it start no thread and no process. False: the
// system does not let us.
bool refuse_threads() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {std::size(rules), rules};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool threads_can_be_refused() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(refuse_threads() ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

RunOptions without_threads(std::string input) {
  // The search for leaks at the end of the program would start a thread.
  return {.input = std::move(input), .environment = {"ASAN_OPTIONS=detect_leaks=0"}, .prepare = [] {
            refuse_threads();
          }};
}

TEST(Exhaustion, Threads) {
  if (!threads_can_be_refused()) GTEST_SKIP() << "SKIPPED: this system has no seccomp filters";
  const std::string input = many_lines(40);
  const Outcome expected = run({"translate", "--threads", "4"}, {.input = input});
  ASSERT_EQ(expected.code, 0) << expected.err;
  const Outcome outcome = run({"translate", "--threads", "4"}, without_threads(input));
  expect_an_end(outcome, 40);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, expected.out);
  const std::size_t first = outcome.err.find("cannot start a thread");
  ASSERT_NE(first, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("cannot start a thread", first + 1), std::string::npos);
}

TEST(Exhaustion, ThreadsOfOtherCommands) {
  if (!threads_can_be_refused()) GTEST_SKIP() << "SKIPPED: this system has no seccomp filters";
  const fs::path folder =
      fs::path(testing::TempDir()) / ("transept-threads" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "en") << many_lines(20);
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"shortlist", "--threads", "4", folder / "en", folder / "en", "-o",
                                 folder / "out"},
        {"inspect", "--json"},
        {"bench", "--threads", "4", "-i", folder / "en"}}) {
    const Outcome outcome = run(arguments, without_threads(""));
    SCOPED_TRACE(arguments.front());
    EXPECT_FALSE(outcome.signalled) << outcome.code << ": " << outcome.err;
    EXPECT_THAT(outcome.code, testing::AnyOf(0, 1)) << outcome.err;
    EXPECT_THAT(outcome.err, Not(HasSubstr("terminate")));
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace transept::testing_support
