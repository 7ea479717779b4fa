// Embedding: a row of a table, scaled, plus what its position adds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/tensor.h"
#include "engine/kernels/kernel_table.h"

namespace transept {

// y = table[id] * scale + position. table: [vocab, D], of any type; position, y: [D].
// REQUIRES: 0 <= id < vocab.
void embed(const KernelTable& kernels, const Tensor& table, std::int32_t id, float scale,
           const float* position, float* y) noexcept;

}  // namespace transept
