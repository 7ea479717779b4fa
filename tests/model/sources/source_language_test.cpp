#include "model/sources/source_language.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "model/model_files.h"
#include "tests/support/temp_path.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

std::string by_directory(const std::string& directory) {
  return source_language({}, directory, {});
}

TEST(SourceLanguage, StandsInTheNamesOfOpusModels) {
  EXPECT_EQ(by_directory("/models/opus-mt-en-de"), "en");
  EXPECT_EQ(by_directory("Helsinki-NLP/opus-mt-de-en/"), "de");
  EXPECT_EQ(by_directory("opus-mt-tc-big-en-pt"), "en");
  EXPECT_EQ(by_directory("opus-mt-tc-base-uk-hu"), "uk");
  EXPECT_EQ(by_directory("opus-mt-zh-en"), "zh");
  EXPECT_EQ(by_directory("opus-mt-tc-bible-big-deu-itc"), "deu");
  EXPECT_EQ(by_directory("opus-mt-pt_br-es"), "pt_br");
  EXPECT_EQ(by_directory("/x/models--Helsinki-NLP--opus-mt-fr-en/snapshots/0123abcd"), "fr");
  EXPECT_EQ(by_directory("/x/Xenova/opus-mt-ru-en/onnx"), "ru");
}

TEST(SourceLanguage, IsNotToldByNamesOfSeveral) {
  for (const char* name :
       {"opus-mt-ROMANCE-en", "opus-mt-mul-en", "opus-mt-tc-big-itc-en", "opus-mt-NORTH_EU-en",
        "opus-mt-de_en_fr-es", "opus-mt-gem-gem", "opus-mt-", "opus-mt-tc-big"}) {
    EXPECT_EQ(by_directory(name), "") << name;
  }
}

TEST(SourceLanguage, StandsInPairs) {
  EXPECT_EQ(by_directory("model/pretrained/en-de"), "en");
  EXPECT_EQ(by_directory("en-pt-tiny"), "en");
  EXPECT_EQ(by_directory("deu-eng.v2"), "deu");
  EXPECT_EQ(by_directory("ende.student.tiny11"), "en");
  EXPECT_EQ(by_directory("firefox/deen"), "de");
  EXPECT_EQ(by_directory("enpt-base"), "en");
  EXPECT_EQ(source_language({}, "/m", {"lex.enpt.bin", "model.enpt.intgemm.alphas.bin"}), "en");
  EXPECT_EQ(source_language({}, "/m", {"config.json", "vocab.csen.spm"}), "cs");
}

TEST(SourceLanguage, IsNotToldByOtherNames) {
  for (const char* name : {"", "/", ".", "model", "data", "demo", "onnx", "my-model", "fp-16",
                           "enen", "en-en", "xx-yy", "nllb-200", "de", "fixtures/marian-q8",
                           "deutsch-englisch", "int-q8", "en-de/merged"}) {
    EXPECT_EQ(by_directory(name), "") << name;
  }
  EXPECT_EQ(source_language({}, "/m", {"model.onnx", "vocab.json", "model.safetensors"}), "");
  EXPECT_EQ(by_directory(std::string(5000, '/') + std::string(100000, '-')), "");
}

TEST(SourceLanguage, IsThatOfTheFilesBeforeThatOfTheName) {
  EXPECT_EQ(source_language({.source_lang = "deu"}, "opus-mt-en-fr", {}), "deu");
  EXPECT_EQ(source_language({.source_lang = "eng_Latn"}, "/m", {}), "eng_Latn");
  EXPECT_EQ(source_language({.source_lang = "ROMANCE"}, "opus-mt-en-fr", {}), "");
  EXPECT_EQ(source_language({.langs = {"ru", "en"}}, "/m", {}), "ru");
  EXPECT_EQ(source_language({.langs = {"ru", "en", "de"}}, "/m", {}), "");
  EXPECT_EQ(source_language({.origin = "Helsinki-NLP/opus-mt-nl-en"}, "/cache/en-de", {}), "nl");
  EXPECT_EQ(source_language({.origin = "./trained"}, "/cache/en-de", {}), "en");
}

// A model of the test data under another name and with other words in its tokenizer's settings.
std::string of_model(const std::string& name, const std::string& tokenizer_config) {
  const fs::path parent = temp_path("source_language");
  const fs::path directory = parent / name;
  fs::remove_all(parent);
  fs::create_directories(parent);
  fs::copy(fs::path(TRANSEPT_TEST_DATA) / "fixtures/marian-safetensors", directory);
  fs::permissions(directory, fs::perms::owner_all);
  if (!tokenizer_config.empty()) {
    fs::remove(directory / "tokenizer_config.json");
    std::ofstream(directory / "tokenizer_config.json") << tokenizer_config;
  }
  const Result<ModelFiles> files = open_model_files(directory, {});
  EXPECT_TRUE(files.ok()) << files.status().message();
  fs::remove_all(parent);
  return files.ok() ? files->source_language : "";
}

TEST(SourceLanguage, IsKnownOnceAModelIsOpen) {
  EXPECT_EQ(of_model("some", "{}"), "");
  EXPECT_EQ(of_model("opus-mt-fr-en", "{}"), "fr");
  EXPECT_EQ(of_model("deen", "{}"), "de");
  EXPECT_EQ(of_model("some", R"({"source_lang": "spa", "target_lang": "eng"})"), "spa");
  EXPECT_EQ(of_model("opus-mt-fr-en", R"({"source_lang": null})"), "fr");
  EXPECT_EQ(of_model("opus-mt-fr-en", R"({"source_lang": ["x"], "src_lang": 3})"), "fr");
  const Result<ModelFiles> shipped =
      open_model_files(fs::path(TRANSEPT_TEST_DATA) / "../../model/pretrained/en-de", {});
  ASSERT_TRUE(shipped.ok()) << shipped.status().message();
  EXPECT_EQ(shipped->source_language, "eng");
}

}  // namespace
}  // namespace transept
