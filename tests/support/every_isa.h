// A fixture for tests that run once for every instruction set of this machine.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "engine/kernels/dispatch.h"

namespace transept {

class EveryIsa : public testing::TestWithParam<const KernelTable*> {
 protected:
  const KernelTable& kernels() const { return *GetParam(); }
};

#define TRANSEPT_INSTANTIATE_EVERY_ISA(suite)                                              \
  INSTANTIATE_TEST_SUITE_P(                                                                \
      All, suite, testing::ValuesIn(runnable_kernels().begin(), runnable_kernels().end()), \
      [](const auto& isa) { return std::string(isa.param->name); })

// Equal as bit patterns, so that 0 and -0 differ and NaN equals itself.
inline testing::AssertionResult same_bits(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) {
    return testing::AssertionFailure() << a.size() << " and " << b.size() << " values";
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0) {
      return testing::AssertionFailure() << "element " << i << ": " << a[i] << " and " << b[i];
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace transept
