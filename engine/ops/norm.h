// Norms of rows: layer norm (Ba et al. 2016) and root mean square norm (Zhang and Sennrich 2019).
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/aligned_buffer.h"
#include "engine/kernels/kernel_table.h"

namespace transept {

enum class NormRule : std::uint8_t { layer, rms };

// Whether the rule adds a vector after scaling.
inline bool has_shift(NormRule rule) { return rule == NormRule::layer; }

struct Norm {
  NormRule rule = NormRule::layer;
  float eps = 1e-5f;
  AlignedBuffer<float> gamma;  // [D]
  AlignedBuffer<float> beta;   // [D], of rules with a shift
};

// y = norm(x), row by row. x, y: [rows, D]; in place allowed.
void normalise(const KernelTable& kernels, const Norm& norm, const float* x, std::size_t rows,
               float* y) noexcept;

}  // namespace transept
