// A sentence's ids, scores and attention are the same to the bit alone, in any batch, in any order,
// on any number of threads, and on every instruction set.

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "engine/kernels/dispatch.h"
#include "tests/support/every_isa.h"
#include "tests/support/fixtures.h"

namespace transept {
namespace {

using Results = std::vector<std::vector<SegmentHypothesis>>;

void expect_same_bits(const Results& a, const Results& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size()) << what;
    for (std::size_t h = 0; h < a[i].size(); ++h) {
      ASSERT_EQ(a[i][h].ids, b[i][h].ids) << what << ", sentence " << i;
      EXPECT_TRUE(same_bits(a[i][h].token_scores, b[i][h].token_scores))
          << what << ", sentence " << i;
      EXPECT_TRUE(same_bits(std::span(&a[i][h].score, 1), std::span(&b[i][h].score, 1))) << what;
      ASSERT_EQ(a[i][h].attention.rows, b[i][h].attention.rows) << what << ", sentence " << i;
      EXPECT_TRUE(same_bits(a[i][h].attention.values, b[i][h].attention.values))
          << what << ", sentence " << i;
    }
  }
}

std::vector<std::vector<std::int32_t>> dev_sources(std::size_t count) {
  std::vector<std::vector<std::int32_t>> sources;
  for (const auto& line :
       read_jsonl(std::filesystem::path(TRANSEPT_TEST_DATA) / "en-de" / "dev-100.jsonl")) {
    if (sources.size() < count) sources.push_back(line.at("input_ids"));
  }
  return sources;
}

std::filesystem::path default_model() {
  return std::filesystem::path(TRANSEPT_TEST_DATA) / ".." / ".." / "model" / "pretrained" / "en-de";
}

// Greedy and beam 4 by turns, all hypotheses returned, so that one step holds both. Two of five may
// use some ids only, two of three come with their attention.
std::vector<Segment> segments_of(const FixtureModel& model,
                                 const std::vector<std::vector<std::int32_t>>& sources) {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    TranslateOptions request;
    request.search.beam = i % 2 == 0 ? 1 : 4;
    request.search.n_best = request.search.beam;
    segments.push_back(model.segment(sources[i], request));
    const auto vocab = static_cast<std::int32_t>(segments.back().search.vocab);
    for (auto id = static_cast<std::int32_t>(i % 5); i % 5 < 2 && id < vocab; id += 3) {
      segments.back().candidates.push_back(id);
    }
    segments.back().attention = i % 3 != 0;
  }
  return segments;
}

// Scalar kernels and sanitizers take ten times as long and more: there fewer sentences must do.
std::size_t affordable(std::size_t sentences) {
#ifdef TRANSEPT_SLOW_BUILD
  return sentences / 6;
#else
  return sentences;
#endif
}

class BitEquality : public testing::TestWithParam<Compute> {};

TEST_P(BitEquality, AloneInBatchesShuffledAndOnThreads) {
  const FixtureModel model = FixtureModel::open(default_model(), GetParam());
  ASSERT_NE(model.network, nullptr);
  const auto sources = dev_sources(affordable(60));
  const auto segments = segments_of(model, sources);

  Results alone;
  for (const Segment& segment : segments) alone.push_back(model.run({segment}).front());
  expect_same_bits(alone, model.run(segments, {.threads = 1, .batch_tokens = 4096}), "together");
  expect_same_bits(alone, model.run(segments, {.threads = 1, .batch_tokens = 50}),
                   "in small batches");
  expect_same_bits(alone, model.run(segments, {.threads = 2, .batch_tokens = 4096}),
                   "on two threads");
  expect_same_bits(alone, model.run(segments, {.threads = 5, .batch_tokens = 200}),
                   "on five threads");

  std::vector<std::size_t> order(segments.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  std::vector<Segment> shuffled;
  Results alone_shuffled;
  for (std::size_t i : order) {
    shuffled.push_back(segments[i]);
    alone_shuffled.push_back(alone[i]);
  }
  expect_same_bits(alone_shuffled, model.run(shuffled, {.threads = 2, .batch_tokens = 300}),
                   "shuffled");
}

TEST_P(BitEquality, AskingForAttentionChangesNothingElse) {
  const FixtureModel model = FixtureModel::open(default_model(), GetParam());
  ASSERT_NE(model.network, nullptr);
  auto segments = segments_of(model, dev_sources(affordable(12)));
  Results with = model.run(segments, {.threads = 1});
  for (Segment& segment : segments) segment.attention = false;
  for (std::size_t i = 0; i < with.size(); ++i) {
    for (SegmentHypothesis& one : with[i]) {
      EXPECT_EQ(one.attention.rows, i % 3 != 0 ? one.ids.size() : 0u);
      one.attention = {};
    }
  }
  expect_same_bits(with, model.run(segments, {.threads = 1}), "without attention");
}

TEST_P(BitEquality, OnEveryInstructionSet) {
  for (const auto& [directory, sources] : {std::pair(fixture_path("marian"), dev_sources(0)),
                                           std::pair(default_model(), dev_sources(4))}) {
    auto inputs = sources;
    if (inputs.empty()) {
      for (const auto& line : read_jsonl(directory / "expected.jsonl")) {
        if (inputs.empty() ||
            inputs.back() != line.at("input_ids").get<std::vector<std::int32_t>>()) {
          inputs.push_back(line.at("input_ids"));
        }
      }
    }
    Results first;
    for (const KernelTable* table : runnable_kernels()) {
      setenv("TRANSEPT_ISA", table->name, 1);
      const FixtureModel model = FixtureModel::open(directory, GetParam());
      unsetenv("TRANSEPT_ISA");
      ASSERT_NE(model.network, nullptr);
      ASSERT_STREQ(model.network->kernels().name, table->name);
      auto results = model.run(segments_of(model, inputs));
      if (first.empty()) {
        first = std::move(results);
      } else {
        expect_same_bits(first, results, table->name);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, BitEquality,
                         testing::Values(Compute::float32, Compute::bfloat16, Compute::int8,
                                         Compute::int4),
                         [](const auto& compute) { return std::string(word_of(compute.param)); });

}  // namespace
}  // namespace transept
