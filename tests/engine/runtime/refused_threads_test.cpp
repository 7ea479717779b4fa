// The scheduler and its team where the system gives fewer threads than were asked for, or none.
#include "tests/support/refused_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/team.h"
#include "engine/runtime/scheduler.h"
#include "tests/support/fixtures.h"
#include "transept/log.h"

namespace transept {
namespace {

class RefusedThreadsTest : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() {
    set_log_sink([](LogLevel, std::string_view message) {
      if (message.find("cannot start a thread") != std::string_view::npos) ++warnings_;
    });
  }
  static void TearDownTestSuite() { set_log_sink({}); }

  // Segments that count how often each was done, and what was wrong with it.
  std::vector<Segment> counted(std::size_t count, std::vector<std::atomic<int>>& done) {
    std::vector<Segment> segments;
    for (std::size_t i = 0; i < count; ++i) {
      TranslateOptions request;
      request.search.beam = 2;
      request.lengths.max_length = 4;
      request.lengths.min_length = 4;
      segments.push_back(model_.segment({101, 49, 15, 0}, request));
      segments.back().done = [&done, i](const auto& result) {
        EXPECT_TRUE(result.ok());
        ++done[i];
      };
    }
    return segments;
  }

  static void expect_once(const std::vector<std::atomic<int>>& done) {
    for (const auto& one : done) EXPECT_EQ(one, 1);
  }

  static inline std::atomic<int> warnings_{0};
  FixtureModel model_ = FixtureModel::open(fixture_path("marian"), Compute::float32);
};

TEST_P(RefusedThreadsTest, ARunEndsWithAllItsSegmentsAndSoDoesTheNext) {
  Scheduler scheduler(model_.network, {.threads = 4});
  {
    const RefusedThreads refused(GetParam());
    for (const std::size_t count : {200u, 1u, 7u}) {
      std::vector<std::atomic<int>> done(count);
      scheduler.run(counted(count, done));
      expect_once(done);
    }
    EXPECT_GT(refused.refused(), 0);
  }
  EXPECT_EQ(warnings_, 1);  // in the life of the process
}

TEST_P(RefusedThreadsTest, WhatIsSubmittedIsDone) {
  const RefusedThreads refused(GetParam());
  std::vector<std::atomic<int>> done(200);
  std::atomic<std::size_t> left = done.size();
  std::promise<void> all;
  Scheduler scheduler(model_.network, {.threads = 4});
  std::vector<Segment> segments = counted(done.size(), done);
  for (Segment& segment : segments) {
    segment.done = [&, first = std::move(segment.done)](auto result) {
      first(std::move(result));
      if (left.fetch_sub(1) == 1) all.set_value();
    };
  }
  for (Segment& segment : segments) {
    std::vector<Segment> one;
    one.push_back(std::move(segment));
    scheduler.submit(std::move(one));
  }
  if (GetParam() == 0) {
    EXPECT_EQ(left, 0u);  // by the caller itself
  }
  all.get_future().wait();
  expect_once(done);
}

TEST_P(RefusedThreadsTest, ASegmentMaySubmitTheNext) {
  const RefusedThreads refused(GetParam());
  std::vector<std::atomic<int>> done(30);
  std::promise<void> all;
  Scheduler scheduler(model_.network, {.threads = 3});
  std::function<void(std::size_t)> submit = [&](std::size_t number) {
    std::vector<std::atomic<int>> unused(1);
    std::vector<Segment> one = counted(1, unused);
    one.front().done = [&, number](const auto& result) {
      EXPECT_TRUE(result.ok());
      ++done[number];
      number + 1 < done.size() ? submit(number + 1) : all.set_value();
    };
    scheduler.submit(std::move(one));
  };
  submit(0);
  all.get_future().wait();
  expect_once(done);
}

TEST_P(RefusedThreadsTest, CallersOfBothKindsServeEachOther) {
  constexpr std::size_t kCallers = 6;
  constexpr std::size_t kSegments = 20;
  std::atomic<bool> go{false};
  std::atomic<std::size_t> left = kCallers / 2 * kSegments;
  std::promise<void> all;
  std::vector<std::atomic<int>> submitted(kCallers / 2 * kSegments);
  Scheduler scheduler(model_.network, {.threads = 2});
  std::vector<std::thread> callers;
  for (std::size_t c = 0; c < kCallers; ++c) {
    callers.emplace_back([&, c] {
      while (!go) std::this_thread::yield();
      if (c % 2 == 0) {
        for (std::size_t i = 0; i < kSegments; ++i) {
          const std::size_t number = c / 2 * kSegments + i;
          std::vector<std::atomic<int>> unused(1);
          std::vector<Segment> one = counted(1, unused);
          one.front().done = [&, number](const auto& result) {
            EXPECT_TRUE(result.ok());
            ++submitted[number];
            if (left.fetch_sub(1) == 1) all.set_value();
          };
          scheduler.submit(std::move(one));
        }
      } else {
        for (int round = 0; round < 5; ++round) {
          std::vector<std::atomic<int>> done(kSegments / 5);
          scheduler.run(counted(done.size(), done));
          expect_once(done);
        }
      }
    });
  }
  const RefusedThreads refused(GetParam());
  go = true;
  for (std::thread& caller : callers) caller.join();
  all.get_future().wait();
  expect_once(submitted);
}

TEST_P(RefusedThreadsTest, ThreadsThatCanBeHadLaterAreUsed) {
  Scheduler scheduler(model_.network, {.threads = 2});
  std::vector<std::atomic<int>> done(1);
  {
    const RefusedThreads refused;
    scheduler.submit(counted(1, done));
    expect_once(done);
  }
  std::promise<std::thread::id> who;
  std::vector<Segment> later = counted(1, done);
  later.front().done = [&who](const auto&) { who.set_value(std::this_thread::get_id()); };
  scheduler.submit(std::move(later));
  EXPECT_NE(who.get_future().get(), std::this_thread::get_id());
}

TEST_P(RefusedThreadsTest, ATeamDoesEachPartOnce) {
  const RefusedThreads refused(GetParam());
  Team team(3);
  for (int loop = 0; loop < 5000; ++loop) {
    std::atomic<int> parts[10] = {};
    team.run(10, [&](std::size_t part) { ++parts[part]; });
    for (const auto& part : parts) ASSERT_EQ(part, 1);
  }
  // A refusal costs more than a loop: the system is not asked at each.
  EXPECT_LE(refused.refused(), 3);
}

INSTANTIATE_TEST_SUITE_P(Granted, RefusedThreadsTest, testing::Values(0, 1));

}  // namespace
}  // namespace transept
