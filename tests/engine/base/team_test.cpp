#include "engine/base/team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace transept {
namespace {

TEST(Team, EveryPartRunsOnceInEveryLoop) {
  for (std::size_t helpers : {0u, 1u, 3u}) {
    Team team(helpers);
    EXPECT_EQ(team.size(), helpers + 1);
    for (std::size_t loop = 0; loop < 5000; ++loop) {
      const std::size_t parts = loop % 9;
      std::vector<std::atomic<int>> runs(9);
      team.run(parts, [&](std::size_t i) { runs[i].fetch_add(1, std::memory_order_relaxed); });
      for (std::size_t i = 0; i < runs.size(); ++i) {
        ASSERT_EQ(runs[i].load(), i < parts ? 1 : 0) << loop;
      }
    }
  }
}

TEST(Team, WhatPartsWroteIsThereAfterTheLoop) {
  Team team(2);
  std::vector<std::size_t> values(64);
  for (std::size_t loop = 0; loop < 2000; ++loop) {
    team.run(values.size(), [&](std::size_t i) { values[i] = loop + i; });
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], loop + i);
  }
}

TEST(Team, HelpersThatSleepWakeUpAgain) {
  Team team(1);
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> other{false};
    const auto caller = std::this_thread::get_id();
    // A part that waits for the other thread's: both can only end when the helper takes part.
    team.run(2, [&](std::size_t) {
      if (std::this_thread::get_id() != caller) other = true;
      while (!other) std::this_thread::yield();
    });
    EXPECT_TRUE(other);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace
}  // namespace transept
