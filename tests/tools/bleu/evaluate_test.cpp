// What recorded_test cannot show: refusals, warnings and colours.
#include "tools/bleu/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace transept::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string write(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

class Evaluate : public testing::Test {
 protected:
  Evaluate() {
    arguments_.references = {write("reference", "one two three four\nfive\n")};
    arguments_.systems = {write("system", "one two three four\nfive six\n")};
    surroundings_.input = &input_;
    surroundings_.warn = [this](std::string_view message) { warnings_.emplace_back(message); };
  }
  Status status() { return evaluate_bleu(arguments_, surroundings_).status(); }
  std::string text() {
    const auto result = evaluate_bleu(arguments_, surroundings_);
    EXPECT_TRUE(result.ok()) << result.status().message();
    return result.ok() ? *result : "";
  }
  void expect_refusal(Code code, const std::string& part) {
    const Status refused = status();
    EXPECT_EQ(refused.code(), code) << refused.message();
    EXPECT_THAT(refused.message(), HasSubstr(part));
  }

  BleuArguments arguments_;
  BleuSurroundings surroundings_;
  std::istringstream input_;
  std::vector<std::string> warnings_;
};

TEST_F(Evaluate, NamesBothNumbersOfLines) {
  arguments_.systems = {write("short", "one\n")};
  expect_refusal(Code::kInvalidArgument, "short has 1");
  expect_refusal(Code::kInvalidArgument, "reference has 2");
}

TEST_F(Evaluate, EmptyFilesAndMissingReferences) {
  arguments_.references = {write("empty", "")};
  arguments_.systems = {write("empty2", "")};
  expect_refusal(Code::kInput, "nothing to score");
  arguments_.references = {"/nowhere/reference"};
  expect_refusal(Code::kInput, "/nowhere/reference");
  arguments_.references = {};
  expect_refusal(Code::kInvalidArgument, "reference files are needed");
}

TEST_F(Evaluate, EmptyStandardInput) {
  arguments_.systems = {};
  expect_refusal(Code::kInvalidArgument, "System 1 has 0");
}

TEST_F(Evaluate, ColumnsMustBeWhole) {
  arguments_.reference_columns = 2;
  arguments_.references = {write("columns", "a\tb\nc\n")};
  expect_refusal(Code::kInvalidArgument, "line 2: expected 2 references, but found 1");
  arguments_.references.push_back(arguments_.references.front());
  expect_refusal(Code::kInvalidArgument, "--num-refs takes one reference file");
  arguments_.reference_columns = 1;
  arguments_.systems = {};
  input_.str("a\tb\nc\n");
  expect_refusal(Code::kInvalidArgument, "standard input, line 2: expected 2 systems, but found 1");
}

TEST_F(Evaluate, ContradictoryArguments) {
  BleuArguments plain = arguments_;
  arguments_.wants_test_set = true;
  expect_refusal(Code::kInvalidArgument, "no test sets");
  arguments_ = plain;
  arguments_.sentence_level = true;
  arguments_.metrics = {"bleu", "ter"};
  expect_refusal(Code::kInvalidArgument, "one metric");
  arguments_ = plain;
  arguments_.sentence_level = arguments_.confidence = true;
  expect_refusal(Code::kInvalidArgument, "no statistical tests");
  arguments_ = plain;
  arguments_.paired_bootstrap = true;
  expect_refusal(Code::kInvalidArgument, "several systems");
  arguments_.paired_randomization = true;
  expect_refusal(Code::kInvalidArgument, "exclude each other");
  arguments_ = plain;
  arguments_.systems.push_back(arguments_.systems.front());
  expect_refusal(Code::kInvalidArgument, "given twice");
  arguments_.systems.back() = write("other", "a\nb\n");
  arguments_.confidence = true;
  expect_refusal(Code::kInvalidArgument, "--paired-bs");
  arguments_.confidence = false;
  arguments_.sentence_level = true;
  expect_refusal(Code::kInvalidArgument, "one system");
  arguments_ = plain;
  arguments_.language_pair = "zh";
  expect_refusal(Code::kInvalidArgument, "two languages");
  arguments_ = plain;
  arguments_.spm_model = "x";
  expect_refusal(Code::kInvalidArgument, "--spm-model is for");
  arguments_ = plain;
  surroundings_.seed = "twelve";
  expect_refusal(Code::kInvalidArgument, "SACREBLEU_SEED");
}

TEST_F(Evaluate, TokenizersThatAreMissing) {
  arguments_.tokenizer = "flores200";
  expect_refusal(Code::kInput, "--spm-model");
  arguments_.spm_model = write("broken.spm", "not a model");
  expect_refusal(Code::kInput, "broken.spm");
  arguments_.spm_model.clear();
  arguments_.tokenizer.clear();
  arguments_.language_pair = "en-ko";
  ::setenv("TRANSEPT_MECAB_KO_LIBRARY", "/nowhere/libmecab.so", 1);
  expect_refusal(Code::kUnsupported, "MeCab-ko");
  ::unsetenv("TRANSEPT_MECAB_KO_LIBRARY");
}

TEST_F(Evaluate, WarnsOfTokenizedTextOnce) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "a b .\n";
  arguments_.references = {write("tokenized", lines)};
  arguments_.systems = {write("tokenized2", lines)};
  arguments_.metrics = {"chrf", "bleu"};
  text();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("100 lines end in a tokenized period")));
  warnings_.clear();
  arguments_.force = true;
  text();
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(Evaluate, WarnsOfAnOddTokenizer) {
  arguments_.language_pair = "en-zh";
  arguments_.tokenizer = "13a";
  text();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("zh")));
}

TEST_F(Evaluate, ColoursOnlyWhenAsked) {
  arguments_.systems.push_back(write("system2", "one three two four\nfive seven\n"));
  arguments_.paired_bootstrap = true;
  arguments_.bootstrap_resamples = 20;
  arguments_.format = "text";
  EXPECT_EQ(text().find('\x1b'), std::string::npos);
  const std::string plain = text();
  surroundings_.colors = Colors::on;
  std::string colored = text();
  EXPECT_NE(colored.find("\x1b[33mBaseline: "), std::string::npos);
  // Without the escape sequences nothing has moved.
  for (std::size_t at; (at = colored.find('\x1b')) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) + 1 - at);
  }
  EXPECT_EQ(colored, plain);
}

TEST_F(Evaluate, SeedNoneDrawsAnother) {
  arguments_.confidence = true;
  surroundings_.seed = "None";
  EXPECT_THAT(text(), HasSubstr("seed:none"));
}

}  // namespace
}  // namespace transept::tools
