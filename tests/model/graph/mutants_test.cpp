// One-node mutants of every exporter form: a graph that computes something else than its original
// is refused. Which mutants those are was recorded from onnxruntime, see
// tests/data/graph/make_mutants.py.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/model_files.h"
#include "tests/support/byte_edits.h"
#include "tests/support/files.h"
#include "tests/support/fixtures.h"
#include "tests/support/temp_path.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

// All recorded mutants by fixture, or those of the file that MUTANTS names: make_mutants.py makes
// more on request.
std::map<std::string, std::vector<nlohmann::json>> recorded() {
  const char* other = std::getenv("MUTANTS");
  const fs::path path =
      other != nullptr ? fs::path(other) : fs::path(TRANSEPT_TEST_DATA) / "graph" / "mutants.jsonl";
  std::map<std::string, std::vector<nlohmann::json>> mutants;
  for (nlohmann::json& mutant : read_jsonl(path)) {
    const std::string file = mutant.at("file");
    mutants[file.substr(0, file.find('/'))].push_back(std::move(mutant));
  }
  return mutants;
}

class Mutants : public testing::TestWithParam<std::string> {};

TEST_P(Mutants, NonePassesInSilence) {
  const std::vector<nlohmann::json> mutants = recorded().at(GetParam());
  const fs::path original = fixture_path(GetParam());
  ASSERT_TRUE(open_model_files(original, {}).ok())
      << open_model_files(original, {}).status().message();
  const fs::path copy = temp_path("mutants_test_" + GetParam());
  fs::remove_all(copy);
  fs::copy(original, copy, fs::copy_options::recursive);
  for (const nlohmann::json& mutant : mutants) {
    const std::string file = mutant.at("file");
    const fs::path path = copy / file.substr(file.find('/') + 1);
    const std::string good = read_file(fixture_path(file));
    // Of two decoders only the merged one is read.
    fs::path merged = path;
    merged.replace_filename("decoder_model_merged.onnx");
    const bool aside = path.filename() == "decoder_model.onnx" && fs::remove(merged);
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << edited(good, mutant.at("edits"));
    const auto opened = open_model_files(copy, {});
    EXPECT_FALSE(opened.ok()) << file << ", " << mutant.at("mutant") << ": onnxruntime "
                              << mutant.at("verdict");
    if (!opened.ok()) {
      EXPECT_NE(opened.status().code(), Code::kInternal);
      EXPECT_NE(opened.status().message().find(path.filename().string()), std::string::npos)
          << opened.status().message();
    }
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << good;
    if (aside) fs::copy_file(original / "decoder_model_merged.onnx", merged);
  }
  fs::remove_all(copy);
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& [name, mutants] : recorded()) names.push_back(name);
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& fixture) {
  std::string name = fixture.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Mutants, testing::ValuesIn(names()), test_name);

// Every fixture with an ONNX graph has mutants.
TEST(RecordedMutants, CoverEveryExporterForm) {
  const auto mutants = recorded();
  for (const std::string& name : fixture_names("marian")) {
    bool onnx = false;
    for (const auto& entry : fs::recursive_directory_iterator(fixture_path(name)))
      onnx |= entry.path().extension() == ".onnx";
    EXPECT_EQ(mutants.count(name), onnx ? 1u : 0u) << name;
  }
}

}  // namespace
}  // namespace transept
