// transept inspect, run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/files.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kFixture = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";

TEST(Inspect, TellsWhatTheDirectoryIs) {
  const Outcome outcome = run({"inspect", kFixture});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"marian", "onnx", "encoder_model.onnx", "d_model", "Tokenizer",
                           "SentencePiece", "max_length", "f32", "Memory"}) {
    EXPECT_THAT(outcome.out, HasSubstr(part));
  }
}

TEST(Inspect, GivesSizesInAUnitThatFits) {
  const std::string text = run({"inspect"}).out;
  EXPECT_THAT(text, testing::ContainsRegex("generation_config.json +[0-9]+ B\n"));
  EXPECT_THAT(text, testing::ContainsRegex("source.spm +[0-9.]+ KiB\n"));
  EXPECT_THAT(text, testing::ContainsRegex("encoder_model.onnx +[0-9.]+ MiB\n"));
}

TEST(Inspect, StatesThePeakOfMemory) {
  const json one = json::parse(run({"inspect", "--json", "--threads", "1"}).out);
  const json two = json::parse(run({"inspect", "--json", "--threads", "2"}).out);
  const json few =
      json::parse(run({"inspect", "--json", "--threads", "1", "--batch-tokens", "256"}).out);
  EXPECT_GT(one["open_bytes"], one["weight_bytes"]);
  EXPECT_EQ(one["peak_bytes"],
            one["open_bytes"].get<std::size_t>() + one["working_bytes"].get<std::size_t>());
  EXPECT_EQ(two["working_bytes"], 2 * one["working_bytes"].get<std::size_t>());
  EXPECT_LT(few["working_bytes"], one["working_bytes"]);
}

TEST(Inspect, ListsTensorsWhenAsked) {
  const std::string role = "decoder.layer[1].cross.k.weight";
  EXPECT_THAT(run({"inspect", kFixture}).out, testing::Not(HasSubstr(role)));
  EXPECT_THAT(run({"inspect", "--tensors", kFixture}).out, HasSubstr(role));
}

TEST(Inspect, GivesEverythingAsJson) {
  const Outcome outcome = run({"inspect", "--json", kFixture});
  const json info = json::parse(outcome.out);
  EXPECT_EQ(info["family"], "marian");
  EXPECT_EQ(info["format"], "onnx");
  EXPECT_GT(info["architecture"]["d_model"], 0);
  EXPECT_GE(info["files"].size(), 5u);
  std::size_t parameters = 0;
  for (const json& tensor : info["tensors"]) {
    EXPECT_FALSE(tensor["role"].get<std::string>().empty());
    if (!tensor.contains("shared_with")) {
      parameters += tensor["shape"][0].get<std::size_t>() * tensor["shape"][1].get<std::size_t>();
    }
  }
  EXPECT_EQ(info["parameters"], parameters);
  EXPECT_EQ(info["generation"]["rules"], "transformers");
  EXPECT_EQ(info["splitting"]["split"], "sentences");
  EXPECT_EQ(info["splitting"]["max_source"], 128);
  EXPECT_GT(info["splitting"]["usual_segment"], 0);
}

TEST(Inspect, WithoutAnArgumentShowsTheDefaultModel) {
  const json info = json::parse(run({"inspect", "--json"}).out);
  EXPECT_EQ(info["architecture"]["d_model"], 256);
  bool int8 = false;
  for (const json& tensor : info["tensors"]) {
    int8 = int8 || tensor["type"] == "i8" || tensor["type"] == "u8";
  }
  EXPECT_TRUE(int8);
}

// A copy of the fixture under a name that is neither UTF-8 nor fit for a terminal.
class OddPath : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "transept-\xFF\x1B[31m";
    std::filesystem::remove_all(folder_);
    std::filesystem::copy(kFixture, folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(OddPath, TheJsonIsValidAllTheSame) {
  const Outcome outcome = run({"inspect", "--json", folder_});
  const json info = json::parse(outcome.out);  // throws on what is not UTF-8
  EXPECT_THAT(info["files"][0]["path"].get<std::string>(),
              HasSubstr("transept-\xEF\xBF\xBD\x1B[31m/"));
}

TEST_F(OddPath, NothingThatATerminalWouldObeyIsPrinted) {
  std::ofstream(folder_ / "\x1B[31m.json") << "{}";
  for (const char* name : {"encoder_model.onnx", "decoder_model_merged.onnx"}) {
    ASSERT_TRUE(std::filesystem::exists(folder_ / name));
  }
  const Outcome outcome =
      run({"inspect", "--tensors", "--cache", folder_ / "cache\x1B[31m", folder_});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("cache?[31m"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("\x1B")));
}

TEST(Inspect, TiedTablesCountOnceHoweverTheyAreQuantised) {
  const json info = json::parse(run({"inspect", "--json"}).out);
  const json floats =
      json::parse(run({"inspect", "--json", std::string(kFixture) + "-safetensors"}).out);
  // The same network in 8 bits, its tied table quantised twice.
  for (const char* form : {"-q8", "-u8"}) {
    EXPECT_EQ(
        json::parse(run({"inspect", "--json", std::string(kFixture) + form}).out)["parameters"],
        floats["parameters"])
        << form;
  }
  // 8,000 x 256 embeddings, 6 encoder and 2 decoder layers of 789,760 and 1,053,440, 8,000 biases.
  EXPECT_EQ(info["parameters"], 8000 * 256 + 6 * 789760 + 2 * 1053440 + 8000);
  EXPECT_THAT(read_file(TRANSEPT_TEST_DATA "/../../model/pretrained/en-de/README.md"),
              HasSubstr("8.9 million parameters (8,901,440"));
  EXPECT_THAT(run({"inspect"}).out,
              HasSubstr("Parameters                  8901440 (10949440 stored"));
}

}  // namespace
}  // namespace transept::testing_support
