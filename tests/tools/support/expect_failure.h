// How a run of the program that cannot be done must end.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/tools/support/process.h"

namespace transept::testing_support {

// With this exit code, nothing on standard output, and one line of its own that says all parts of
// `said`.
inline void expect_failure(const Outcome& outcome, int code, const std::vector<std::string>& said) {
  EXPECT_EQ(outcome.code, code) << outcome.err;
  EXPECT_FALSE(outcome.signalled);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::StartsWith("transept: "));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  for (const std::string& part : said) EXPECT_THAT(outcome.err, testing::HasSubstr(part));
}

}  // namespace transept::testing_support
