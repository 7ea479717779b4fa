// Files under names of their own: who removes which.

#include "engine/base/temporary_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_path.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

class TemporaryFileTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  // A process that is killed while it writes `count` files for the target.
  static void abandon(const fs::path& target, int count) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::vector<TemporaryFile> files;
      for (int i = 0; i < count; ++i) files.push_back(*TemporaryFile::create(target, 0600));
      ::raise(SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
  }

  const fs::path folder_ = temp_path("temporary_file");
  const fs::path target_ = folder_ / "target";
};

TEST_F(TemporaryFileTest, TakesTheTargetsPlace) {
  std::ofstream(target_) << "old";
  Result<TemporaryFile> file = TemporaryFile::create(target_, 0600);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(::write(file->fd(), "new!", 4), 4);
  EXPECT_EQ(fs::file_size(target_), 3u);
  EXPECT_EQ(file->rename_to(target_), 0);
  EXPECT_EQ(fs::file_size(target_), 4u);
  EXPECT_EQ(names(), std::vector<std::string>{"target"});
}

TEST_F(TemporaryFileTest, IsGoneWhenItWasNotRenamed) {
  {
    Result<TemporaryFile> file = TemporaryFile::create(target_, 0600);
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(names().size(), 1u);
    EXPECT_EQ(file->rename_to(folder_ / "none" / "target"), ENOENT);
    EXPECT_EQ(names().size(), 1u);
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(TemporaryFileTest, AbandonedOnesOfTheTargetAreRemoved) {
  abandon(target_, 3);
  abandon(folder_ / "another", 2);
  EXPECT_EQ(names().size(), 5u);
  EXPECT_EQ(TemporaryFile::create(target_, 0600)->rename_to(target_), 0);
  EXPECT_EQ(names().size(), 3u) << "the target, and two of the other";
  remove_abandoned(folder_);
  EXPECT_EQ(names(), std::vector<std::string>{"target"});
}

TEST_F(TemporaryFileTest, HeldOnesStay) {
  abandon(target_, 2);
  std::vector<TemporaryFile> held;
  for (int i = 0; i < 20; ++i) held.push_back(*TemporaryFile::create(target_, 0600));
  EXPECT_EQ(names().size(), 20u);
  remove_abandoned(folder_);
  EXPECT_EQ(names().size(), 20u);
  for (TemporaryFile& file : held) EXPECT_EQ(file.rename_to(target_), 0);
  EXPECT_EQ(names(), std::vector<std::string>{"target"});
}

TEST_F(TemporaryFileTest, WhatOnlyLooksLikeOneStays) {
  const std::string digits = "0123456789abcdef";
  const std::vector<std::string> others = {
      ".transept-" + digits, ".transept-" + digits + "-", ".transept-" + digits + "-1x",
      ".transept-notes",     "transept-" + digits + "-0", ".transept-0123-0"};
  for (const std::string& name : others) std::ofstream(folder_ / name) << "kept";
  fs::create_directories(folder_ / (".transept-" + digits + "-0"));
  std::ofstream(folder_ / "kept") << "kept";
  fs::create_symlink("kept", folder_ / (".transept-" + digits + "-1"));
  ASSERT_EQ(::mkfifo((folder_ / (".transept-" + digits + "-2")).c_str(), 0600), 0);
  const std::size_t before = names().size();
  remove_abandoned(folder_);
  EXPECT_EQ(names().size(), before);
  remove_abandoned(folder_ / "none");
}

TEST_F(TemporaryFileTest, TheNameIsShortWhateverTheTargets) {
  const fs::path longest = folder_ / std::string(255, 'n');
  Result<TemporaryFile> file = TemporaryFile::create(longest, 0600);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_LT(names().front().size(), 40u);
  EXPECT_EQ(file->rename_to(longest), 0);
  EXPECT_TRUE(fs::exists(longest));
}

TEST_F(TemporaryFileTest, WhereNoneCanBeMadeTheFolderIsNamed) {
  const Result<TemporaryFile> file = TemporaryFile::create(folder_ / "none" / "target", 0600);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.status().code(), Code::kOutput);
  EXPECT_EQ(file.status().message(), "cannot write " + (folder_ / "none" / "target").string() +
                                         ": no file can be made in " + (folder_ / "none").string() +
                                         ": No such file or directory");
}

}  // namespace
}  // namespace transept
