// Matrices in the panels that kernels multiply, packed element by element: what tests give to a kernel.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/kernels/kernel_table.h"

namespace transept {

// [ceil(rows / 16)][depth][16] from w [rows, depth]; missing columns are zero.
template <class T>
std::vector<T> make_panels(const std::vector<T>& w, std::size_t rows, std::size_t depth) {
  std::vector<T> panels((rows + kPanel - 1) / kPanel * kPanel * depth);
  for (std::size_t c = 0; c < rows; ++c) {
    for (std::size_t k = 0; k < depth; ++k) panels[(c / kPanel * depth + k) * kPanel + c % kPanel] = w[c * depth + k];
  }
  return panels;
}

}  // namespace transept
