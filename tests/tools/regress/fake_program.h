// A folder with a suite, and a program that translates by a function instead of a model.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/temp_path.h"
#include "tools/regress/evaluation.h"

namespace transept::tools {

class FakeProgram : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = temp_path(std::string("regress_") +
                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "model");
    write("model/weights", "one");
    write("source", "eins zwei drei vier\nfünf sechs sieben acht\nneun zehn elf zwölf\n");
    write("reference", "one two three four\nfive six seven eight\nnine ten eleven twelve\n");
    hooks_.run = [this](const std::vector<std::string>& arguments) { return run(arguments); };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // The suite's members besides models, settings, sets and baselines.
  std::string suite_text(const std::string& rest = "",
                         const std::string& settings = "  - {name: greedy, beam: 1}\n") const {
    return "models:\n  - {name: m, path: model}\nsettings:\n" + settings +
           "sets:\n  - {name: s, source: source, references: [reference]}\nbaselines: base.json\n" +
           rest;
  }
  Suite suite(const std::string& rest = "",
              const std::string& settings = "  - {name: greedy, beam: 1}\n") const {
    const Result<Suite> parsed = parse_suite(suite_text(rest, settings), path("suite.yaml"));
    EXPECT_TRUE(parsed.ok()) << parsed.status().message();
    return parsed.ok() ? *parsed : Suite();
  }

  Result<Evaluation> evaluate(const Suite& suite, bool need_baselines = true) const {
    return evaluate_suite(suite, need_baselines, hooks_);
  }
  // Records what the program gives now.
  void record(const Suite& suite) const {
    const Result<Evaluation> evaluation = evaluate(suite, false);
    ASSERT_TRUE(evaluation.ok()) << evaluation.status().message();
    write("base.json", format_baselines(record_baselines(*evaluation)));
  }
  Evaluation evaluated(const Suite& suite) const {
    Result<Evaluation> evaluation = evaluate(suite);
    EXPECT_TRUE(evaluation.ok()) << evaluation.status().message();
    return evaluation.ok() ? *std::move(evaluation) : Evaluation();
  }

  Result<ProgramOutput> run(const std::vector<std::string>& arguments) {
    calls_.push_back(arguments);
    ProgramOutput output;
    output.seconds = 0.5;
    output.peak_bytes = std::uint64_t{50} << 20;
    if (arguments.front() == "inspect") {
      output.out =
          nlohmann::json({{"files", {{{"path", path("model/weights")}, {"bytes", 3}}}}}).dump();
      return output;
    }
    for (const std::string& argument : arguments) {
      if (!argument.starts_with("--input-file=") || argument.ends_with("/dev/null")) continue;
      const std::size_t lines = read_lines(argument.substr(13)).size();
      for (std::size_t number = 0; number < lines; ++number) {
        output.out += translate_(arguments, number).dump() + "\n";
      }
    }
    if (tweak_) tweak_(arguments, output);
    return output;
  }

  static nlohmann::json line_of(const std::string& text, double score = -0.5) {
    return {{"text", text},
            {"hypotheses", {{{"text", text}, {"ids", {1, 2}}, {"sum", score}, {"score", score}}}},
            {"flags", nlohmann::json::array()}};
  }

  const std::vector<std::string> perfect_ = {"one two three four", "five six seven eight",
                                             "nine ten eleven twelve"};
  std::function<nlohmann::json(const std::vector<std::string>&, std::size_t)> translate_ =
      [this](const std::vector<std::string>&, std::size_t line) { return line_of(perfect_[line]); };
  std::function<void(const std::vector<std::string>&, ProgramOutput&)> tweak_;
  EvaluationHooks hooks_;
  std::vector<std::vector<std::string>> calls_;
  std::filesystem::path folder_;
};

}  // namespace transept::tools
