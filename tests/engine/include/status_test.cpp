#include "transept/status.h"

#include <gtest/gtest.h>

namespace transept {
namespace {

TEST(Result, HoldsAValueOrTheReasonWhyThereIsNone) {
  const Result<int> value = 3;
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value, 3);
  EXPECT_TRUE(value.status().ok());
  const Result<int> none = Status(Code::kInput, "no number");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().code(), Code::kInput);
  EXPECT_EQ(none.status().message(), "no number");
}

TEST(Result, AnOkStatusIsNoReason) {
  const Result<int> none = Status();
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().code(), Code::kInternal);
  EXPECT_FALSE(none.status().message().empty());
}

}  // namespace
}  // namespace transept
