// ModelCopy: a test's own copy of a model directory, which it may damage.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/files.h"

namespace transept::testing_support {

class ModelCopy {
 public:
  // A fixture of tests/data/fixtures. Only what opening reads: recorded results stay behind.
  explicit ModelCopy(const std::string& fixture) {
    namespace fs = std::filesystem;
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::to_string(::getpid()) + "-" + test->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    fs::copy(fs::path(TRANSEPT_TEST_DATA) / "fixtures" / fixture, folder_,
             fs::copy_options::recursive);
    for (const char* recorded : {"expected.jsonl", "tokenizer.jsonl", "internals.json"}) {
      fs::remove(folder_ / recorded);
    }
  }
  ~ModelCopy() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ModelCopy(const ModelCopy&) = delete;
  ModelCopy& operator=(const ModelCopy&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  std::string read(const std::string& name) const { return read_file(folder_ / name); }
  // In place: the file stays the same one with other bytes.
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void remove(const std::string& name) const { std::filesystem::remove(folder_ / name); }
  void replace(const std::string& name, const std::string& what, const std::string& by) const {
    std::string text = read(name);
    const std::size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    write(name, text.replace(at, what.size(), by));
  }

 private:
  std::filesystem::path folder_;
};

// Gives the copy's vocabulary tokens >>code<< in place of its last pieces, as multilingual Marian
// models have them.
inline void make_multilingual(const ModelCopy& model, const std::vector<std::string>& codes) {
  std::string vocabulary = model.read("vocab.json");
  std::size_t id = 430;
  for (const std::string& code : codes) {
    const std::string number = ": " + std::to_string(id++) + ",";
    const std::size_t end = vocabulary.find(number);
    ASSERT_NE(end, std::string::npos) << number;
    const std::size_t begin = vocabulary.rfind('\n', end) + 1;
    vocabulary.replace(begin, end - begin, "  \">>" + code + "<<\"");
  }
  model.write("vocab.json", vocabulary);
}

}  // namespace transept::testing_support
