#include "engine/kernels/dispatch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace transept {
namespace {

class ForcedIsa : public testing::Test {
 protected:
  void TearDown() override { unsetenv("TRANSEPT_ISA"); }
};

TEST_F(ForcedIsa, EachRunnableTableCanBeForcedByName) {
  for (const KernelTable* table : runnable_kernels()) {
    setenv("TRANSEPT_ISA", table->name, 1);
    const auto chosen = choose_kernels();
    ASSERT_TRUE(chosen.ok());
    EXPECT_STREQ((*chosen)->name, table->name);
  }
}

TEST_F(ForcedIsa, TheBestOneIsTheDefaultAndScalarIsAlwaysThere) {
  unsetenv("TRANSEPT_ISA");
  EXPECT_EQ(*choose_kernels(), runnable_kernels().front());
  EXPECT_STREQ(runnable_kernels().back()->name, "scalar");
}

TEST_F(ForcedIsa, AnUnknownNameIsAnErrorThatListsTheKnownOnes) {
  setenv("TRANSEPT_ISA", "mmx", 1);
  const auto chosen = choose_kernels();
  EXPECT_EQ(chosen.status().code(), Code::kInvalidArgument);
  EXPECT_NE(chosen.status().message().find("scalar"), std::string::npos);
}

#if defined(__x86_64__) && !defined(TRANSEPT_SCALAR_ONLY)
TEST(Dispatch, OffersEverySetThatThisProcessorHas) {
  std::size_t expected = 1;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ++expected;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    ++expected;
  }
  EXPECT_GE(runnable_kernels().size(), expected);
}
#endif

}  // namespace
}  // namespace transept
