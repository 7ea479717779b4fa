#include "engine/base/mapped_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace transept {
namespace {

std::string write(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(MappedFile, HoldsTheBytesOfTheFile) {
  const auto file = MappedFile::open(write("mapped", "abc"));
  ASSERT_TRUE(file.ok());
  ASSERT_EQ((*file)->bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>((*file)->bytes()[2]), 'c');
}

TEST(MappedFile, EmptyFileIsAnEmptySpan) {
  const auto file = MappedFile::open(write("empty", ""));
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->bytes().empty());
}

TEST(MappedFile, ReleasedPagesKeepTheirContent) {
  const std::string content(100000, 'x');
  const auto file = MappedFile::open(write("released", content));
  ASSERT_TRUE(file.ok());
  release_pages((*file)->bytes());
  EXPECT_EQ(static_cast<char>((*file)->bytes()[50000]), 'x');
}

TEST(MappedFile, MemoryOfOthersIsNotReleased) {
  const std::vector<std::byte> computed(100000, std::byte{7});
  release_pages(computed);
  EXPECT_EQ(computed[50000], std::byte{7});
}

TEST(MappedFile, WhatWasReadStays) {
  const std::string path = write("read", "abc");
  const auto file = MappedFile::read(path);
  ASSERT_TRUE(file.ok());
  write("read", "");
  ASSERT_EQ((*file)->bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>((*file)->bytes()[1]), 'b');
  EXPECT_TRUE((*MappedFile::read(path))->bytes().empty());
  EXPECT_EQ(MappedFile::read(testing::TempDir()).status().code(), Code::kNotFound);
}

TEST(MappedFile, ReadsNoMoreThanAsked) {
  const std::string path = write("sparse", "");
  // A hole of a terabyte: nothing may be allocated for it.
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
  const auto file = MappedFile::read(path, 1000);
  EXPECT_EQ(file.status().code(), Code::kCorrupt);
  EXPECT_NE(file.status().message().find("too large"), std::string::npos);
  std::filesystem::remove(path);
}

TEST(MappedFile, NoticesThatItsFileChanged) {
  for (const bool mapped : {true, false}) {
    const std::string path = write("changed", "abc");
    const auto old = std::filesystem::last_write_time(path) - std::chrono::hours(1);
    std::filesystem::last_write_time(path, old);
    WeightFiles files(mapped);
    ASSERT_TRUE(files.open(path).ok());
    EXPECT_TRUE(files.check_unchanged().ok());
    write("changed", "abd");  // the same size
    const Status same_size = files.check_unchanged();
    EXPECT_EQ(same_size.code(), Code::kCorrupt);
    EXPECT_NE(same_size.message().find("changed while it was read"), std::string::npos);
    write("changed", "abcd");
    std::filesystem::last_write_time(path, old);  // the same time
    EXPECT_FALSE(files.check_unchanged().ok());
    std::filesystem::remove(path);
    write("changed", "abc");  // another file of this name
    EXPECT_FALSE(files.check_unchanged().ok());
  }
}

TEST(MappedFile, NamesWhatCannotBeRead) {
  const auto missing = MappedFile::open(testing::TempDir() + "no-such-file");
  EXPECT_EQ(missing.status().code(), Code::kNotFound);
  EXPECT_NE(missing.status().message().find("no-such-file"), std::string::npos);
  const auto directory = MappedFile::open(testing::TempDir());
  EXPECT_EQ(directory.status().code(), Code::kNotFound);
  EXPECT_NE(directory.status().message().find("directory"), std::string::npos);
}

}  // namespace
}  // namespace transept
