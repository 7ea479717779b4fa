#include "engine/ops/attention.h"

#include <algorithm>
#include <bit>

namespace transept {
namespace {

// Rows of a part of one attention that a team shares.
constexpr std::size_t kPartRows = 4 * kAttentionRows;

std::size_t parts_of(std::size_t rows, const Team* team) {
  return team == nullptr ? 1 : (rows + kPartRows - 1) / kPartRows;
}

std::size_t part_scratch(std::size_t rows, std::size_t steps) {
  return std::min(rows, kAttentionRows) * steps * kPanel;
}

}  // namespace

std::size_t HeadShape::lanes() const {
  return heads <= kPanel ? std::bit_ceil(heads) : (heads + kPanel - 1) / kPanel * kPanel;
}

std::size_t HeadShape::width() const { return (d_head * lanes() + kPanel - 1) / kPanel * kPanel; }

std::vector<std::int32_t> interleaved_order(HeadShape shape) {
  std::vector<std::int32_t> order(shape.width(), -1);
  for (std::size_t d = 0; d < shape.d_head; ++d) {
    for (std::size_t h = 0; h < shape.heads; ++h) {
      order[d * shape.lanes() + h] = static_cast<std::int32_t>(h * shape.d_head + d);
    }
  }
  return order;
}

std::size_t attention_scratch(std::size_t rows, std::size_t steps, const Team* team) {
  return parts_of(rows, team) * part_scratch(rows, steps);
}

void attend(const KernelTable& kernels, const Attention& attention, Team* team) noexcept {
  const std::size_t parts = parts_of(attention.rows, team);
  if (parts == 1 || attention.probabilities != nullptr) return kernels.attend(attention);
  // Each part has scores of its own.
  team->run(parts, [&](std::size_t part) {
    const std::size_t first = part * kPartRows;
    Attention rows = attention;
    rows.rows = std::min(kPartRows, attention.rows - first);
    rows.q += first * attention.ldq;
    rows.out += first * attention.ldo;
    rows.scores += part * part_scratch(attention.rows, attention.steps);
    kernels.attend(rows);
  });
}

}  // namespace transept
