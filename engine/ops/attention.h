// Attention: out = softmax(scale * Q K^T) V for each head (Vaswani et al. 2017, eq. 1), and how its
// heads lie in memory: interleaved, so that a vector holds one number of every head.
//
// Projections are packed so that queries, keys and values come out interleaved, and the output
// projection so that it takes them: nothing is ever moved at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/team.h"
#include "engine/kernels/kernel_table.h"

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

// Floats of scores that attend() needs for so many rows of queries over so many positions.
std::size_t attention_scratch(std::size_t rows, std::size_t steps, const Team* team = nullptr);

// The rows shared out among the team, if there is one and nobody wants the probabilities: no bit
// depends on it.
void attend(const KernelTable& kernels, const Attention& attention, Team* team = nullptr) noexcept;

}  // namespace transept
