// transept translate and the world around it: pipes, files, signals.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/files.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

// An empty folder of the test's own.
fs::path fresh_folder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const fs::path folder = fs::path(testing::TempDir()) / (std::string("transept-") + test->name());
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::string many_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "Train " + std::to_string(i) + " leaves from the old station at noon.\n";
  }
  return text;
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Streams, ALineIsAnsweredWhileThePipeStaysOpen) {
  Process program({"translate"});
  program.write("Where is the station?\n");
  EXPECT_THAT(program.read_line(), HasSubstr("Bahnhof"));
  program.write("Good morning!\nThank you.\n");
  EXPECT_NE(program.read_line(), "");
  EXPECT_NE(program.read_line(), "");
  program.write("half a line");
  EXPECT_EQ(program.read_line(std::chrono::milliseconds(200)), "");
  program.close_input();
  EXPECT_NE(program.read_line(), "");
  EXPECT_EQ(program.wait().code, 0);
}

TEST(Streams, InputAndOutputFiles) {
  const fs::path folder = fresh_folder();
  std::ofstream(folder / "in") << many_lines(30);
  const Outcome outcome = run({"translate", "-i", folder / "in", "-o", folder / "out"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(count_lines(read_file(folder / "out")), 30u);
  EXPECT_EQ(files_in(folder), 2u);
}

TEST(Streams, AnOutputFileKeepsItsPermissionsAndLink) {
  const fs::path folder = fresh_folder();
  std::ofstream(folder / "real") << "old";
  fs::permissions(folder / "real", fs::perms(0640));
  fs::create_symlink("real", folder / "link");
  EXPECT_EQ(run({"translate", "-o", folder / "link", "Thank you."}).code, 0);
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(count_lines(read_file(folder / "real")), 1u);
  EXPECT_EQ(fs::status(folder / "real").permissions(), fs::perms(0640));
}

TEST(Streams, ANewFileHasOrdinaryPermissions) {
  const fs::path folder = fresh_folder();
  const mode_t before = ::umask(022);
  EXPECT_EQ(run({"translate", "-o", folder / "out", "Thank you."}).code, 0);
  ::umask(before);
  EXPECT_EQ(fs::status(folder / "out").permissions(), fs::perms(0644));
}

TEST(Streams, AFailureLeavesNoOutputFileAndAnOldOneUntouched) {
  const fs::path folder = fresh_folder();
  EXPECT_EQ(run({"translate", "--input", "ids", "-o", folder / "new", "5 0", "99999999"}).code, 3);
  EXPECT_EQ(files_in(folder), 0u);
  std::ofstream(folder / "old") << "kept";
  EXPECT_EQ(run({"translate", "--input", "ids", "-o", folder / "old", "5 0", "99999999"}).code, 3);
  EXPECT_EQ(read_file(folder / "old"), "kept");
  EXPECT_EQ(files_in(folder), 1u);
}

TEST(Streams, AnOutputThatCannotBeWritten) {
  const fs::path folder = fresh_folder();
  for (const fs::path& path : {folder / "missing" / "out", folder}) {
    const Outcome outcome = run({"translate", "-o", path, "Thank you."});
    EXPECT_EQ(outcome.code, 4) << path;
    EXPECT_THAT(outcome.err, StartsWith("transept: cannot write " + path.string()));
    EXPECT_EQ(count_lines(outcome.err), 1u);
  }
  EXPECT_EQ(files_in(folder), 0u);
}

TEST(Streams, AFullDisk) {
  for (const Outcome& outcome : {run({"translate", "-o", "/dev/full", "Thank you."}),
                                 run({"translate", "Thank you."}, {.stdout_path = "/dev/full"})}) {
    EXPECT_EQ(outcome.code, 4);
    EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
    EXPECT_EQ(count_lines(outcome.err), 1u);
  }
}

TEST(Streams, AClosedStandardOutput) {
  const Outcome outcome = run({"translate", "Thank you."}, {.close_stdout = true});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, StartsWith("transept: cannot write standard output"));
}

TEST(Streams, AClosedStandardInput) {
  const Outcome outcome = run({"translate"}, {.close_stdin = true});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.err, "transept: cannot read standard input: Bad file descriptor\n");
  EXPECT_EQ(run({"translate", "Thank you."}, {.close_stdin = true}).code, 0);
}

TEST(Streams, AReaderThatGoesAwayEndsTheProgramQuietly) {
  Process program({"translate"});
  program.write("Thank you.\n");
  EXPECT_NE(program.read_line(), "");
  program.close_output();
  program.write(many_lines(5));
  // The input stays open: writing must notice.
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.code, 128 + SIGPIPE);
  EXPECT_EQ(outcome.err, "");
}

TEST(Streams, AnInterruptionKeepsFinishedLinesInOrder) {
  const fs::path folder = fresh_folder();
  std::ofstream(folder / "in") << many_lines(200000);
  const std::string expected = run({"translate"}, {.input = many_lines(60)}).out;
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
    Process program({"translate", "-i", folder / "in"});
    std::string got = program.read_line() + '\n';
    got += program.read_line() + '\n';
    const auto start = std::chrono::steady_clock::now();
    program.send_signal(signal);
    const Outcome outcome = program.wait();
    // The promise is a second; a busy machine may need longer, all of the lines would take minutes.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    EXPECT_EQ(outcome.code, 128 + signal);
    EXPECT_FALSE(outcome.signalled);
    EXPECT_THAT(outcome.err, StartsWith("transept: interrupted after "));
    got += outcome.out;
    EXPECT_EQ(got.back(), '\n');
    EXPECT_LT(count_lines(got), 200000u);
    const std::size_t compared = std::min(got.size(), expected.size());
    EXPECT_EQ(got.substr(0, compared), expected.substr(0, compared));
  }
}

TEST(Streams, AnInterruptionWhileNothingComesIn) {
  Process program({"translate"});
  program.write("Thank you.\n");
  EXPECT_NE(program.read_line(), "");
  program.send_signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
}

TEST(Streams, AnInterruptedFileIsThereUnderAnotherName) {
  const fs::path folder = fresh_folder();
  std::ofstream(folder / "in") << many_lines(200000);
  // A small model: the test waits until the first block of output is written.
  Process program({"translate", "--model", std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian",
                   "--beam", "1", "-i", folder / "in", "-o", folder / "out"});
  // Wait until the temporary file has grown: work is under way.
  const auto written = [&] {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with(".transept-") && entry.file_size() > 0) {
        return true;
      }
    }
    return false;
  };
  for (int i = 0; i < 600 && !written(); ++i) ::usleep(50000);
  program.send_signal(SIGHUP);
  EXPECT_EQ(program.wait().code, 129);
  EXPECT_FALSE(fs::exists(folder / "out"));
  EXPECT_GT(count_lines(read_file(folder / "out.partial")), 0u);
  EXPECT_EQ(files_in(folder), 2u);
}

}  // namespace
}  // namespace transept::testing_support
