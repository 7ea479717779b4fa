// `transept bleu` prints what sacreBLEU 2.6.0 printed for the same command lines, byte for byte but
// for the version: tests/data/scorer/cases.json, recorded by record.py beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tools/bleu/evaluate.h"
#include "tools/bleu/segmenter.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

// SentencePiece models too large to ship are played by this one.
constexpr const char* kPieceModel = TRANSEPT_TEST_DATA "/fixtures/marian/target.spm";

std::string with_version(std::string text) {
  const std::string version = "transept-" TRANSEPT_VERSION;
  for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at)) {
    text.replace(at, 1, version);
  }
  return text;
}

std::vector<nlohmann::json> read_cases() {
  const auto all = nlohmann::json::parse(read_file(TRANSEPT_TEST_DATA "/scorer/cases.json"));
  return {all.begin(), all.end()};
}

class Recorded : public testing::TestWithParam<nlohmann::json> {};

TEST_P(Recorded, PrintsTheSame) {
  const nlohmann::json& recorded = GetParam();
  std::filesystem::current_path(TRANSEPT_TEST_DATA "/scorer");
  const auto words = recorded.at("arguments").get<std::vector<std::string>>();
  BleuArguments arguments;
  CLI::App app;
  add_bleu_flags(app, arguments);
  std::vector<std::string> expanded = expand_bleu_flags(app, words);
  std::reverse(expanded.begin(), expanded.end());
  app.parse(expanded);
  if (is_piece_tokenizer(arguments.tokenizer)) arguments.spm_model = kPieceModel;

  std::ifstream input;
  if (const auto name = recorded.at("stdin").get<std::string>(); !name.empty()) input.open(name);
  BleuSurroundings surroundings;
  surroundings.input = &input;
  for (const auto& [name, value] : recorded.at("environment").items()) {
    ASSERT_EQ(name, "SACREBLEU_SEED");
    surroundings.seed = value.get<std::string>();
  }
  const auto text = evaluate_bleu(arguments, surroundings);
  if (text.status().code() == Code::kUnsupported) GTEST_SKIP() << text.status().message();
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text, with_version(recorded.at("output").get<std::string>()))
      << recorded.at("arguments").dump();
}

INSTANTIATE_TEST_SUITE_P(Cases, Recorded, testing::ValuesIn(read_cases()),
                         [](const auto& one) { return std::to_string(one.index); });

}  // namespace
}  // namespace transept::tools
