#include "tools/base/lines.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <sstream>

#include "tests/support/files.h"

namespace transept::tools {
namespace {

std::string write(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string zstd(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string gzip(const std::string& bytes) {
  const std::string path = testing::TempDir() + "made.gz";
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return read_file(path);
}

using Lines = std::vector<std::string>;

TEST(Lines, OnlyALineFeedEndsALine) {
  std::istringstream stream(
      "a\rb\u2028c\x0b"
      "d\u0085e \t\r\n\n\ufeff  f");
  EXPECT_EQ(*read_lines(stream, "x"), (Lines{"a\rb\u2028c\x0b"
                                             "d\u0085e",
                                             "", "\ufeff  f"}));
  std::istringstream empty("");
  EXPECT_TRUE(read_lines(empty, "x")->empty());
  std::istringstream one("\n");
  EXPECT_EQ(*read_lines(one, "x"), (Lines{""}));
}

TEST(Lines, CompressedFiles) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "line " + std::to_string(i) + "\n";
  const auto plain = read_lines(write("lines.txt", text));
  ASSERT_EQ(plain->size(), 50000u);
  EXPECT_EQ(*read_lines(write("lines.txt.gz", gzip(text))), *plain);
  EXPECT_EQ(*read_lines(write("lines.txt.zst", zstd(text))), *plain);
  // Several members or frames are one file.
  EXPECT_EQ(read_lines(write("two.gz", gzip(text) + gzip(text)))->size(), 100000u);
  EXPECT_EQ(read_lines(write("two.zst", zstd(text) + zstd(text)))->size(), 100000u);
  EXPECT_TRUE(read_lines(write("none.zst", zstd("")))->empty());
}

TEST(Lines, DamagedFilesAreNamed) {
  const std::string text(100000, 'x');
  for (const auto& [name, bytes] : {std::pair{std::string("cut.gz"), gzip(text)},
                                    std::pair{std::string("cut.zst"), zstd(text)}}) {
    for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{5}}) {
      const auto lines = read_lines(write(name, bytes.substr(0, size)));
      EXPECT_EQ(lines.status().code(), Code::kInput) << name << " " << size;
      EXPECT_NE(lines.status().message().find(name), std::string::npos);
    }
    std::string flipped = bytes;
    char& byte = name.ends_with(".gz") ? *(flipped.end() - 6) : flipped[flipped.size() / 2];
    byte = static_cast<char>(byte ^ 0x55);  // of gzip: in the check sum
    EXPECT_FALSE(read_lines(write(name, flipped)).ok()) << name;
  }
}

TEST(Lines, WhatCannotBeReadIsNamed) {
  EXPECT_EQ(read_lines(testing::TempDir() + "nothing").status().code(), Code::kInput);
  EXPECT_NE(read_lines(testing::TempDir()).status().message().find("directory"), std::string::npos);
  const auto invalid = read_lines(write("invalid.txt", "fine\nab\xE2\x28\n"));
  EXPECT_NE(invalid.status().message().find("line 2 is not UTF-8 at byte 3"), std::string::npos);
}

TEST(Lines, Tabs) {
  EXPECT_EQ(split_tabs("a\tb"), (Lines{"a", "b"}));
  EXPECT_EQ(split_tabs("\t"), (Lines{"", ""}));
  EXPECT_EQ(split_tabs(""), (Lines{""}));
}

}  // namespace
}  // namespace transept::tools
