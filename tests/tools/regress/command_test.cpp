// transept regress as a user runs it, with the Marian fixture.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/temp_path.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kModel = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";

class Regress : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = temp_path(std::string("program_") +
                        testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("source", "hello world\nhow are you today\ngood morning my friend\n");
    // What the model says is the reference, so that every score is perfect.
    const Outcome translated = run({"translate", "--model", kModel, "-i", path("source"), "--beam",
                                    "1", "--max-length", "12"});
    ASSERT_EQ(translated.code, 0) << translated.err;
    write("reference", translated.out);
    write_suite("");
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string read(const std::string& name) const { return read_file(folder_ / name); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void write_suite(const std::string& rest) const {
    write("suite.yaml", "models:\n  - {name: fixture, path: " + kModel +
                            "}\nsettings:\n  - {name: greedy, beam: 1, max-length: 12}\n"
                            "sets:\n  - {name: three, source: source, references: [reference]}\n"
                            "metrics: [bleu, chrf, ter]\nbaselines: base.json\n" +
                            rest);
  }
  Outcome regress(const std::vector<std::string>& more = {}, const RunOptions& options = {}) const {
    std::vector<std::string> arguments = {"regress", path("suite.yaml")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, options);
  }
  static void expect_failure(const Outcome& outcome, int code,
                             const std::vector<std::string>& said) {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, StartsWith("transept: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& part : said) EXPECT_THAT(outcome.err, HasSubstr(part));
  }

  fs::path folder_;
};

TEST_F(Regress, RecordsThenComparesThenFails) {
  expect_failure(regress(), 3, {"no baseline is recorded", "base.json", "--update"});
  const Outcome update = regress({"--update"});
  EXPECT_EQ(update.code, 0) << update.err;
  EXPECT_EQ(update.err, "");
  EXPECT_THAT(update.out, HasSubstr("new"));

  const json recorded = json::parse(read("base.json"));
  EXPECT_NEAR(recorded["results"][0]["scores"]["bleu"]["score"].get<double>(), 100.0, 1e-9);
  EXPECT_THAT(recorded["results"][0]["model_checksum"].get<std::string>(), StartsWith("sha256:"));
  EXPECT_EQ(recorded["results"][0]["translations"].size(), 3u);

  const Outcome same = regress({"--json", path("out.json"), "--junit", path("out.xml")});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_EQ(same.err, "");
  EXPECT_THAT(same.out,
              AllOf(HasSubstr("100.00 (+0.00)"), HasSubstr("0/3"), HasSubstr("no regression")));
  const json results = json::parse(read("out.json"));
  EXPECT_EQ(results["regression"], false);
  EXPECT_EQ(results["results"][0]["same_bits"], true);
  EXPECT_GT(results["results"][0]["peak_bytes"].get<std::uint64_t>(), std::uint64_t{1} << 20);
  EXPECT_THAT(read("out.xml"), HasSubstr("failures=\"0\""));

  // Fewer words are worse.
  std::string suite = read("suite.yaml");
  suite.replace(suite.find("max-length: 12"), 14, "max-length: 3");
  write("suite.yaml", suite);
  const Outcome worse = regress({"--junit", path("out.xml")});
  EXPECT_EQ(worse.code, 1);
  EXPECT_THAT(worse.out, AllOf(HasSubstr("REGRESSION"), HasSubstr("3 of 3 lines changed"),
                               HasSubstr("\n    - ")));
  EXPECT_THAT(worse.err, AllOf(HasSubstr("recorded with other flags"),
                               HasSubstr("transept: regression: fixture, greedy, three: BLEU")));
  EXPECT_THAT(read("out.xml"), HasSubstr("<failure"));
}

TEST_F(Regress, TheEnvironmentDoesNotChangeWhatASuiteSays) {
  ASSERT_EQ(regress({"--update"}).code, 0);
  const Outcome outcome = regress(
      {},
      {.environment = {"TRANSEPT_MAX_LENGTH=2", "TRANSEPT_FORMAT=text", "TRANSEPT_ISA=scalar"}});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("same"));
}

TEST_F(Regress, RunsFromAnyFolderAndWritesAHistory) {
  write_suite("history: runs.jsonl\n");
  ASSERT_EQ(regress({"--update"}).code, 0);
  ASSERT_EQ(regress().code, 0);
  const std::string runs = read("runs.jsonl");
  EXPECT_EQ(std::count(runs.begin(), runs.end(), '\n'), 2);
  EXPECT_EQ(json::parse(runs.substr(0, runs.find('\n')))["results"][0]["set"], "three");
}

TEST_F(Regress, AHistoryThatCannotBeWrittenKeepsItsWholeLines) {
  write_suite("history: runs.jsonl\n");
  ASSERT_EQ(regress({"--update"}).code, 0);
  const std::string before = read("runs.jsonl");
  // Room for the results, but not for another line.
  const Outcome outcome = regress({}, {.file_limit = before.size() + 10});
  expect_failure(outcome, 4, {"cannot write ", "runs.jsonl: File too large"});
  EXPECT_EQ(read("runs.jsonl"), before);
  write_suite("history: /proc/none\n");
  expect_failure(regress(), 4, {"cannot write /proc/none: No such file or directory"});
}

TEST_F(Regress, AFullDiskLeavesResultsAsTheyWere) {
  write("results.json", "old");
  const Outcome outcome =
      regress({"--update", "--json", path("results.json")}, {.file_limit = 100});
  expect_failure(outcome, 4, {"cannot write ", "File too large"});
  EXPECT_EQ(read("results.json"), "old");
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_THAT(entry.path().filename().string(), Not(StartsWith("."))) << entry.path();
  }
}

TEST_F(Regress, AReportDrawsTheAttentionOfASettingThatAsks) {
  std::string suite = read("suite.yaml");
  suite.replace(suite.find("max-length: 12"), 14, "max-length: 12, attention: true");
  write("suite.yaml", suite);
  ASSERT_EQ(regress({"--update"}).code, 0);
  const Outcome outcome = regress({"--report", path("out.html")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string page = read("out.html");
  const std::string mark = "<script type=\"application/json\" id=\"segments\">";
  const std::size_t begin = page.find(mark) + mark.size();
  const json segments = json::parse(
      page.substr(begin, page.find("</script>", begin) - begin))["results"][0]["segments"];

  std::istringstream lines(run({"translate", "--model", kModel, "-i", path("source"), "--beam", "1",
                                "--max-length", "12", "--format", "jsonl", "--attention"})
                               .out);
  std::string line;
  for (const json& segment : segments) {
    ASSERT_TRUE(std::getline(lines, line));
    const json object = json::parse(line);
    const json& best = object["hypotheses"][0];
    EXPECT_EQ(segment["attention"]["source"], object["source_tokens"]);
    EXPECT_EQ(segment["attention"]["target"], best["tokens"]);
    std::string weights;
    for (const json& row : best["attention"]) {
      for (const json& weight : row) {
        const std::string digits = std::to_string(std::lround(weight.get<float>() * 999.0f));
        weights += std::string(3 - digits.size(), '0') + digits;
      }
    }
    EXPECT_EQ(segment["attention"]["weights"], weights);
  }
  EXPECT_EQ(segments.size(), 3u);
}

TEST_F(Regress, SetsOfIdsAndTokens) {
  write("ids", "5 6 7 2\n8 9 2\n10 2\n");
  std::string suite = read("suite.yaml");
  suite.replace(suite.find("source: source"), 14, "source: ids, input: ids");
  write("suite.yaml", suite);
  EXPECT_EQ(regress({"--update"}).code, 0);
  EXPECT_EQ(regress().code, 0);
  write("ids", "5 6 x 2\n8 9 2\n10 2\n");
  expect_failure(regress({"--update"}), 3, {"x is not an id", "fixture, greedy, three"});
}

TEST_F(Regress, SaysInOneSentenceWhatIsWrong) {
  expect_failure(run({"regress"}), 2, {"SUITE"});
  expect_failure(run({"regress", "/nowhere.yaml"}), 3, {"cannot read /nowhere.yaml"});
  expect_failure(run({"regress", folder_.string()}), 3, {"directory"});
  expect_failure(regress({"--updte"}), 2, {"unknown option --updte; did you mean --update?"});
  write("reference", "one\n");
  expect_failure(regress({"--update"}), 2, {"source has 3", "reference has 1"});
  write_suite("tolerence: {bleu: 1}\n");
  expect_failure(regress(), 2,
                 {"suite.yaml, line 9: unknown key tolerence", "did you mean tolerance?"});
  SetUp();
  expect_failure(regress({"--update", "--json", "/nowhere/out.json"}), 4, {"/nowhere/out.json"});
  EXPECT_FALSE(fs::exists(folder_ / "base.json"));
  ASSERT_EQ(regress({"--update"}).code, 0);
  write("source", "hello world\nhow are you\ngood morning my friend\n");
  expect_failure(regress(), 3, {"another set three", "sha256:"});
  std::string suite = read("suite.yaml");
  suite.replace(suite.find(kModel), kModel.size(), "no-such-model");
  write("suite.yaml", suite);
  expect_failure(regress({"--update"}), 5, {"no model no-such-model"});
}

TEST_F(Regress, EndsWhenItIsInterrupted) {
  std::string lines;
  for (int i = 0; i < 20000; ++i) lines += "hello world how are you today\n";
  write("source", lines);
  write("reference", lines);
  Process process({"regress", path("suite.yaml"), "--update"});
  ::usleep(300'000);
  process.send_signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("transept: interrupted"));
  EXPECT_FALSE(fs::exists(folder_ / "base.json"));
}

TEST_F(Regress, NothingThatATerminalWouldObeyIsPrinted) {
  write("source",
        "hello \x1B[31mworld\nhow are you \xC2\x9B"
        "31m today\ngood\rmorning\n");
  ASSERT_EQ(regress({"--update"}).code, 0);
  json base = json::parse(read("base.json"));
  for (json& line : base["results"][0]["translations"]) line = line.get<std::string>() + "\x1B]0;";
  write("base.json", base.dump());
  const Outcome outcome = regress({"--junit", path("junit.xml")});
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("hello ?[31mworld"), HasSubstr("you ?31m today"),
                                 HasSubstr("good\\rmorning"), HasSubstr("?]0;")));
  EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("\x1B")));
  EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("\xC2\x9B")));
  EXPECT_THAT(read("junit.xml"), Not(HasSubstr("\x1B")));
}

TEST_F(Regress, ByteOrderMarksAreTold) {
  write("reference", "\xEF\xBB\xBF" + read("reference"));
  write("suite.yaml", "\xEF\xBB\xBF" + read("suite.yaml"));  // no part of the first key
  const Outcome outcome = regress({"--update"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("reference, line 1: a byte-order mark (U+FEFF)"));
}

TEST_F(Regress, ASuiteWhoseNameIsNotUtf8) {
  const std::string suite = path("odd\xFF\x1B[31m.yaml");
  fs::copy_file(folder_ / "suite.yaml", suite);
  const Outcome outcome =
      run({"regress", suite, "--update", "--json", path("all.json"), "--junit", path("junit.xml")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json::parse(read("all.json"))["results"].size(), 1u);  // throws on invalid JSON
  EXPECT_THAT(read("junit.xml"), HasSubstr("odd\xEF\xBF\xBD\xEF\xBF\xBD[31m"));
}

}  // namespace
}  // namespace transept::testing_support
