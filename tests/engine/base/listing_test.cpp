#include "engine/base/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_path.h"

namespace transept {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Listing::Kind;

class ListingTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  void write(const fs::path& name, const std::string& bytes = "x") const {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
  }
  Listing list() const {
    auto listing = Listing::read(directory_);
    EXPECT_TRUE(listing.ok()) << listing.status().message();
    return *std::move(listing);
  }
  static Status refused(const fs::path& path) {
    const auto listing = Listing::read(path);
    EXPECT_FALSE(listing.ok()) << path;
    return listing.status();
  }

  fs::path directory_ = temp_path("listing_test");
};

TEST_F(ListingTest, TellsNamesAndKinds) {
  write("b.json");
  write("a.json");
  fs::create_directory(directory_ / "folder");
  fs::create_symlink("a.json", directory_ / "link");
  fs::create_directory_symlink("folder", directory_ / "way");
  fs::create_symlink("nowhere", directory_ / "broken");
  fs::create_symlink("loop", directory_ / "loop");
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  const Listing listing = list();
  std::vector<std::string> names;
  std::vector<Kind> kinds;
  for (const Listing::Entry& entry : listing.entries()) {
    names.push_back(entry.name);
    kinds.push_back(entry.kind);
  }
  EXPECT_THAT(names,
              ElementsAre("a.json", "b.json", "broken", "folder", "link", "loop", "pipe", "way"));
  EXPECT_THAT(kinds, ElementsAre(Kind::file, Kind::file, Kind::broken_link, Kind::directory,
                                 Kind::file, Kind::broken_link, Kind::other, Kind::directory));
  for (const char* name : {"a.json", "folder", "link", "way", "pipe"}) {
    EXPECT_TRUE(listing.has(name)) << name;
  }
  for (const char* name :
       {"broken", "loop", "nowhere", "", ".", "..", "a", "a.json ", "folder/x"}) {
    EXPECT_FALSE(listing.has(name)) << name;
  }
  EXPECT_EQ(listing.at("new"), directory_ / "new");
}

TEST_F(ListingTest, KnowsItsFolders) {
  fs::create_directory(directory_ / "folder");
  write("folder/inner");
  write("file");
  fs::create_directory_symlink("folder", directory_ / "way");
  const Listing listing = list();
  EXPECT_TRUE(listing.folder("folder").has("inner"));
  EXPECT_TRUE(listing.folder("way").has("inner"));
  EXPECT_EQ(listing.folder("folder").path(), directory_ / "folder");
  // A file, and nothing at all, hold nothing.
  EXPECT_TRUE(listing.folder("file").entries().empty());
  EXPECT_TRUE(listing.folder("nowhere").entries().empty());
  // What was listed stays listed.
  EXPECT_EQ(&listing.folder("folder"), &listing.folder("folder"));
  fs::remove(directory_ / "folder/inner");
  EXPECT_TRUE(listing.folder("folder").has("inner"));
}

TEST_F(ListingTest, NamesAreBytes) {
  const std::vector<std::string> names = {
      "\xff\xfe", "line\nbreak", "\x1b[31mred", " ", "-rf", "a\\b", "%s%n", std::string(255, 'n')};
  for (const std::string& name : names) write(name);
  const Listing listing = list();
  EXPECT_EQ(listing.entries().size(), names.size());
  for (const std::string& name : names) EXPECT_TRUE(listing.has(name)) << name;
}

TEST_F(ListingTest, SaysWhyThereIsNone) {
  write("model.zip", std::string("PK\x03\x04", 4) + std::string(100, 'x'));
  write("model.txt", "just text");
  write("empty", "");
  EXPECT_THAT(refused(directory_ / "none").message(), HasSubstr("none: no such directory"));
  EXPECT_THAT(refused(directory_ / "model.txt/x").message(), HasSubstr("no such directory"));
  EXPECT_THAT(refused(directory_ / "model.zip").message(),
              HasSubstr("not a directory, but a ZIP archive"));
  EXPECT_THAT(refused(directory_ / "model.txt").message(),
              HasSubstr("not a directory: a model is the directory of its files"));
  EXPECT_THAT(refused(directory_ / std::string(300, 'n')).message(), HasSubstr("too long"));
  fs::create_symlink("loop", directory_ / "loop");
  EXPECT_THAT(refused(directory_ / "loop").message(), HasSubstr("cannot read the directory"));
  // Nobody writes into it: it is not waited for.
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(refused(directory_ / "pipe").message(), HasSubstr("not a directory"));
  EXPECT_EQ(refused("/dev/null").code(), Code::kNotFound);
  EXPECT_EQ(refused("").code(), Code::kNotFound);
}

TEST_F(ListingTest, NeedsTheRightToRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  fs::permissions(directory_, fs::perms::owner_write | fs::perms::owner_exec);
  EXPECT_THAT(refused(directory_).message(), HasSubstr("cannot read the directory"));
  fs::permissions(directory_, fs::perms::owner_all);
}

TEST_F(ListingTest, ManyEntries) {
  constexpr std::size_t kMany = 5'000;
  for (std::size_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(::symlink(".", (directory_ / std::to_string(i)).c_str()), 0);
  }
  const Listing listing = list();
  EXPECT_EQ(listing.entries().size(), kMany);
  EXPECT_TRUE(std::is_sorted(listing.entries().begin(), listing.entries().end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_TRUE(listing.has("4999"));
  EXPECT_EQ(listing.entries().back().kind, Kind::directory);
  EXPECT_FALSE(listing.has("5000"));
}

}  // namespace
}  // namespace transept
