// Weights as int8 with one scale an output channel: w[r, k] = q[r, k] * scale[r].
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/tensor.h"

namespace transept {

// Whether the tensor already holds 8-bit integers with one scale a row or one for all, so that q -
// zero may be kept.
bool holds_int8(const Tensor& tensor);

// Rows [first, first + count): q [count, cols], scale [count]. A row that a file holds as 8-bit
// integers keeps them, less their zero point, if all fit -128..127; any other is quantised: scale =
// max|w| / 127, q = rint(w / scale).
// REQUIRES: as read_rows.
void read_rows_int8(const Tensor& tensor, std::size_t first, std::size_t count, std::int8_t* q,
                    float* scale);

}  // namespace transept
