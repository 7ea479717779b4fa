// The loops run on this machine and give figures; how large they are is nobody's promise.
#include "tools/bench/peaks.h"

#include <gtest/gtest.h>

namespace transept::bench {
namespace {

TEST(Machine, IsRead) {
  const Machine machine = this_machine();
  EXPECT_FALSE(machine.name.empty());
  EXPECT_GE(machine.cores, 1u);
}

TEST(Peaks, EveryLoopOfThisMachineGivesAFigure) {
  const Machine machine = this_machine();
  const Peaks peaks = measure_peaks(machine, 2, 0.05);
  EXPECT_EQ(peaks.threads, 2u);
  if (machine.has("avx2") && machine.has("fma")) {
    EXPECT_NE(peaks.of(Arithmetic::float32), nullptr);
    EXPECT_NE(peaks.of(Arithmetic::int8), nullptr);
  }
  for (const ArithmeticPeak& peak : peaks.arithmetic) {
    EXPECT_GT(peak.one_core, 0.0) << peak.name;
    EXPECT_GT(peak.all_cores, 0.0) << peak.name;
  }
  ASSERT_FALSE(peaks.bandwidth.empty());
  for (const BandwidthPeak& level : peaks.bandwidth) {
    EXPECT_GT(level.one_core, 0.0) << level.name;
    EXPECT_GE(level.bytes, 4096u);
  }
}

TEST(Peaks, OlderLoopsStandInForNewerOnes) {
  Machine machine = this_machine();
  if (!machine.has("avx2") || !machine.has("fma")) GTEST_SKIP() << "needs AVX2";
  machine.flags = {"avx2", "fma"};
  const Peaks peaks = measure_peaks(machine, 1, 0.05);
  ASSERT_NE(peaks.of(Arithmetic::int8), nullptr);
  EXPECT_EQ(peaks.of(Arithmetic::int8)->name, "int8 multiply-add, 256 bit");
  EXPECT_EQ(peaks.of(Arithmetic::bfloat16)->kind, Arithmetic::float32);
}

TEST(Peaks, TheLevelThatHoldsSomething) {
  Peaks peaks;
  EXPECT_EQ(peaks.holding(1), nullptr);
  peaks.bandwidth = {{"L1", 16, 32, 1, 1}, {"L2", 512, 1024, 1, 1}, {"DRAM", 4096, 0, 1, 1}};
  EXPECT_EQ(peaks.holding(32)->name, "L1");
  EXPECT_EQ(peaks.holding(33)->name, "L2");
  EXPECT_EQ(peaks.holding(1 << 20)->name, "DRAM");
}

}  // namespace
}  // namespace transept::bench
