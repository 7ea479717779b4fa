// Model directories as users have them: half downloaded, packed, of another tool, with settings that
// are not done, and nested without end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/support/expect_failure.h"
#include "tests/tools/support/model_copy.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

void expect_refused(const ModelCopy& model, const std::vector<std::string>& said) {
  expect_failure(run({"translate", "--model", model.folder(), "Hello."}), 5, said);
  expect_failure(run({"inspect", model.folder()}), 5, said);
}

// Runs well, with one warning that says all of `said`; none: silently.
void expect_warned(const ModelCopy& model, const std::vector<std::string>& said) {
  const Outcome outcome = run({"translate", "--model", model.folder(), "Hello."});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), said.empty() ? 0 : 1)
      << outcome.err;
  if (said.empty()) return;
  EXPECT_THAT(outcome.err, testing::StartsWith("transept: warning: "));
  for (const std::string& part : said) EXPECT_THAT(outcome.err, HasSubstr(part));
}

TEST(ModelDirectory, FilesThatAreSomethingElse) {
  const std::vector<std::pair<std::string, std::string>> contents = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 812345\n",
       "git-lfs pointer in place of a file of 812345 bytes"},
      {"<!DOCTYPE html><html>Sign in</html>", "web page"},
      {"Entry not found", "server's answer"},
      {"", "empty"},
      {std::string("PK\x03\x04", 4) + std::string(200, 'x'), "ZIP archive"},
      {"\x1F\x8B\x08 and so on", "gzip archive"},
      {"\x80\x02}q", "Python pickle"}};
  for (const auto& [fixture, files] :
       {std::pair<std::string, std::vector<std::string>>{
            "marian",
            {"encoder_model.onnx", "decoder_model_merged.onnx", "source.spm", "vocab.json",
             "config.json", "generation_config.json", "tokenizer_config.json"}},
        {"marian-safetensors", {"model.safetensors", "target.spm"}},
        {"marian-external", {"encoder_model.onnx_data"}}}) {
    for (const std::string& file : files) {
      for (const auto& [bytes, said] : contents) {
        const ModelCopy model(fixture);
        model.write(file, bytes);
        expect_failure(run({"inspect", model.folder()}), 5, {file, said});
      }
    }
  }
}

TEST(ModelDirectory, NothingToOpenNamesWhatIsAcceptedAndWhatIsThere) {
  const ModelCopy model("marian-safetensors");
  model.remove("model.safetensors");
  expect_refused(model, {"no model found", "model.onnx", "model.safetensors", "found ",
                         "config.json", "vocab.json"});
  model.write("opus-mt.zip", std::string("PK\x03\x04", 4) + std::string(100, 'x'));
  expect_refused(model, {"no model found", "opus-mt.zip is a ZIP archive: unpack it"});
  expect_failure(run({"inspect", model / "opus-mt.zip"}), 5,
                 {"not a directory, but a ZIP archive: unpack it"});
  expect_failure(run({"inspect", model / "config.json"}), 5, {"not a directory"});
  model.write("tf_model.h5", "\x89HDF");
  expect_refused(model, {"tf_model.h5 is not read", "safetensors"});
}

TEST(ModelDirectory, AModelOneLevelBelowIsPointedOut) {
  const ModelCopy model("marian-safetensors");
  const fs::path below = model / "opus-mt-en-de";
  fs::create_directories(below);
  for (const char* name : {"config.json", "model.safetensors"}) {
    fs::rename(model / name, below / name);
  }
  expect_refused(model, {below.string() + " is a model"});
}

TEST(ModelDirectory, AKeyThatStandsTwiceIsNamed) {
  const ModelCopy model("marian");
  model.replace("vocab.json", "{", "{\"</s>\": 7,");
  expect_refused(model, {"vocab.json", "the key \"</s>\" stands twice, with the ids 7 and 0"});
}

TEST(ModelDirectory, PythonsNumbersDoNoHarmWhereNobodyAsks) {
  const ModelCopy model("marian");
  model.replace("config.json", "{", "{\"classifier_dropout\": NaN, \"init_std\": -Infinity,");
  model.replace("tokenizer_config.json", "{", "{\"some_limit\": Infinity,");
  expect_warned(model, {});
  model.replace("generation_config.json", "{", "{\"length_penalty\": Infinity,");
  expect_refused(model, {"generation_config.json", "length_penalty", "a number", "Infinity"});
}

// A checkpoint with one tensor more, which fairseq's converters leave behind.
void add_tensor(const ModelCopy& model, const std::string& name) {
  const std::string bytes = model.read("model.safetensors");
  std::uint64_t size = 0;
  std::copy_n(bytes.data(), sizeof size, reinterpret_cast<char*>(&size));
  const std::string data = bytes.substr(8 + size);
  std::string header = bytes.substr(8, size);
  header.insert(1, "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[" +
                       std::to_string(data.size()) + "," + std::to_string(data.size() + 4) + "]},");
  size = header.size();
  model.write("model.safetensors", std::string(reinterpret_cast<const char*>(&size), sizeof size) +
                                       header + data + std::string(4, '\0'));
}

TEST(ModelDirectory, ATensorTooManyIsAWarning) {
  const ModelCopy model("marian-safetensors");
  const std::string before = run({"translate", "--model", model.folder(), "Hello."}).out;
  add_tensor(model, "model.encoder.version");
  expect_warned(model, {"model.encoder.version", "has no place", "is not used"});
  EXPECT_EQ(run({"translate", "--model", model.folder(), "Hello."}).out, before);
  add_tensor(model, "model.decoder.version");
  expect_warned(model, {"model.encoder.version", "model.decoder.version", "are not used"});
  EXPECT_THAT(run({"inspect", model.folder()}).out, HasSubstr("model.decoder.version"));
}

// Writes a NaN over the n-th float of a checkpoint's tensor.
void spoil(const ModelCopy& model, const std::string& tensor) {
  std::string bytes = model.read("model.safetensors");
  std::uint64_t size = 0;
  std::copy_n(bytes.data(), sizeof size, reinterpret_cast<char*>(&size));
  const std::size_t at = bytes.find("\"" + tensor + "\"");
  ASSERT_NE(at, std::string::npos) << tensor;
  const std::string offsets = "\"data_offsets\":[";
  const std::size_t begin = std::stoul(bytes.substr(bytes.find(offsets, at) + offsets.size(), 20));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::copy_n(reinterpret_cast<const char*>(&nan), sizeof nan,
              bytes.begin() + 8 + size + begin + 4);
  model.write("model.safetensors", bytes);
}

TEST(ModelDirectory, NanInWeightsIsSaidOnce) {
  for (const char* tensor :
       {"model.encoder.layers.1.fc1.weight", "model.decoder.layers.0.encoder_attn.k_proj.weight",
        "model.decoder.layers.1.final_layer_norm.bias", "model.encoder.layers.0.fc2.bias"}) {
    const ModelCopy model("marian-safetensors");
    spoil(model, tensor);
    expect_refused(model, {tensor, "NaN"});
    for (const char* compute : {"int8", "bfloat16", "int4"}) {
      expect_failure(run({"translate", "--model", model.folder(), "--compute", compute, "Hello."}),
                     5, {tensor, "NaN"});
    }
  }
}

TEST(ModelDirectory, NanInATableThatIsNoMatrixIsAWarning) {
  const ModelCopy model("../tiny/untied/checkpoint");
  EXPECT_EQ(run({"inspect", model.folder()}).err, "");
  spoil(model, "model.encoder.embed_tokens.weight");
  const Outcome outcome = run({"inspect", model.folder()});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("warning"), HasSubstr("embed_tokens"), HasSubstr("NaN")));
}

TEST(ModelDirectory, SettingsThatAreNotDoneAreOneWarning) {
  const ModelCopy model("marian");
  expect_warned(model, {});
  model.replace("generation_config.json", "{",
                "{\"do_sample\": true, \"encoder_no_repeat_ngram_size\": 3, \"top_k\": 7,"
                " \"use_cache\": false, \"num_beam_groups\": 1,");
  expect_warned(model, {"generation_config.json", "do_sample true, top_k 7",
                        "encoder_no_repeat_ngram_size 3"});
  EXPECT_THAT(run({"translate", "--model", model.folder(), "Hello."}).err,
              Not(HasSubstr("num_beam_groups")));
  EXPECT_EQ(run({"translate", "--quiet", "--model", model.folder(), "Hello."}).err, "");
  // Where a directory has no such file, config.json is what says it.
  model.remove("generation_config.json");
  model.replace("config.json", "{", "{\"sequence_bias\": [[[5], -1.0]],");
  expect_warned(model, {"config.json", "sequence_bias [[[5],-1.0]]"});
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(ModelDirectory, NestingWithoutEnd) {
  for (const char* file : {"config.json", "generation_config.json", "tokenizer_config.json",
                           "vocab.json", "special_tokens_map.json"}) {
    for (const char* key :
         {"model_type", "eos_token_id", "num_beams", "unk_token", "bad_words_ids"}) {
      const ModelCopy model("marian");
      model.remove("tokenizer_config.json");  // else the map is not read
      model.write(file, "{\"" + std::string(key) + "\": " + nested(100'000) + "}");
      expect_failure(run({"inspect", model.folder()}), 5, {file});
    }
  }
  const ModelCopy sharded("marian-safetensors-sharded");
  sharded.write("model.safetensors.index.json", "{\"weight_map\": " + nested(100'000) + "}");
  expect_refused(sharded, {"index.json", "levels deep"});
  const ModelCopy plain("marian-safetensors");
  const std::string header = "{\"a\": " + nested(100'000) + "}";
  const std::uint64_t size = header.size();
  plain.write("model.safetensors",
              std::string(reinterpret_cast<const char*>(&size), sizeof size) + header);
  expect_refused(plain, {"model.safetensors", "header"});
}

TEST(ModelDirectory, NestingWithoutEndInFilesOfTheTools) {
  const fs::path file = fs::path(testing::TempDir()) / (std::to_string(::getpid()) + "-nested");
  const auto write = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  };
  write("{\"title\": " + nested(100'000) + "}");
  const Outcome rendered = run({"bench", "--render", file, "--html", file.string() + ".html"});
  EXPECT_FALSE(rendered.signalled) << rendered.code;
  EXPECT_THAT(rendered.err, HasSubstr("levels deep"));
  write("name: " + nested(100'000));
  const Outcome suite = run({"regress", file});
  EXPECT_FALSE(suite.signalled) << suite.code;
  EXPECT_THAT(suite.err, HasSubstr("levels deep"));
  fs::remove(file);
}

const std::vector<std::string> kCodes = {"fra", "deu", "por", "pob", "cmn_Hans", "cmn_Hant"};

TEST(Multilingual, ToChoosesTheLanguage) {
  const ModelCopy model("marian");
  make_multilingual(model, kCodes);
  const auto translated = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"translate", "--format", "jsonl", "--model", model.folder()});
    return run(arguments);
  };
  const Outcome expected = translated({">>fra<< Tom is here."});
  EXPECT_EQ(expected.code, 0) << expected.err;
  EXPECT_EQ(expected.err, "");
  EXPECT_THAT(expected.out, HasSubstr("\"source_tokens\":[\">>fra<<\""));
  for (const char* code : {"fra", "fr", "fra_Latn", "FRA", "fr-FR"}) {
    const Outcome outcome = translated({"--to", code, "Tom is here."});
    EXPECT_EQ(outcome.out, expected.out) << code << " " << outcome.err;
    EXPECT_EQ(outcome.err, "");
  }
  // The text's own code goes before.
  EXPECT_EQ(translated({"--to", "deu", ">>fra<< Tom is here."}).out, expected.out);
  EXPECT_EQ(translated({"--to", "deu", "Tom is here."}).out.find("fra"), std::string::npos);
}

TEST(Multilingual, WhatTheModelLacksIsAnErrorWithSuggestions) {
  const ModelCopy model("marian");
  make_multilingual(model, kCodes);
  const auto refused = [&](const std::string& code, const std::vector<std::string>& said) {
    expect_failure(run({"translate", "--model", model.folder(), "--to", code, "Hello."}), 2, said);
  };
  refused("frb", {"no language \"frb\"", "did you mean fra?", "deu"});
  refused("ita", {"no language \"ita\"", "cmn_Hans", "por"});
  refused("zh", {"may be any of cmn_Hans, cmn_Hant"});
  refused(">>fra<<", {"no language"});
  expect_failure(run({"translate", "--model", model.folder(), "--from", "eng", "Hello."}), 2,
                 {"source language by the text"});
  expect_failure(run({"translate", "--to", "fra", "Hello."}), 2, {"no languages to choose from"});
  expect_failure(
      run({"translate", "--model", model.folder(), "--to", "fra", "--input", "ids", "5 0"}), 2,
      {"--to"});
}

TEST(Multilingual, NothingSaysTheLanguage) {
  const ModelCopy model("marian");
  make_multilingual(model, kCodes);
  const Outcome outcome = run({"translate", "--model", model.folder()},
                              {.input = "Tom is here.\nTom is there.\n\n>>fra<< Tom.\n"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("several languages"), HasSubstr("fra")));
  // Of one language there is nothing to say.
  const ModelCopy one("marian");
  make_multilingual(one, {"fra"});
  EXPECT_EQ(run({"translate", "--model", one.folder(), "Tom is here."}).err, "");
}

TEST(Multilingual, ACodeThatTheVocabularyLacksIsToldOnce) {
  const ModelCopy model("marian");
  make_multilingual(model, kCodes);
  const Outcome outcome = run({"translate", "--format", "jsonl", "--model", model.folder()},
                              {.input = ">>fr<< Tom.\n>>fr<< Tom.\n>>fra<< Tom.\n"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("begins with >>fr<<"), HasSubstr(">>fra<< is")));
  std::size_t flagged = 0;
  for (std::size_t at = 0; (at = outcome.out.find("unknown-language", at)) != std::string::npos;
       ++at) {
    ++flagged;
  }
  EXPECT_EQ(flagged, 2u);
  const Outcome none = run({"translate", ">>fra<< Hello."});
  EXPECT_THAT(none.err, HasSubstr(">>fra<<, which is not in the model's vocabulary"));
}

TEST(Multilingual, InspectListsTheCodes) {
  const ModelCopy model("marian");
  make_multilingual(model, kCodes);
  EXPECT_THAT(run({"inspect", model.folder()}).out,
              HasSubstr("cmn_Hans cmn_Hant deu fra pob por\n"));
  EXPECT_THAT(
      run({"inspect", "--json", model.folder()}).out,
      HasSubstr("\"languages\":[\"cmn_Hans\",\"cmn_Hant\",\"deu\",\"fra\",\"pob\",\"por\"]"));
  EXPECT_THAT(run({"inspect"}).out, Not(HasSubstr("Languages")));
}

}  // namespace
}  // namespace transept::testing_support
