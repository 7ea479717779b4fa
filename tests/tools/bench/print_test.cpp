// Reports, JSON and text of results that are made up.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tools/bench/describe.h"

namespace transept::bench {
namespace {

using ::testing::HasSubstr;

Results some_results() {
  Results results;
  results.machine.name = "Some processor";
  results.machine.cores = 2;
  results.peaks = {
      .threads = 2,
      .arithmetic = {{Arithmetic::int8, "int8 VNNI, 512 bit", 500e9, 1000e9}},
      .bandwidth = {{"L1", 16384, 32768, 500e9, 1000e9}, {"DRAM", 1 << 26, 0, 40e9, 80e9}}};
  Model model;
  model.compute = "int8";
  model.info.family = "marian";
  model.info.compute = "int8";
  model.work[static_cast<std::size_t>(Phase::encode)] = {.per_row = 1e6, .weight_bytes = 1e6};
  results.models.push_back(model);
  results.sentences = 4;
  results.repeats = 3;
  for (const std::size_t threads : {1u, 2u}) {
    for (const std::size_t batch : {1u, 4u}) {
      const double words = 1000.0 * static_cast<double>(threads * batch);
      results.throughput.push_back(
          {0, 1, threads, batch, {words, 0.9 * words, 1.1 * words}, {words, words, words}});
    }
    results.latency.push_back({0, 1, threads, {0.001, 0.002, 0.003, 0.004}});
  }
  Profile profile;
  profile.seconds[static_cast<std::size_t>(Phase::encode)] = 0.006;
  profile.source_tokens = 1000;
  profile.encoder_passes = 10;
  results.phases.push_back({0, 1, 4, 4, 0.01, profile});
  for (const std::size_t lines : {10u, 20u, 50u, 100u}) {
    const double seconds = 0.01 * static_cast<double>(lines);
    results.by_lines.push_back({lines, {seconds, seconds, seconds}});
  }
  for (const std::size_t length : {10u, 25u, 50u, 100u}) {
    const double seconds = 1e-4 * static_cast<double>(length);
    results.by_length.push_back({length, {seconds, seconds, seconds}});
  }
  results.starts.push_back({0, 30u << 20, {0.02, 0.01, 0.03}});
  return results;
}

TEST(Describe, TablesSayWhatWasMeasured) {
  const std::string text = to_text(describe(some_results(), "today"));
  EXPECT_THAT(text, HasSubstr("transept bench, today\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("int8, greedy +2 +8,000 +4 +2.5 ms"));
  EXPECT_THAT(text, HasSubstr("30 MiB"));
  EXPECT_THAT(text, HasSubstr("10.00\n"));  // the ratio of ten times the lines
  // 10^9 multiply-adds in 6 ms are 167 G/s, a third of the peak.
  EXPECT_THAT(text, ::testing::ContainsRegex("encode +1,500 +60.0 +167 G +33 "));
}

TEST(Describe, JsonHasTheFiguresAndMakesThePage) {
  const html::Report report = describe(some_results(), "today");
  const std::string text = to_json(some_results(), report);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["throughput"].size(), 4u);
  EXPECT_DOUBLE_EQ(json["throughput"][3]["source_words_per_second"]["median"], 8000.0);
  EXPECT_DOUBLE_EQ(json["latency"][0]["p50_seconds"], 0.0025);
  EXPECT_EQ(json["phases"][0]["parts"].size(), kPhases);
  EXPECT_DOUBLE_EQ(json["phases"][0]["parts"][1]["multiply_adds"], 1e9);
  EXPECT_EQ(json["starts"][0]["peak_bytes"], 30u << 20);
  const Result<html::Report> again = html::parse_report(text);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(html::to_html(*again), html::to_html(report));
}

TEST(Describe, WhatWasNotMeasuredIsLeftOut) {
  Results results = some_results();
  results.peaks = {};
  results.by_length.clear();
  results.by_lines.clear();
  results.latency[0].seconds.clear();
  results.skipped_batches = {32};
  const html::Report report = describe(results, "");
  EXPECT_THAT(to_text(report), HasSubstr("batches of 32"));
  EXPECT_THAT(html::to_html(report), HasSubstr("no data"));
}

}  // namespace
}  // namespace transept::bench
