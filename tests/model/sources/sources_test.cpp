// Who wrote a directory, and what is said of directories that are not as anybody writes them.
#include "model/sources/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "model/model_files.h"
#include "tests/support/count_lookups.h"
#include "tests/support/temp_path.h"

namespace transept {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const fs::path kFixtures = fs::path(TRANSEPT_TEST_DATA) / "fixtures";

TEST(Opening, ListsADirectoryOnceAndAsksNothingElse) {
  for (const char* name : {"marian", "marian-monolith", "marian-external", "marian-safetensors",
                           "marian-safetensors-sharded"}) {
    const CountLookups lookups;
    const auto files = open_model_files(kFixtures / name, {});
    EXPECT_TRUE(files.ok()) << files.status().message();
    EXPECT_THAT(lookups.listed, ElementsAre((kFixtures / name).string())) << name;
    EXPECT_THAT(lookups.asked, IsEmpty()) << name;
  }
  OpenOptions options;
  options.variant = "q4";
  const CountLookups lookups;
  EXPECT_TRUE(open_model_files(kFixtures / "marian-q4", options).ok());
  EXPECT_THAT(lookups.listed, ElementsAre((kFixtures / "marian-q4").string(),
                                          (kFixtures / "marian-q4" / "onnx").string()));
  EXPECT_THAT(lookups.asked, IsEmpty());
}

TEST(Opening, WouldBeSeenToAsk) {
  const CountLookups lookups;
  EXPECT_TRUE(fs::exists(kFixtures));
  EXPECT_THAT(lookups.asked, ElementsAre(kFixtures.string()));
}

TEST(Sources, EachSaysWhatItNeeds) {
  ASSERT_FALSE(sources().empty());
  for (const Source* source : sources()) {
    EXPECT_FALSE(source->name.empty());
    EXPECT_FALSE(source->needs.empty()) << source->name;
  }
}

// A directory to be put together.
class Directory : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  void TearDown() override { fs::remove_all(path_); }

  void copy(const std::string& fixture) {
    fs::remove_all(path_);
    fs::copy(kFixtures / fixture, path_, fs::copy_options::recursive);
  }
  void write(const std::string& name, const std::string& bytes = "x") const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  // The place of a file is taken by a directory.
  void make_directory(const std::string& name) const {
    fs::remove(path_ / name);
    fs::create_directory(path_ / name);
  }
  std::string refused(Code code) const {
    const Status status = open_model_files(path_, {}).status();
    EXPECT_EQ(status.code(), code) << status.message();
    return status.message();
  }

  fs::path path_ = temp_path("sources_test");
};

TEST_F(Directory, ListsWhatEverySourceNeeds) {
  const std::string message = refused(Code::kNotFound);
  for (const Source* source : sources()) {
    EXPECT_THAT(message, HasSubstr(std::string(source->needs)));
  }
  EXPECT_THAT(message, HasSubstr("found nothing"));
}

TEST_F(Directory, DirectoriesInPlaceOfFiles) {
  for (const char* name : {"config.json", "generation_config.json", "model.safetensors",
                           "tokenizer_config.json", "source.spm", "target.spm", "vocab.json"}) {
    copy("marian-safetensors");
    make_directory(name);
    EXPECT_THAT(refused(Code::kNotFound), AllOf(HasSubstr(name), HasSubstr("it is a directory")));
  }
  for (const char* name : {"encoder_model.onnx", "decoder_model_merged.onnx"}) {
    copy("marian");
    make_directory(name);
    EXPECT_THAT(refused(Code::kNotFound), AllOf(HasSubstr(name), HasSubstr("it is a directory")));
  }
}

TEST_F(Directory, FilesInPlaceOfDirectories) {
  write("onnx");
  write("snapshots");
  write("config.json", "{}");
  EXPECT_THAT(refused(Code::kNotFound), HasSubstr("found config.json, onnx, snapshots"));
  copy("marian-safetensors");
  write("onnx");
  EXPECT_TRUE(open_model_files(path_, {}).ok());
}

TEST_F(Directory, LinksCountAsWhatTheyLeadTo) {
  // A snapshot in a cache of the Hub: links into a folder of blobs.
  const fs::path blobs = path_ / "blobs";
  fs::copy(kFixtures / "marian-safetensors", blobs);
  const fs::path snapshot = path_ / "snapshots" / "0123abcd";
  fs::create_directories(snapshot);
  for (const auto& entry : fs::directory_iterator(blobs)) {
    fs::create_symlink("../../blobs" / entry.path().filename(), snapshot / entry.path().filename());
  }
  EXPECT_TRUE(open_model_files(snapshot, {}).ok());
  EXPECT_THAT(refused(Code::kNotFound), HasSubstr((path_ / "blobs").string() + " is a model"));
  // A download that was broken off.
  fs::remove(blobs / "model.safetensors");
  EXPECT_THAT(open_model_files(snapshot, {}).status().message(),
              HasSubstr("model.safetensors (a link to nothing)"));
  fs::remove_all(blobs);
  EXPECT_THAT(refused(Code::kNotFound), Not(HasSubstr("is a model")));
}

TEST_F(Directory, OnlyAWholeModelBelowIsPointedOut) {
  fs::create_directories(path_ / "snapshots" / "0123abcd");
  fs::copy(kFixtures / "marian-safetensors", path_ / "snapshots" / "0123abcd");
  EXPECT_THAT(refused(Code::kNotFound), HasSubstr("0123abcd is a model"));
  fs::remove(path_ / "snapshots" / "0123abcd" / "config.json");
  EXPECT_THAT(refused(Code::kNotFound), Not(HasSubstr("is a model")));
}

TEST_F(Directory, NamesOfOddBytes) {
  const std::string odd = "\xff\xfe line\nbreak \x1b[31m %s";
  copy("marian-safetensors");
  write(odd);
  EXPECT_TRUE(open_model_files(path_, {}).ok());
  fs::remove(path_ / "model.safetensors");
  EXPECT_THAT(refused(Code::kNotFound), HasSubstr(odd));
  write(odd + ".npz");
  EXPECT_THAT(refused(Code::kUnsupported), HasSubstr(odd + ".npz"));
}

TEST_F(Directory, AHundredThousandEntries) {
  copy("marian-safetensors");
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_EQ(::symlink("config.json", (path_ / ("e" + std::to_string(i))).c_str()), 0);
  }
  EXPECT_TRUE(open_model_files(path_, {}).ok());
  fs::remove(path_ / "model.safetensors");
  const auto entries = std::distance(fs::directory_iterator(path_), fs::directory_iterator());
  EXPECT_THAT(refused(Code::kNotFound),
              HasSubstr(" and " + std::to_string(entries - 12) + " more"));
}

TEST_F(Directory, ManyDirectoriesBelow) {
  for (int i = 0; i < 1100; ++i) fs::create_directory(path_ / ("d" + std::to_string(i)));
  CountLookups lookups;
  EXPECT_THAT(refused(Code::kNotFound), HasSubstr("and 1088 more"));
  EXPECT_EQ(lookups.listed.size(), 1001u);
}

TEST_F(Directory, MayVanishOnceItIsListed) {
  for (const char* fixture : {"marian", "marian-q4", "marian-safetensors-sharded"}) {
    copy(fixture);
    const auto listing = Listing::read(path_);
    ASSERT_TRUE(listing.ok());
    const Source* source = source_of(*listing);
    ASSERT_NE(source, nullptr);
    // Piece by piece, as a tool that tidies up takes it away.
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(path_)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    for (const fs::path& file : files) {
      fs::rename(file, file.string() + ".away");
      const auto opened = source->open(*listing, {});
      if (!opened.ok()) {
        EXPECT_EQ(opened.status().code(), Code::kNotFound) << opened.status().message();
        EXPECT_THAT(opened.status().message(), HasSubstr(file.filename().string()));
      }
      fs::rename(file.string() + ".away", file);
    }
    fs::remove_all(path_);
    EXPECT_EQ(source->open(*listing, {}).status().code(), Code::kNotFound);
    EXPECT_THAT(refused(Code::kNotFound), HasSubstr("no such directory"));
  }
}

}  // namespace
}  // namespace transept
