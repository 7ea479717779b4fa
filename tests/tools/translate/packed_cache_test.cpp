// transept translate --cache: packed weights in files, and everything that can be wrong with them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_path.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PackedCache : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    fs::copy(fs::path(TRANSEPT_TEST_DATA) / "fixtures/marian", model_);
    plain_ = translate({});
  }
  void TearDown() override { fs::remove_all(folder_); }

  Outcome translate(std::vector<std::string> more) const {
    std::vector<std::string> all = {"translate", "--model", model_,           "--format",
                                    "jsonl",     "-v",      "A house. A dog."};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
  // Translates with the cache; the result must be as without one, and the messages say `what`.
  void expect(const std::string& what) const {
    const Outcome outcome = translate({"--cache", cache_});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.out, plain_.out);
    EXPECT_THAT(outcome.err, HasSubstr(what));
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(cache_)) found.push_back(entry.path());
    return found;
  }

  fs::path folder_ = temp_path("packed_cache");
  fs::path model_ = folder_ / "model";
  fs::path cache_ = folder_ / "cache";
  Outcome plain_;
};

TEST_F(PackedCache, IsOnlyWrittenWhenAskedFor) {
  EXPECT_EQ(plain_.code, 0) << plain_.err;
  EXPECT_THAT(plain_.err, testing::Not(HasSubstr("packed weights")));
  expect("packed weights kept in ");
  expect("packed weights found in ");
  ASSERT_EQ(files().size(), 1u);
}

TEST_F(PackedCache, ATornOrDamagedFileIsMadeAnew) {
  expect("kept in");
  const fs::path file = files().front();
  fs::resize_file(file, fs::file_size(file) - 1);
  expect("packed weights are made anew: " + file.string());
  expect("found in");
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(5000).put('x').put('y');
  expect("its content is damaged");
  expect("found in");
}

TEST_F(PackedCache, AModelThatChangedUnderTheSameNameSizeAndTimeIsNotConfused) {
  expect("kept in");
  const fs::path file = model_ / "decoder_model_merged.onnx";
  const auto time = fs::last_write_time(file);
  std::string bytes = read_file(file);
  // Weights are most of the file: low bits of numbers all over its middle.
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 4000; i += 4) bytes[i] ^= 1;
  std::ofstream(file, std::ios::binary) << bytes;
  fs::last_write_time(file, time);
  plain_ = translate({});
  ASSERT_EQ(plain_.code, 0) << plain_.err;
  expect("kept in");
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(PackedCache, WhereItCannotBeWrittenOneWarningSaysSoAndTranslationGoesOn) {
  const auto expect_warning = [&](const std::string& cache, const std::string& reason,
                                  std::size_t limit = 0) {
    const Outcome outcome = run(
        {"translate", "--model", model_, "--format", "jsonl", "A house. A dog.", "--cache", cache},
        {.file_limit = limit});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.out, plain_.out);
    EXPECT_THAT(outcome.err,
                testing::StartsWith(
                    "transept: warning: packed weights are not kept: cannot write " + cache));
    EXPECT_THAT(outcome.err, testing::EndsWith(reason + "\n"));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  };
  std::ofstream(folder_ / "file") << "not a directory";
  expect_warning(folder_ / "file", "Not a directory");
  expect_warning(folder_ / "file" / "below", "Not a directory");
  expect_warning("/proc/none", "No such file or directory");
  expect_warning("/proc", "No such file or directory");
  expect_warning(cache_, "File too large", 10000);
  EXPECT_TRUE(files().empty());
  fs::create_symlink("file", folder_ / "link");
  expect_warning(folder_ / "link", "Not a directory");
  if (::getuid() == 0) return;  // may write anywhere
  fs::permissions(cache_, fs::perms(0500));
  expect_warning(cache_, "Permission denied");
  fs::permissions(cache_, fs::perms(0700));
}

TEST_F(PackedCache, AFullDiskIsAWarning) {
  fs::create_directories(cache_);
  const SmallDisk disk(cache_, 65536);
  if (!disk.is_there()) GTEST_SKIP() << "only root can mount a small file system";
  expect("transept: warning: packed weights are not kept: cannot write " + cache_.string());
  EXPECT_TRUE(files().empty());
}

TEST_F(PackedCache, WhatKilledProcessesLeftIsRemoved) {
  expect("kept in");
  const fs::path abandoned = cache_ / ".transept-0123456789abcdef-0";
  const fs::path held = cache_ / ".transept-0123456789abcdef-1";
  const fs::path other = cache_ / "notes";
  for (const fs::path& path : {abandoned, held, other}) std::ofstream(path) << "weights";
  const int fd = ::open(held.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  expect("found in");
  EXPECT_FALSE(fs::exists(abandoned));
  EXPECT_TRUE(fs::exists(held));
  EXPECT_TRUE(fs::exists(other));
  ::close(fd);
  expect("found in");
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(PackedCache, ProcessesMayStartAtOnce) {
  std::vector<std::thread> threads;
  std::vector<Outcome> outcomes(4);
  for (Outcome& outcome : outcomes) {
    threads.emplace_back([&] { outcome = translate({"--cache", cache_}); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.out, plain_.out) << outcome.err;
  EXPECT_EQ(files().size(), 1u);
  expect("found in");
}

TEST_F(PackedCache, InspectNamesTheFile) {
  EXPECT_THAT(run({"inspect", model_}).out, testing::Not(HasSubstr("Packed weights")));
  const auto first =
      nlohmann::json::parse(run({"inspect", "--json", "--cache", cache_, model_}).out);
  EXPECT_EQ(first["packed_found"], false);
  EXPECT_EQ(first["packed_file"], files().front().string());
  EXPECT_THAT(run({"inspect", "--cache", cache_, model_}).out,
              HasSubstr(files().front().string() + ", found"));
}

}  // namespace
}  // namespace transept::testing_support
