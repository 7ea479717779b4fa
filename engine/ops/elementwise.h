// Operations on numbers side by side.
#pragma once

#include <cstddef>

#include "engine/kernels/kernel_table.h"

namespace transept {

// y[i] = x[i] * by[i]; in place allowed.
inline void multiply(const KernelTable& kernels, const float* x, const float* by, std::size_t count,
                     float* y) noexcept {
  kernels.multiply(x, by, count, y);
}

}  // namespace transept
