// What tests give to a product's kernel: matrices in panels, packed element by element, and where
// the results go.
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
    for (std::size_t k = 0; k < depth; ++k) {
      panels[(c / kPanel * depth + k) * kPanel + c % kPanel] = w[c * depth + k];
    }
  }
  return panels;
}

// y [rows, cols], dense, with the bias [cols padded to 16] and residual [rows, cols] of the
// problem.
template <class Problem>
GemmOutput output_of(const Problem& p, std::vector<float>& y, Epilogue epilogue) {
  return {.bias = p.bias.data(),
          .residual = p.residual.data(),
          .ldr = p.cols,
          .y = y.data(),
          .ldy = p.cols,
          .rows = p.rows,
          .cols = p.cols,
          .epilogue = epilogue};
}

}  // namespace transept
