// Blocks in files: whole ones are found, anything else never.

#include "engine/base/stored_block.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/small_disk.h"
#include "tests/support/temp_path.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

constexpr Digest kKey = {1, 2};

class StoredBlockTest : public testing::Test {
 protected:
  StoredBlockTest() : block_(1000) {
    for (std::size_t i = 0; i < block_.size(); ++i) block_[i] = static_cast<std::byte>(i * 7);
  }
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  Status store() { return store_block(path_, kKey, block_, team_); }
  Result<StoredBlock> find(const Digest& key = kKey) {
    return find_block(path_, key, block_.size(), team_);
  }
  bool is_whole() {
    const auto found = find();
    return found.ok() &&
           std::equal(block_.begin(), block_.end(), found->bytes.begin(), found->bytes.end());
  }
  std::string content() const { return read_file(path_); }
  void write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_ = temp_path("stored_block");
  fs::path path_ = folder_ / "deep" / "block";
  std::vector<std::byte> block_;
  Team team_{1};
};

TEST_F(StoredBlockTest, IsFoundAsItWasStored) {
  EXPECT_EQ(find().status().code(), Code::kNotFound);
  ASSERT_TRUE(store().ok());
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(find()->bytes.data()) % 4096, 0u);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(StoredBlockTest, NothingIsABlockToo) {
  block_.clear();
  ASSERT_TRUE(store().ok());
  EXPECT_TRUE(is_whole());
}

TEST_F(StoredBlockTest, AnotherKeyOrSizeIsAnotherBlock) {
  ASSERT_TRUE(store().ok());
  EXPECT_EQ(find({2, 2}).status().code(), Code::kCorrupt);
  EXPECT_EQ(find({1, 3}).status().code(), Code::kCorrupt);
  block_.resize(999);
  EXPECT_EQ(find().status().code(), Code::kCorrupt);
}

TEST_F(StoredBlockTest, ATornFileIsNone) {
  ASSERT_TRUE(store().ok());
  const std::string whole = content();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    fs::resize_file(path_, whole.size() - 1 - size);
    ASSERT_EQ(find().status().code(), Code::kCorrupt) << size;
  }
  write(whole + '\0');
  EXPECT_FALSE(find().ok());
  // As after a crash of the machine: the size of a file may reach the disk without its last bytes.
  for (std::size_t size = 0; size < whole.size(); size += 512) {
    write(whole.substr(0, size) + std::string(whole.size() - size, '\0'));
    ASSERT_FALSE(find().ok()) << size;
  }
  write(whole);
  EXPECT_TRUE(is_whole());
}

TEST_F(StoredBlockTest, EveryFlippedBitIsSeen) {
  ASSERT_TRUE(store().ok());
  std::string bytes = content();
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at)).put(byte).flush();
  };
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      put(at, static_cast<char>(bytes[at] ^ (1 << bit)));
      ASSERT_FALSE(find().ok()) << at << ", " << bit;
    }
    put(at, bytes[at]);
  }
  EXPECT_TRUE(is_whole());
}

TEST_F(StoredBlockTest, IsStoredOverWhatIsThere) {
  fs::create_directories(path_.parent_path());
  write("something else");
  ASSERT_TRUE(store().ok());
  EXPECT_TRUE(is_whole());
}

TEST_F(StoredBlockTest, AFoundOneStaysWhenItIsReplacedOrRemoved) {
  ASSERT_TRUE(store().ok());
  const auto found = find();
  ASSERT_TRUE(found.ok());
  std::vector<std::byte> other(block_.size());
  ASSERT_TRUE(store_block(path_, kKey, other, team_).ok());
  fs::remove(path_);
  EXPECT_TRUE(std::equal(block_.begin(), block_.end(), found->bytes.begin()));
}

TEST_F(StoredBlockTest, WhatCannotBeWrittenIsSaidAndLeavesNothing) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "deep") << "a file where the directory should be";
  EXPECT_EQ(store().code(), Code::kOutput);
  fs::remove(folder_ / "deep");
  fs::create_directories(path_);  // a directory where the file should be
  EXPECT_EQ(store().code(), Code::kOutput);
  fs::remove(path_);

  // Above the limit for files, where writing would end the process.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small = {4500, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const Status status = store();
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(status.code(), Code::kOutput);
  EXPECT_NE(status.message().find(path_.string()), std::string::npos);
  EXPECT_TRUE(fs::is_empty(path_.parent_path()));
}

TEST_F(StoredBlockTest, AFullDiskIsSaidAndLeavesNothing) {
  fs::create_directories(folder_);
  const SmallDisk disk(folder_, 65536);
  if (!disk.is_there()) GTEST_SKIP() << "only root can mount a small file system";
  block_.resize(100000);
  const Status status = store();
  EXPECT_EQ(status.code(), Code::kOutput);
  EXPECT_NE(status.message().find("No space left on device"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(path_.parent_path()));
  block_.resize(1000);
  EXPECT_TRUE(store().ok());
}

TEST_F(StoredBlockTest, ProcessesAndThreadsMayStoreAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      Team alone(0);
      bool good = true;
      for (int n = 0; n < 20; ++n) good = store_block(path_, kKey, block_, alone).ok() && good;
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([this] {
      Team alone(0);
      for (int n = 0; n < 20; ++n) {
        EXPECT_TRUE(store_block(path_, kKey, block_, alone).ok());
        EXPECT_TRUE(find_block(path_, kKey, block_.size(), alone).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(files(), 1u) << "only deep/";
  EXPECT_EQ(std::distance(fs::directory_iterator(path_.parent_path()), fs::directory_iterator()),
            1);
}

}  // namespace
}  // namespace transept
