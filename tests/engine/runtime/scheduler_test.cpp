#include "engine/runtime/scheduler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "tests/support/fixtures.h"

namespace transept {
namespace {

class SchedulerTest : public testing::Test {
 protected:
  // Segments that run until max_length, since their end token never comes.
  Segment endless(std::uint32_t max_length) const {
    TranslateOptions request;
    request.search.beam = 4;
    request.lengths.max_length = max_length;
    request.lengths.min_length = max_length;
    return model_.segment({101, 49, 15, 0}, request);
  }

  FixtureModel model_ = FixtureModel::open(fixture_path("marian"), Compute::float32);
};

TEST_F(SchedulerTest, SubmittedSegmentsAreEachDoneOnce) {
  std::atomic<int> done = 0;
  {
    Scheduler scheduler(model_.network, {.threads = 2});
    std::promise<void> all;
    std::vector<Segment> segments;
    for (int i = 0; i < 200; ++i) {
      segments.push_back(endless(5));
      segments.back().done = [&](const auto& result) {
        EXPECT_TRUE(result.ok());
        if (++done == 200) all.set_value();
      };
    }
    scheduler.submit(std::move(segments));
    all.get_future().wait();
  }
  EXPECT_EQ(done, 200);
}

TEST_F(SchedulerTest, CancelEndsWaitingAndLiveSegments) {
  Scheduler scheduler(model_.network, {.threads = 1});
  std::atomic<int> cancelled = 0;
  std::atomic<int> finished = 0;
  std::promise<void> all;
  std::vector<Segment> segments;
  constexpr int kCount = 300;
  for (int i = 0; i < kCount; ++i) {
    segments.push_back(endless(120));
    segments.back().done = [&](const auto& result) {
      ++(result.status().code() == Code::kCancelled ? cancelled : finished);
      if (cancelled + finished == kCount) all.set_value();
    };
  }
  scheduler.submit(std::move(segments));
  scheduler.cancel();
  all.get_future().wait();
  EXPECT_GT(cancelled, 0);
  // What comes later runs as usual.
  bool ok = false;
  std::vector<Segment> later;
  later.push_back(endless(3));
  later.back().done = [&ok](const auto& result) { ok = result.ok(); };
  scheduler.run(std::move(later));
  EXPECT_TRUE(ok);
}

TEST_F(SchedulerTest, ASegmentsOwnFlagEndsItAlone) {
  const auto flag = std::make_shared<std::atomic<bool>>(true);
  Code codes[2] = {Code::kInternal, Code::kInternal};
  std::vector<Segment> segments;
  for (int i = 0; i < 2; ++i) {
    segments.push_back(endless(4));
    segments.back().done = [&codes, i](const auto& result) { codes[i] = result.status().code(); };
  }
  segments[1].cancelled = flag;
  Scheduler(model_.network, {.threads = 1}).run(std::move(segments));
  EXPECT_EQ(codes[0], Code::kOk);
  EXPECT_EQ(codes[1], Code::kCancelled);
}

// One segment at a time has room: what is over leaves the queue before the first one has ended.
TEST_F(SchedulerTest, WhatIsOverLeavesTheQueueWithoutRoom) {
  const auto flag = std::make_shared<std::atomic<bool>>(true);
  std::vector<int> order;
  std::vector<Code> codes;
  std::vector<Segment> segments;
  for (int i = 0; i < 4; ++i) {
    segments.push_back(endless(i == 0 ? 100 : 3));
    segments.back().done = [&, i](const auto& result) {
      order.push_back(i);
      codes.push_back(result.status().code());
    };
  }
  segments[1].deadline = std::chrono::steady_clock::now();
  segments[2].cancelled = flag;
  segments[3].deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  Scheduler scheduler(model_.network, {.threads = 1, .batch_tokens = 1});
  *scheduler.cancel_signal() = true;
  scheduler.run(std::move(segments));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 0, 3}));
  EXPECT_EQ(codes, (std::vector<Code>{Code::kCancelled, Code::kCancelled, Code::kOk, Code::kOk}));
}

TEST_F(SchedulerTest, LengthsBeyondThePositionsAreRefused) {
  Status statuses[2];
  std::vector<Segment> segments;
  segments.push_back(endless(100000));
  segments.push_back(endless(3));
  segments.back().source.assign(100000, 0);
  for (int i = 0; i < 2; ++i) {
    segments[i].done = [&statuses, i](const auto& result) { statuses[i] = result.status(); };
  }
  Scheduler(model_.network, {.threads = 1}).run(std::move(segments));
  for (const Status& status : statuses) {
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_NE(status.message().find("100000"), std::string::npos) << status.message();
  }
}

TEST_F(SchedulerTest, ManyCallersAtOnceAllGetTheirResults) {
  Scheduler scheduler(model_.network, {.threads = 2});
  std::atomic<int> done = 0;
  std::vector<std::thread> callers;
  for (int c = 0; c < 6; ++c) {
    callers.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        std::vector<Segment> segments;
        for (int i = 0; i < 7; ++i) {
          segments.push_back(endless(6));
          segments.back().done = [&done](const auto& result) { done += result.ok(); };
        }
        scheduler.run(std::move(segments));
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(done, 6 * 5 * 7);
}

TEST_F(SchedulerTest, DestructionCancelsWhatWaits) {
  std::atomic<int> done = 0;
  {
    Scheduler scheduler(model_.network, {.threads = 1});
    std::vector<Segment> segments;
    for (int i = 0; i < 100; ++i) {
      segments.push_back(endless(120));
      segments.back().done = [&done](const auto&) { ++done; };
    }
    scheduler.submit(std::move(segments));
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace transept
