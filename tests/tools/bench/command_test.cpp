// transept bench, run as a user runs it; what it measures is not a test's business.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "tests/support/files.h"
#include "tests/support/temp_path.h"
#include "tests/tools/support/expect_failure.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kFixture = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";
const std::string kGallery = std::string(TRANSEPT_TEST_DATA) + "/html/gallery.json";

TEST(Bench, MeasuresEverythingAndTellsItInJsonAndHtml) {
  const auto page = temp_path("bench.html");
  const Outcome outcome = run(
      {"bench",        "--model",      kFixture,  "--seconds", "1",      "--repeat",   "1",
       "--threads",    "1,2",          "--batch", "2",         "--beam", "3",          "--compute",
       "float32,int8", "--max-length", "12",      "--json",    "--html", page.string()});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const json results = json::parse(outcome.out);
  EXPECT_EQ(results["throughput"].size(), 2u * 2 * 2);  // arithmetic, beams, threads, batches
  EXPECT_EQ(results["latency"].size(), 2u * 2);
  EXPECT_EQ(results["phases"].size(), 2u * 2);
  EXPECT_EQ(results["starts"].size(), 2u);
  for (const json& one : results["throughput"]) {
    EXPECT_GT(one["source_words_per_second"]["median"], 0);
  }
  for (const json& one : results["latency"]) EXPECT_EQ(one["seconds"].size(), results["sentences"]);
  for (const json& one : results["starts"]) EXPECT_GT(one["peak_bytes"], 1 << 20);
  EXPECT_EQ(results["by_lines"].back()["lines"],
            10 * results["by_lines"].front()["lines"].get<int>());
  EXPECT_GE(results["by_length"].size(), 4u);
  EXPECT_THAT(read_file(page), HasSubstr("Roofline, int8, one core"));
  std::filesystem::remove(page);
}

TEST(Bench, TakesIdsOfAModelWithoutATokenizer) {
  const auto input = temp_path("bench.ids");
  std::ofstream(input) << "5 6 7 0\n9 8 0\n";
  const Outcome outcome = run({"bench",
                               "--model",
                               kFixture,
                               "--input",
                               "ids",
                               "-i",
                               input.string(),
                               "--seconds",
                               "1",
                               "--repeat",
                               "1",
                               "--threads",
                               "1",
                               "--batch",
                               "1",
                               "--beam",
                               "1",
                               "--min-length",
                               "6",
                               "--max-length",
                               "6"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("source tokens a second"));
  std::filesystem::remove(input);
}

TEST(Bench, RendersAReport) {
  const auto page = temp_path("gallery.html");
  const Outcome outcome = run({"bench", "--render", kGallery, "--html", page.string()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(read_file(page), StartsWith("<!DOCTYPE html>"));
  std::filesystem::remove(page);
}

TEST(Bench, RefusesWhatCannotBe) {
  expect_failure(run({"bench", "--threads", "0"}), 2, {"0 is not a whole number from 1 to 1024"});
  expect_failure(run({"bench", "--threads", "1,two"}), 2, {"two"});
  expect_failure(run({"bench", "--threads", "-1"}), 2, {"--threads"});
  expect_failure(run({"bench", "--compute", "int8,float8"}), 2, {"float8"});
  expect_failure(run({"bench", "--beams", "4"}), 2, {"did you mean --beam?"});
  expect_failure(run({"bench", "--render", kGallery}), 2, {"--html"});
  expect_failure(run({"bench", "--model", "/nowhere"}), 5, {"/nowhere"});
  expect_failure(run({"bench", "-i", "/nowhere"}), 3, {"/nowhere"});
  expect_failure(run({"bench", "-i", "/dev/null"}), 3, {"no lines"});
  expect_failure(run({"bench", "--html", "/nowhere/page.html"}), 4, {"/nowhere/page.html"});
  expect_failure(run({"bench", "--render", "/nowhere", "--html", "/dev/null"}), 3, {"/nowhere"});
  expect_failure(run({"bench", "--render", kFixture + "/config.json", "--html", "/dev/null"}), 3,
                 {"title"});
}

TEST(Bench, AnInterruptionLeavesNothingBehind) {
  const auto page = temp_path("interrupted.html");
  Process process({"bench", "--html", page.string(), "--seconds", "30"});
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  const auto begin = std::chrono::steady_clock::now();
  process.send_signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            std::chrono::seconds(10));  // not the half minute
  for (const auto& entry : std::filesystem::directory_iterator(page.parent_path())) {
    EXPECT_EQ(entry.path().string().find(page.string()), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace transept::testing_support
