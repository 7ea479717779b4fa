// What transept translate leaves in files: while it runs, when it fails, when it is killed; and the
// names of files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_path.h"
#include "tests/tools/support/expect_failure.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Whether it came true within a minute.
bool wait_for(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// Lines of ids, each of which has another translation than its neighbours.
std::string lines_of_ids(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    for (const int id : {5 + i % 50, 60 + i % 7, 80 + i % 11}) text += std::to_string(id) + ' ';
    text += "0\n";
  }
  return text;
}

// A line that is an id for the reader, but too long for the model.
std::string line_too_long() {
  std::string line;
  for (int i = 0; i < 600; ++i) line += "5 ";
  return line + "0\n";
}

class OutputTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::vector<std::string> translate(std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"translate",
                                    "--model",
                                    std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian",
                                    "--input",
                                    "ids",
                                    "--beam",
                                    "1",
                                    "--split",
                                    "none",
                                    "--max-length",
                                    "8"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::string translated(const std::string& input) {
    return run(translate(), {.input = input}).out;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  // Of the file that is being written; empty: there is none.
  fs::path temporary() const {
    for (const std::string& name : names()) {
      if (name.starts_with(".transept-")) return folder_ / name;
    }
    return {};
  }
  bool temporary_has_lines(std::size_t count) const {
    const fs::path path = temporary();
    return !path.empty() && count_lines(read_file(path)) >= count;
  }

  const fs::path folder_ = temp_path("output");
  const fs::path out_ = folder_ / "out";
};

TEST_F(OutputTest, FinishedLinesAreInTheFileWhileTheInputStaysOpen) {
  const std::string input = lines_of_ids(1000);
  const std::string expected = translated(input);
  ASSERT_EQ(count_lines(expected), 1000u);
  Process program(translate(), {.stdout_path = out_});
  program.write(input + "5 6");  // and half a line
  EXPECT_TRUE(wait_for([&] { return read_file(out_).size() >= expected.size(); }));
  program.write(" 0\n");
  EXPECT_TRUE(wait_for([&] { return count_lines(read_file(out_)) == 1001; }));
  program.send_signal(SIGKILL);
  EXPECT_EQ(program.wait().code, 128 + SIGKILL);
  EXPECT_EQ(read_file(out_), expected + translated("5 6 0\n"));
}

TEST_F(OutputTest, EveryFormOfResultsIsFlushed) {
  for (const std::string form : {"jsonl", "nbest"}) {
    Process program(translate({"--format", form}), {.stdout_path = out_, .append = true});
    program.write("5 6 0\n7 8 0\n");
    EXPECT_TRUE(wait_for([&] { return count_lines(read_file(out_)) == 2; })) << form;
    program.send_signal(SIGKILL);
    program.wait();
    fs::remove(out_);
  }
}

TEST_F(OutputTest, LinesBeforeABadOneAreWrittenWhereverTheyGo) {
  const std::string expected = translated("5 6 0\n");
  {
    Process program(translate(), {.stdout_path = out_});
    program.write("5 6 0\n");
    EXPECT_TRUE(wait_for([&] { return read_file(out_) == expected; }));
    program.write("5 x 0\n");
    const Outcome outcome = program.wait();
    EXPECT_EQ(outcome.code, 3);
    EXPECT_EQ(outcome.err, "transept: line 2: x is not an id\n");
    EXPECT_EQ(read_file(out_), expected);
  }
  fs::remove(out_);
  {
    Process program(translate({"-o", out_}));
    program.write("5 6 0\n");
    EXPECT_TRUE(wait_for([&] { return temporary_has_lines(1); }));
    program.write("5 x 0\n");
    const Outcome outcome = program.wait();
    EXPECT_EQ(outcome.code, 3);
    EXPECT_EQ(outcome.err, "transept: line 2: x is not an id; 1 finished line is in " +
                               out_.string() + ".partial\n");
    EXPECT_EQ(read_file(out_.string() + ".partial"), expected);
    EXPECT_EQ(names(), std::vector<std::string>{"out.partial"});
  }
}

TEST_F(OutputTest, NoneOfManyLinesIsLostByAnError) {
  const std::string good = lines_of_ids(6000);
  const std::string expected = translated(good);
  ASSERT_EQ(count_lines(expected), 6000u);
  const RunOptions input = {.input = good + line_too_long() + "5 6 0\n"};
  const Outcome piped = run(translate(), input);
  EXPECT_EQ(piped.code, 3) << piped.err;
  EXPECT_THAT(piped.err, HasSubstr("line 6001"));
  EXPECT_EQ(piped.out, expected);
  EXPECT_EQ(run(translate(), {.input = input.input, .stdout_path = out_}).code, 3);
  EXPECT_EQ(read_file(out_), expected);
  const Outcome named = run(translate({"-o", folder_ / "other"}), input);
  EXPECT_EQ(named.code, 3);
  EXPECT_THAT(named.err, HasSubstr("; 6000 finished lines are in "));
  EXPECT_EQ(read_file(folder_ / "other.partial"), expected);
  EXPECT_EQ(names(), (std::vector<std::string>{"other.partial", "out"}));
}

TEST_F(OutputTest, ABadIdBehindManyLinesCostsNoneOfThem) {
  const std::string good = lines_of_ids(12000);  // more than is read together
  const std::string expected = translated(good);
  for (const std::string bad : {"5 x 0\n", "5 99999999 0\n", "-1"}) {
    const RunOptions to_file = {.input = good + bad, .stdout_path = out_};
    const Outcome outcome = run(translate(), to_file);
    EXPECT_EQ(outcome.code, 3);
    EXPECT_THAT(outcome.err, HasSubstr("line 12001: "));
    EXPECT_EQ(read_file(out_), expected);
  }
}

TEST_F(OutputTest, AnInterruptionBeforeTheFirstLineLeavesNothing) {
  Process program(translate({"-o", out_}));
  EXPECT_TRUE(wait_for([&] { return !temporary().empty(); }));
  program.send_signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.err, "transept: interrupted after 0 lines\n");
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(OutputTest, WithoutAFinishedLineThereIsNoPartialFile) {
  const Outcome outcome = run(translate({"-o", out_}), {.input = line_too_long()});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, Not(HasSubstr(".partial")));
  EXPECT_THAT(names(), testing::IsEmpty());
}

// What is left when `limited` (-o out_) had no room for all lines of `input`.
void expect_whole_lines(const Outcome& outcome, const fs::path& partial,
                        const std::string& expected) {
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_FALSE(outcome.signalled);
  EXPECT_EQ(count_lines(outcome.err), 1u);
  const std::string kept = read_file(partial);
  ASSERT_FALSE(kept.empty()) << outcome.err;
  EXPECT_LT(kept.size(), expected.size());
  EXPECT_EQ(kept.back(), '\n');
  EXPECT_EQ(kept, expected.substr(0, kept.size()));
  EXPECT_THAT(outcome.err, HasSubstr("; " + std::to_string(count_lines(kept)) +
                                     " finished lines are in " + partial.string()));
}

TEST_F(OutputTest, ALimitOfFilesKeepsWholeLines) {
  const std::string input = lines_of_ids(9000);
  const std::string expected = translated(input);
  ASSERT_GT(expected.size(), 70000u);
  for (const std::size_t limit : {1000u, 65536u, 70000u}) {
    const RunOptions options = {.input = input, .file_limit = limit};
    const Outcome outcome = run(translate({"-o", out_}), options);
    EXPECT_THAT(outcome.err, HasSubstr("File too large"));
    expect_whole_lines(outcome, out_.string() + ".partial", expected);
    EXPECT_EQ(names(), std::vector<std::string>{"out.partial"});
  }
  const Outcome outcome =
      run(translate(), {.input = input, .stdout_path = out_, .file_limit = 1000});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(read_file(out_), expected.substr(0, 1000));
  EXPECT_THAT(outcome.err,
              HasSubstr("File too large; " + std::to_string(count_lines(read_file(out_))) +
                        " finished lines were written before"));
}

TEST_F(OutputTest, AFullDiskKeepsWholeLines) {
  const SmallDisk disk(folder_, 16384);
  if (!disk.is_there()) GTEST_SKIP() << "only root can mount a small file system";
  const std::string input = lines_of_ids(3000);
  const Outcome outcome = run(translate({"-o", out_}), {.input = input});
  EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
  expect_whole_lines(outcome, out_.string() + ".partial", translated(input));
  EXPECT_EQ(names(), std::vector<std::string>{"out.partial"});
}

TEST_F(OutputTest, WhatCannotBeKeptIsSaid) {
  fs::create_directories(out_.string() + ".partial");  // a folder where the file should be
  const Outcome outcome =
      run(translate({"-o", out_}), {.input = lines_of_ids(30) + line_too_long()});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("; 30 finished lines cannot be kept: cannot write " +
                                     out_.string() + ".partial: Is a directory"));
  EXPECT_EQ(names(), std::vector<std::string>{"out.partial"});
}

TEST_F(OutputTest, WhatAKilledRunLeftIsRemovedByTheNext) {
  Process program(translate({"-o", out_}));
  program.write(lines_of_ids(10));
  EXPECT_TRUE(wait_for([&] { return temporary_has_lines(10); }));
  program.send_signal(SIGKILL);
  program.wait();
  EXPECT_EQ(names().size(), 1u);
  // Not by a run that writes another file.
  EXPECT_EQ(run(translate({"-o", folder_ / "other"}), {.input = "5 0\n"}).code, 0);
  EXPECT_EQ(names().size(), 2u);
  EXPECT_EQ(run(translate({"-o", out_}), {.input = "5 0\n"}).code, 0);
  EXPECT_EQ(names(), (std::vector<std::string>{"other", "out"}));
}

TEST_F(OutputTest, RunsThatWriteTheSameFileLeaveEachOtherAlone) {
  const std::string input = lines_of_ids(20);
  Process program(translate({"-o", out_}));
  program.write(input);
  EXPECT_TRUE(wait_for([&] { return temporary_has_lines(20); }));
  EXPECT_EQ(run(translate({"-o", out_}), {.input = "5 0\n"}).code, 0);
  EXPECT_EQ(read_file(out_), translated("5 0\n"));
  EXPECT_EQ(names().size(), 2u);
  program.close_input();
  EXPECT_EQ(program.wait().code, 0);
  EXPECT_EQ(read_file(out_), translated(input));
  EXPECT_EQ(names(), std::vector<std::string>{"out"});
}

TEST_F(OutputTest, NamesMayBeAsLongAsTheSystemHasThem) {
  for (std::size_t length = 245; length <= 255; ++length) {
    const fs::path path = folder_ / std::string(length, 'n');
    const Outcome outcome = run(translate({"-o", path}), {.input = "5 6 0\n"});
    EXPECT_EQ(outcome.code, 0) << length << outcome.err;
    EXPECT_EQ(read_file(path), translated("5 6 0\n")) << length;
  }
  EXPECT_EQ(names().size(), 11u);
  expect_failure(run(translate({"-o", folder_ / std::string(256, 'n')}), {.input = "5 6 0\n"}), 4,
                 {"File name too long"});
}

TEST_F(OutputTest, PartialFilesOfLongNamesHaveNamesToo) {
  std::string accents;
  for (int i = 0; i < 127; ++i) accents += "\xC3\xA9";
  const std::vector<std::string> long_names = {std::string(247, 'n'),
                                               std::string(248, 'n'),
                                               std::string(255, 'n'),
                                               std::string(254, 'n') + 'm',
                                               accents,
                                               'x' + accents};
  for (const std::string& name : long_names) {
    const Outcome outcome =
        run(translate({"-o", folder_ / name}), {.input = "5 6 0\n" + line_too_long()});
    EXPECT_EQ(outcome.code, 3);
    const std::size_t at = outcome.err.find(folder_.string());
    ASSERT_NE(at, std::string::npos) << outcome.err;
    const fs::path partial = outcome.err.substr(at, outcome.err.find('\n') - at);
    EXPECT_THAT(partial.filename().string(), testing::StartsWith(name.substr(0, 200)));
    EXPECT_THAT(partial.filename().string(), testing::EndsWith(".partial"));
    EXPECT_EQ(read_file(partial), translated("5 6 0\n"));
  }
  EXPECT_EQ(names().size(), long_names.size());
}

TEST_F(OutputTest, AFileMayBeReplacedByItsTranslation) {
  std::ofstream(out_) << lines_of_ids(100);
  EXPECT_EQ(run(translate({"-i", out_, "-o", out_})).code, 0);
  EXPECT_EQ(read_file(out_), translated(lines_of_ids(100)));
}

TEST_F(OutputTest, AFileIsNotAddedToItself) {
  std::ofstream(out_) << lines_of_ids(3);
  for (const std::string more : {"-", "/dev/stdout"}) {
    const Outcome outcome =
        run(translate({"-i", out_, "-o", more}), {.stdout_path = out_, .append = true});
    expect_failure(outcome, 4, {"added to the file that the input is read from"});
    EXPECT_EQ(read_file(out_), lines_of_ids(3));
  }
  // Another file may be added to.
  const RunOptions append = {.input = "5 6 0\n", .stdout_path = out_, .append = true};
  EXPECT_EQ(run(translate(), append).code, 0);
  EXPECT_EQ(read_file(out_), lines_of_ids(3) + translated("5 6 0\n"));
}

TEST_F(OutputTest, ALinkToAFileThatIsNotThereMakesIt) {
  fs::create_directories(folder_ / "deep");
  fs::create_symlink("deep/file", folder_ / "link");
  fs::create_symlink(folder_ / "link", folder_ / "second");
  EXPECT_EQ(run(translate({"-o", folder_ / "second"}), {.input = "5 0\n"}).code, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "second"));
  EXPECT_EQ(read_file(folder_ / "deep" / "file"), translated("5 0\n"));
  fs::create_symlink("round", folder_ / "round");
  expect_failure(run(translate({"-o", folder_ / "round"}), {.input = "5 0\n"}), 4,
                 {"round: Too many levels of symbolic links"});
}

TEST_F(OutputTest, WhatTheProgramWasStartedWithIsNotReplaced) {
  std::ofstream(out_) << "first\n";
  const RunOptions options = {.input = "5 6 0\n", .stdout_path = out_, .append = true};
  for (const std::string path : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    EXPECT_EQ(run(translate({"-o", path}), options).code, 0) << path;
  }
  const std::string line = translated("5 6 0\n");
  EXPECT_EQ(read_file(out_), "first\n" + line + line + line);
  // Not the program's own ones.
  for (const std::string path : {"/dev/fd/3", "/dev/fd/5", "/dev/fd/77", "/dev/fd/0"}) {
    expect_failure(run(translate({"-o", path}), {.input = "5 0\n"}), 4,
                   {"cannot write " + path + ": Bad file descriptor"});
  }
}

TEST_F(OutputTest, APipeThatDoesNotBlockIsWaitedFor) {
  const std::string input = lines_of_ids(9000);
  const std::string expected = translated(input);
  ASSERT_GT(expected.size(), 70000u);  // more than it holds
  Process program(translate(), {.nonblocking = true});
  std::thread writer([&] {
    program.write(input);
    program.close_input();
  });
  std::this_thread::sleep_for(std::chrono::seconds(1));  // until it is full
  std::string got;
  for (int i = 0; i < 9000; ++i) got += program.read_line() + '\n';
  writer.join();
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(got + outcome.out, expected);
}

TEST_F(OutputTest, APipeWithAName) {
  ASSERT_EQ(::mkfifo(out_.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = read_file(out_); });
  EXPECT_EQ(run(translate({"-o", out_}), {.input = lines_of_ids(10)}).code, 0);
  reader.join();
  EXPECT_EQ(got, translated(lines_of_ids(10)));
  EXPECT_TRUE(fs::is_fifo(out_));
}

TEST_F(OutputTest, WhereNothingCanBeMadeTheFolderIsNamed) {
  for (const char* folder : {"/proc", "/no/such/folder"}) {
    expect_failure(run(translate({"-o", std::string(folder) + "/out"}), {.input = "5 0\n"}), 4,
                   {std::string("no file can be made in ") + folder + ": "});
  }
  if (::getuid() == 0) return;  // may write anywhere
  fs::permissions(folder_, fs::perms(0500));
  expect_failure(run(translate({"-o", out_}), {.input = "5 0\n"}), 4,
                 {"no file can be made in " + folder_.string() + ": Permission denied"});
  fs::permissions(folder_, fs::perms(0700));
}

}  // namespace
}  // namespace transept::testing_support
