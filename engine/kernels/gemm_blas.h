// Float32 products by OpenBLAS: for `--gemm openblas`, and the oracle of our own kernels.
//
// The library is opened on first request, not linked: it starts its threads while it loads, and a
// program that does not ask for it must not pay for that.
#pragma once

#include <cstddef>

#include "transept/status.h"

namespace transept {

// Loads OpenBLAS. Thread-safe; repeated calls are cheap. Errors: kUnsupported when it is not
// installed.
Status load_blas();

// y[r, c] = sum_k x[r, k] w[c, k]; x [rows, depth], w [cols, depth], y [rows, cols] with stride
// ldy. Runs on the calling thread only: the host's thread setting is put back afterwards.
// REQUIRES: load_blas() was ok.
void blas_multiply(const float* x, std::size_t rows, const float* w, std::size_t cols,
                   std::size_t depth, float* y, std::size_t ldy) noexcept;

}  // namespace transept
