// A decoder step in its stride does not allocate: checked by counting calls of operator new.
#include <gtest/gtest.h>

#include <list>

#include "engine/runtime/lane.h"
#include "tests/support/count_allocations.h"
#include "tests/support/fixtures.h"

namespace transept {
namespace {

class StepAllocation : public testing::TestWithParam<Compute> {};

TEST_P(StepAllocation, NoneOnceALaneHasSeenItsLargestStep) {
  const FixtureModel model = FixtureModel::open(fixture_path("marian"), GetParam());
  ASSERT_NE(model.network, nullptr);
  constexpr std::uint32_t kLength = 30;
  Lane lane(model.network, 4096, nullptr);
  for (const bool warm : {false, true}) {
    std::list<Segment> segments;
    for (const std::uint32_t beam : {1u, 4u, 3u}) {
      TranslateOptions request;
      request.search.beam = beam;
      request.lengths.min_length = kLength;
      request.lengths.max_length = kLength;
      segments.push_back(model.segment({5, 6, 7, 0}, request));
      if (beam == 3) segments.back().candidates = {0, 3, 5, 8, 13, 21, 34};
      segments.back().done = [](auto result) { EXPECT_TRUE(result.ok()); };
    }
    lane.admit(segments);
    // The last step hands over results, which belong to their receiver.
    for (std::uint32_t step = 0; step + 1 < kLength; ++step) {
      const std::size_t before = allocations;
      lane.step();
      // The first three: what a new search makes for itself.
      if (warm && step >= 3) {
        ASSERT_EQ(allocations - before, 0u) << "step " << step;
      }
    }
    lane.step();
    EXPECT_TRUE(lane.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Computes, StepAllocation,
                         testing::Values(Compute::float32, Compute::bfloat16, Compute::int8));

}  // namespace
}  // namespace transept
