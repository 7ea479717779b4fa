// Matrix: numbers in rows, as results hold them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace transept {

struct Matrix {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::vector<float> values = {};  // [rows, cols], row by row

  bool empty() const { return rows == 0; }
  std::span<const float> row(std::size_t r) const { return {values.data() + r * cols, cols}; }
  std::span<float> row(std::size_t r) { return {values.data() + r * cols, cols}; }
  bool operator==(const Matrix&) const = default;
};

}  // namespace transept
