#include "engine/base/mapped_file.h"

#include <gtest/gtest.h>

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
