// How the heads of an attention lie in memory: interleaved, so that a vector holds one number of
// every head.
//
//   out = softmax(scale * Q K^T) V   for each head (Vaswani et al. 2017, eq. 1): KernelTable::attend
//
// Projections are packed so that queries, keys and values come out interleaved, and the output
// projection so that it takes them: nothing is ever moved at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace transept {

struct HeadShape {
  std::size_t heads;
  std::size_t d_head;

  // Heads filled up so that they divide a vector or vectors divide them: 1, 2, 4, 8 or a multiple
  // of 16.
  std::size_t lanes() const;
  // Floats of an interleaved query, key, value or result: a multiple of 16 and of lanes().
  std::size_t width() const;
};

// order[f] of an interleaved vector: the element h * d_head + d of the usual order that float f = d
// * lanes + h holds; -1: none, always zero. [width()]
std::vector<std::int32_t> interleaved_order(HeadShape shape);

}  // namespace transept
