// Multiply-adds and bytes, held against sums by hand.
#include "tools/bench/work.h"

#include <gtest/gtest.h>

#include "transept/inspect.h"

namespace transept::bench {
namespace {

std::size_t at(Phase phase) { return static_cast<std::size_t>(phase); }

// 6 encoder and 2 decoder layers, D 256, F 1024, V 8000.
TEST(Work, OfTheDefaultModel) {
  struct Case {
    Compute compute;
    double weight, cell;  // bytes of a number
  };
  for (const auto& [compute, bytes, cell] :
       {Case{Compute::int8, 1, 2}, Case{Compute::bfloat16, 2, 2}, Case{Compute::float32, 4, 4}}) {
    OpenOptions options;
    options.compute = compute;
    const Result<ModelInfo> info = inspect(TRANSEPT_MODELS "/en-de", options);
    ASSERT_TRUE(info.ok()) << info.status().message();
    const NetworkWork& work = info->work;
    constexpr double kSquare = 256 * 256, kForward = 2 * 256 * 1024;
    EXPECT_EQ(work[at(Phase::encode)].per_row, 6 * (4 * kSquare + kForward));
    EXPECT_EQ(work[at(Phase::source_memory)].per_row, 2 * 2 * kSquare);
    EXPECT_EQ(work[at(Phase::self_attention)].per_row, 2 * 4 * kSquare);
    EXPECT_EQ(work[at(Phase::cross_attention)].per_row, 2 * 2 * kSquare);
    EXPECT_EQ(work[at(Phase::feed_forward)].per_row, 2 * kForward);
    EXPECT_EQ(work[at(Phase::output)].per_row, 8000 * 256);
    EXPECT_EQ(work[at(Phase::encode)].per_pair, 6 * 2 * 256);
    EXPECT_EQ(work[at(Phase::self_attention)].per_pair, 2 * 2 * 256);
    EXPECT_EQ(work[at(Phase::cross_attention)].bytes_per_pair, 2 * 2 * 256 * cell);
    EXPECT_EQ(work[at(Phase::output)].weight_bytes, bytes * 8000 * 256);
    EXPECT_EQ(work[at(Phase::tokenize)].per_row, 0.0);
  }
}

TEST(Work, DoneIsCountedBySourceOrByStep) {
  NetworkWork work{};
  work[at(Phase::encode)] = {.per_row = 10, .per_pair = 2, .weight_bytes = 100};
  work[at(Phase::self_attention)] = {
      .per_row = 5, .per_pair = 3, .weight_bytes = 50, .bytes_per_pair = 8};
  work[at(Phase::output)] = {.per_row = 7, .weight_bytes = 70};
  Profile profile;
  profile.source_tokens = 4;
  profile.encoder_passes = 2;
  profile.encoder_pairs = 9;
  profile.steps = 3;
  profile.rows = 6;
  profile.self_pairs = 11;
  const Done encode = work_done(work, Phase::encode, profile);
  EXPECT_EQ(encode.multiply_adds, 4 * 10 + 9 * 2);
  EXPECT_EQ(encode.bytes, 2 * 100);
  const Done self = work_done(work, Phase::self_attention, profile);
  EXPECT_EQ(self.multiply_adds, 6 * 5 + 11 * 3);
  EXPECT_EQ(self.bytes, 3 * 50 + 11 * 8);
  const Done output = work_done(work, Phase::output, profile);
  EXPECT_EQ(output.multiply_adds, 6 * 7);
  EXPECT_EQ(output.bytes, 3 * 70);
}

TEST(Work, DifferenceOfProfiles) {
  Profile early, late;
  early.seconds[at(Phase::search)] = 1.0;
  late.seconds[at(Phase::search)] = 1.5;
  early.rows = 3;
  late.rows = 10;
  const Profile d = difference(late, early);
  EXPECT_DOUBLE_EQ(d.seconds[at(Phase::search)], 0.5);
  EXPECT_EQ(d.rows, 7u);
}

}  // namespace
}  // namespace transept::bench
