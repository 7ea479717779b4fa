// Lines become sentences by the language of their text, run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/temp_path.h"
#include "tests/tools/support/expect_failure.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

// How many segments a line becomes; 0 for a failure.
std::size_t segments_of(const std::string& line, const std::vector<std::string>& flags) {
  std::vector<std::string> arguments = {"translate",    "--split", "sentences", "--format", "jsonl",
                                        "--max-length", "4",       "--beam",    "1"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  arguments.push_back(line);
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json object = json::parse(outcome.out, nullptr, false);
  if (!object.is_object()) return 0;
  // A line of one segment may well have no list of them.
  return object.contains("segments") ? object["segments"].size() : 1;
}

struct Example {
  const char* language;
  const char* line;
  std::size_t sentences;
  std::size_t without;  // ... where the language is not known
};

class Sentences : public testing::TestWithParam<Example> {};

TEST_P(Sentences, EndByTheLanguageOfTheText) {
  const Example& example = GetParam();
  EXPECT_EQ(segments_of(example.line, {"--from-text", example.language}), example.sentences);
  // A code without rules of its own.
  EXPECT_EQ(segments_of(example.line, {"--from-text", "qqq"}), example.without);
}

INSTANTIATE_TEST_SUITE_P(
    Languages, Sentences,
    testing::Values(
        Example{"en", "We climbed Mt. Fuji in the U.S. He saw St. Louis. See No. 5.", 3, 5},
        Example{"de", "Am 3. Mai kommt z. B. Hr. Weber. Es ist der 1. Advent.", 2, 5},
        Example{"fra_Latn", "Voici Mgr. Dupont et la ste. Anne. Ils vont av. Foch.", 2, 5},
        Example{"es_ES", "El Sr. López vive en EE. UU. Desde hoy llama a D. Pedro.", 2, 3},
        Example{"pt-BR", "A Exma. Sra. Costa vive na Av. Paulista. Veja o n. 5.", 2, 4},
        Example{"ita", "Il dott. Rossi e l'avv. Neri. Sono amici del sig. Verdi.", 2, 5},
        Example{"nl", "Dhr. Jansen koopt bijv. Edammer. Mevr. Smit niet.", 2, 5},
        Example{"ru", "Он живёт в г. Москва на ул. Ленина. Она живёт в Туле.", 2, 3},
        Example{"zh-Hans", "“你来吗？”他问。我来。", 2, 2},
        Example{"ja", "「疲れた。」と言った。寝た。", 2, 2}, Example{"el", "Πού είσαι; Εδώ.", 2, 1},
        Example{"hy", "Ես տանն եմ: Դու ո՞ւր ես:", 2, 1}),
    [](const auto& example) { return std::string(example.param.language, 2); });

TEST(Sentences, OfTheDefaultModelAreEnglish) {
  EXPECT_EQ(segments_of("We climbed Mt. Fuji last year.", {}), 1u);
  EXPECT_EQ(segments_of("My brother lives in Berlin. He works in a small hotel near the station. "
                        "Every morning he drinks coffee with his friends. On Sunday he visits our "
                        "parents. They are very old now. We want to buy them a new house. It will "
                        "cost a lot of money. I hope that we can do it next year.",
                        {}),
            8u);
  // What the user says goes before what the model says.
  EXPECT_EQ(segments_of("He came 3. Mai was there.", {}), 2u);
  EXPECT_EQ(segments_of("He came 3. Mai was there.", {"--from-text", "de"}), 1u);
  EXPECT_EQ(run({"translate", "--split", "sentences", "--format", "jsonl", "He came 3. Mai."},
                {.environment = {"TRANSEPT_FROM_TEXT=de"}})
                .out.find("split"),
            std::string::npos);
}

// A model of the test data under a name of its own.
class NamedModel {
 public:
  NamedModel(const std::string& name, const std::string& tokenizer_config)
      : parent_(temp_path("named_model")), directory_(parent_ / name) {
    fs::remove_all(parent_);
    fs::create_directories(parent_);
    fs::copy(fs::path(TRANSEPT_TEST_DATA) / "fixtures/marian-safetensors", directory_);
    fs::remove(directory_ / "tokenizer_config.json");
    std::ofstream(directory_ / "tokenizer_config.json") << tokenizer_config;
  }
  ~NamedModel() { fs::remove_all(parent_); }
  std::string path() const { return directory_.string(); }

 private:
  fs::path parent_;
  fs::path directory_;
};

TEST(Sentences, FollowTheLanguageThatTheModelTells) {
  const std::string german = "Ich komme am 3. Mai zu dir.";
  const std::string french = "Voici M. Dupont.";
  const auto with = [](const NamedModel& model) {
    return std::vector<std::string>{"--model", model.path()};
  };
  {
    const NamedModel model("some", R"({"source_lang": "deu", "target_lang": "eng"})");
    EXPECT_EQ(segments_of(german, with(model)), 1u);
    EXPECT_THAT(run({"inspect", model.path()}).out,
                testing::ContainsRegex("Translates from +deu\n"));
    EXPECT_EQ(json::parse(run({"inspect", "--json", model.path()}).out)["source_language"], "deu");
  }
  {
    const NamedModel model("opus-mt-tc-big-de-en", "{}");
    EXPECT_EQ(segments_of(german, with(model)), 1u);
  }
  {
    const NamedModel model("fren.student.tiny11", "{}");
    EXPECT_EQ(segments_of(french, with(model)), 1u);
    EXPECT_EQ(segments_of(german, with(model)), 2u);
  }
  {
    const NamedModel model("opus-mt-ROMANCE-en", "{}");
    EXPECT_EQ(segments_of(german, with(model)), 2u);
    EXPECT_THAT(run({"inspect", model.path()}).out, testing::Not(HasSubstr("Translates from")));
    EXPECT_FALSE(
        json::parse(run({"inspect", "--json", model.path()}).out).contains("source_language"));
  }
}

TEST(Sentences, LanguagesAreCodes) {
  for (const char* code : {"german", "d", "de_DE.UTF-8", "de fr", "zh-Hans-Hant"}) {
    expect_failure(run({"translate", "--from-text", code, "Hallo."}), 2, {code, "language"});
  }
}

}  // namespace
}  // namespace transept::testing_support
