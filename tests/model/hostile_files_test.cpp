// Broken model files: whatever the bytes, opening ends with a model or a sentence. Run under the
// sanitizers this finds reads outside a buffer; a hang or unbounded memory would end the test by
// its time limit.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <iterator>
#include <random>
#include <string>

#include "model/formats/onnx/onnx_model.h"
#include "model/formats/safetensors/safetensors.h"
#include "model/model_files.h"
#include "tests/support/files.h"
#include "tests/support/temp_path.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

// A copy of a tiny model, one file of which a test breaks.
class Hostile : public testing::Test {
 protected:
  void copy(const std::string& model) {
    directory_ = temp_path("hostile_files_test");
    fs::remove_all(directory_);
    fs::copy(fs::path(TRANSEPT_TEST_DATA) / "tiny" / model, directory_);
  }

  // Opens with `bytes` in place of `file`. A failure must come with a sentence.
  bool opens(const std::string& file, const std::string& bytes) {
    write_file(directory_ / file, bytes);
    const auto files = open_model_files(directory_, {});
    if (!files.ok()) {
      EXPECT_NE(files.status().code(), Code::kInternal);
      EXPECT_FALSE(files.status().message().empty());
    }
    return files.ok();
  }

  void flip(const std::string& file, int times) {
    const std::string good = read_file(directory_ / file);
    std::mt19937 random(11);
    int opened = 0;
    for (int i = 0; i < times; ++i) {
      std::string bad = good;
      for (auto flips = 1 + random() % 3; flips > 0; --flips) {
        bad[random() % bad.size()] ^= static_cast<char>(1u << random() % 8);
      }
      opened += opens(file, bad) ? 1 : 0;
    }
    // Flips in payloads and names are harmless, those in the structure are not.
    EXPECT_GT(opened, 0);
    EXPECT_LT(opened, times);
  }

  void TearDown() override { fs::remove_all(directory_); }

  fs::path directory_;
};

TEST_F(Hostile, TenThousandFlipsOfAnEncoder) {
  copy("untied/q8");
  flip("encoder_model.onnx", 10'000);
}

TEST_F(Hostile, FlipsOfAMergedDecoder) {
  copy("deep-encoder/merged");
  flip("decoder_model_merged.onnx", 500);
}

TEST_F(Hostile, FlipsOfACheckpoint) {
  copy("untied/checkpoint");
  flip("model.safetensors", 2'000);
}

TEST_F(Hostile, EveryPrefixOfAnEncoder) {
  copy("untied/merged");
  const std::string good = read_file(directory_ / "encoder_model.onnx");
  // The last field of a file may be cut off whole; nothing that a model needs is in it.
  std::size_t shortest = good.size();
  for (std::size_t length = 0; length < good.size(); ++length) {
    write_file(directory_ / "encoder_model.onnx", good.substr(0, length));
    const auto model = onnx::open_model(directory_ / "encoder_model.onnx");
    if (model.ok()) shortest = std::min(shortest, length);
  }
  EXPECT_GT(shortest, good.size() - 64);
}

TEST_F(Hostile, PrefixesOfADecoderAndACheckpoint) {
  copy("untied/merged");
  const std::string decoder = read_file(directory_ / "decoder_model_merged.onnx");
  for (std::size_t length = 0; length < decoder.size() - 64; length += 997) {
    EXPECT_FALSE(opens("decoder_model_merged.onnx", decoder.substr(0, length))) << length;
  }
  copy("untied/checkpoint");
  const std::string checkpoint = read_file(directory_ / "model.safetensors");
  for (std::size_t length = 0; length < checkpoint.size(); length += length < 9000 ? 1 : 97) {
    WeightFiles files;
    write_file(directory_ / "model.safetensors", checkpoint.substr(0, length));
    EXPECT_FALSE(read_safetensors(directory_ / "model.safetensors", files).ok()) << length;
  }
}

TEST_F(Hostile, RandomConfigurations) {
  copy("untied/checkpoint");
  const std::string good = read_file(directory_ / "config.json");
  std::mt19937 random(5);
  const std::string pieces[] = {"0",
                                "-1",
                                "1e300",
                                "99999999999999999999",
                                "null",
                                "[]",
                                "{}",
                                "\"x\"",
                                "true",
                                "1048577",
                                "3",
                                "0.5",
                                "[[[[",
                                "\xff",
                                "-9223372036854775808"};
  for (int i = 0; i < 2'000; ++i) {
    std::string bad = good;
    const std::size_t colon = bad.find(": ", random() % bad.size());
    if (colon == bad.npos) continue;
    const std::size_t end = bad.find_first_of(",\n", colon);
    bad.replace(colon + 2, end - colon - 2, pieces[random() % std::size(pieces)]);
    opens("config.json", bad);
  }
}

// Nothing above may have needed much memory: files of some ten kilobytes, read a few thousand
// times.
TEST_F(Hostile, StaysWithinBounds) {
  rusage usage{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 1024 * 1024) << "KiB";
}

}  // namespace
}  // namespace transept
