// CellFormat: how the decoder keeps one key or value, [W], of one position and layer.
//
// In float32 networks the cells are float32, too. All others keep bfloat16: their products round
// far more than that, and a step reads half as much of what does not fit the nearest caches.
#pragma once

#include <cstddef>

#include "engine/kernels/kernel_table.h"
#include "engine/network/network.h"
#include "engine/ops/attention.h"

namespace transept {

struct CellFormat {
  std::size_t layers = 0;
  HeadShape shape = {};
  CellNumbers numbers = CellNumbers::float32;

  // Of one key or value.
  std::size_t bytes() const;
  // x: [W] as a projection gives it; to: [bytes()].
  void store(const KernelTable& kernels, const float* x, std::byte* to) const noexcept;
};

// What the decoder of this network keeps.
CellFormat cell_format(const Network& network);

}  // namespace transept
