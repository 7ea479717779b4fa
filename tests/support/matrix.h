// Matrices as tests write them: row by row.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "transept/matrix.h"

namespace transept {

inline Matrix matrix(const std::vector<std::vector<float>>& rows) {
  Matrix result{rows.size(), rows.empty() ? 0 : rows.front().size(), {}};
  for (const auto& row : rows) {
    EXPECT_EQ(row.size(), result.cols);
    result.values.insert(result.values.end(), row.begin(), row.end());
  }
  return result;
}

}  // namespace transept
