#include "engine/ops/linear/int4_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "engine/kernels/kernel_table.h"
#include "engine/ops/linear/ordered_rows.h"

namespace transept {
namespace {

// of weights that are quantised here, and the largest of the kernels
constexpr std::size_t kBlock = 32;
constexpr std::size_t kSmallBlock = 16;  // the other that the kernels know
constexpr std::int32_t kMiddle = 8;      // the zero point of symmetric weights

constexpr std::size_t up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

// Signed integers are 8 below unsigned ones that mean the same.
std::int32_t above_signed(const Tensor& t) { return t.dtype == DType::i4 ? kMiddle : 0; }

// Element (row, col) of 4 bits as an unsigned number.
std::uint8_t stored(const Tensor& t, std::size_t row, std::size_t col) {
  const std::size_t stride = t.stride != 0 ? t.stride : (t.transposed ? t.rows : t.cols);
  const std::size_t at = t.transposed ? col * stride + row : row * stride + col;
  const auto byte = std::to_integer<unsigned>(t.bytes[at / 2]);
  const unsigned bits = (at % 2 == 0 ? byte : byte >> 4) & 15u;
  return static_cast<std::uint8_t>(t.dtype == DType::i4 ? bits ^ 8u : bits);
}

std::uint8_t zero_of(const Tensor& t, std::size_t group) {
  const auto& zero = t.quantization.zero;
  const std::int32_t value = zero.empty() ? 0 : zero[zero.size() == 1 ? 0 : group];
  return static_cast<std::uint8_t>(value + above_signed(t));
}

void keep_row(const Tensor& t, std::size_t row, std::size_t block, std::uint8_t* q, float* scale,
              std::uint8_t* zero) {
  for (std::size_t k = 0; k < t.cols; ++k) q[k] = stored(t, row, k);
  const std::size_t groups = (t.cols + t.quantization.group - 1) / t.quantization.group;
  for (std::size_t k = 0; k < t.cols; k += block, ++scale, ++zero) {
    const std::size_t group = row * groups + k / t.quantization.group;
    *scale = t.quantization.scale[group];
    *zero = zero_of(t, group);
  }
}

// Whether the zero point of every block is the middle: then nobody needs to store them.
bool is_symmetric(const Tensor& t) {
  const auto& zero = t.quantization.zero;
  const std::int32_t middle = kMiddle - above_signed(t);
  return zero.empty()
             ? middle == 0
             : std::all_of(zero.begin(), zero.end(), [&](std::int32_t z) { return z == middle; });
}

struct Range {
  float scale;
  float zero;
};

// What is not a number becomes 0.
float quantised(float w, Range range) {
  return std::min(15.0f, std::max(0.0f, std::nearbyint(w / range.scale) + range.zero));
}

// Extreme values are rare: what a narrower range clips may be less than what its finer steps win.
Range best_range(const float* w, std::size_t count) {
  float least = 0.0f;
  float largest = 0.0f;
  for (std::size_t k = 0; k < count; ++k) {
    least = std::min(least, w[k]);
    largest = std::max(largest, w[k]);
  }
  const float step = (largest - least) / 15.0f;
  Range best = {0.0f, static_cast<float>(kMiddle)};
  if (!(step > 0.0f) || !std::isfinite(step)) return best;
  double best_error = std::numeric_limits<double>::infinity();
  for (const float part : {1.0f, 0.95f, 0.9f}) {
    const Range range = {step * part, std::clamp(std::nearbyint(-least / step), 0.0f, 15.0f)};
    double error = 0.0;
    for (std::size_t k = 0; k < count; ++k) {
      const float off = (quantised(w[k], range) - range.zero) * range.scale - w[k];
      error += static_cast<double>(off) * off;
    }
    if (error < best_error) {
      best_error = error;
      best = range;
    }
  }
  return best;
}

void quantize_row(const float* w, std::size_t cols, std::size_t block, std::uint8_t* q,
                  float* scale, std::uint8_t* zero) {
  for (std::size_t first = 0; first < cols; first += block, ++scale, ++zero) {
    const std::size_t count = std::min(block, cols - first);
    const Range range = best_range(w + first, count);
    *scale = range.scale;
    *zero = static_cast<std::uint8_t>(range.zero);
    for (std::size_t k = first; k < first + count; ++k) {
      q[k] = range.scale > 0.0f ? static_cast<std::uint8_t>(quantised(w[k], range)) : *zero;
    }
  }
}

// Row `column` of a matrix to its place in the panels: groups of 8, four in the low bits and four
// in the high ones.
void place(const std::uint8_t* row, std::size_t depth, std::size_t column, std::uint8_t* panels) {
  std::uint8_t* to = panels + column / kPanel * kPanel * depth / 2 + column % kPanel * 4;
  for (std::size_t k = 0; k < depth; k += 8, to += kPanel * 4) {
    for (std::size_t i = 0; i < 4; ++i) {
      to[i] = static_cast<std::uint8_t>(row[k + i] | row[k + 4 + i] << 4);
    }
  }
}

}  // namespace

bool holds_int4(const Tensor& t) {
  const Quantization& q = t.quantization;
  if ((t.dtype != DType::u4 && t.dtype != DType::i4) || q.kind != Quantization::Kind::blocked ||
      q.group % kSmallBlock != 0 || !q.zero_float.empty()) {
    return false;
  }
  return std::all_of(q.zero.begin(), q.zero.end(), [&](std::int32_t zero) {
    return zero >= -above_signed(t) && zero <= 15 - above_signed(t);
  });
}

void read_rows_int4(const Tensor& t, std::size_t first, std::size_t count, std::size_t block,
                    std::uint8_t* q, float* scale, std::uint8_t* zero) {
  const std::size_t depth = up(t.cols, block);
  const std::size_t blocks = depth / block;
  std::fill_n(q, count * depth, std::uint8_t{0});
  if (holds_int4(t)) {
    for (std::size_t r = 0; r < count; ++r) {
      keep_row(t, first + r, block, q + r * depth, scale + r * blocks, zero + r * blocks);
    }
    return;
  }
  std::vector<float> rows(count * t.cols);
  read_rows(t, first, count, rows.data());
  for (std::size_t r = 0; r < count; ++r) {
    quantize_row(rows.data() + r * t.cols, t.cols, block, q + r * depth, scale + r * blocks,
                 zero + r * blocks);
  }
}

Int4Panels place_int4(std::span<const Int4Part> parts, std::span<const std::int32_t> inputs,
                      ArrayPlace& place) {
  Int4Panels packed;
  packed.block = kBlock;
  packed.depth = parts.front().weight->cols;
  std::size_t out = 0;
  bool symmetric = true;
  for (const Int4Part& part : parts) {
    out += part.out();
    const bool kept = holds_int4(*part.weight);
    if (kept && part.weight->quantization.group % kBlock != 0) packed.block = kSmallBlock;
    symmetric = symmetric && kept && is_symmetric(*part.weight);
  }
  if (!inputs.empty()) packed.gather.resize(packed.depth);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] >= 0) {
      packed.gather[static_cast<std::size_t>(inputs[i])] = static_cast<std::uint32_t>(i);
    }
  }
  const std::size_t blocks = packed.blocks();
  const std::size_t columns = up(out, kPanel);
  packed.panels = place.take<std::uint8_t>(columns * blocks * packed.block / 2);
  packed.scale = place.take<float>(columns * blocks);
  if (!symmetric) packed.zero = place.take<std::uint8_t>(columns * blocks);
  return packed;
}

void clear_last_int4(Int4Panels& w) {
  const std::size_t numbers = kPanel * w.blocks();
  const std::size_t bytes = numbers * w.block / 2;
  std::fill_n(w.panels.data() + w.panels.size() - bytes, bytes, std::uint8_t{0});
  std::fill_n(w.scale.data() + w.scale.size() - numbers, numbers, 0.0f);
  if (w.zero.size() > 0) {
    std::fill_n(w.zero.data() + w.zero.size() - numbers, numbers, std::uint8_t{kMiddle});
  }
}

void pack_int4_rows(const Int4Part& part, std::size_t first, std::size_t last, std::size_t column,
                    Int4Panels& w) {
  const std::size_t blocks = w.blocks();
  const std::size_t depth = blocks * w.block;
  // Rows in another order come from anywhere, and one at a time they would be slow to read: all at
  // once.
  const std::size_t at_once = part.order.empty() ? kRowsAtOnce : part.weight->rows;
  std::vector<std::uint8_t> q(at_once * depth);
  std::vector<float> scale(at_once * blocks);
  std::vector<std::uint8_t> zero(at_once * blocks);
  const std::vector<std::uint8_t> nothing(std::max(depth, blocks));
  // A row read above, or nothing, as an output.
  const auto put = [&](std::ptrdiff_t row, std::size_t output) {
    const auto r = static_cast<std::size_t>(row);
    place(row < 0 ? nothing.data() : q.data() + r * depth, depth, column + output, w.panels.data());
    std::size_t at = (column + output) / kPanel * kPanel * blocks + (column + output) % kPanel;
    for (std::size_t b = 0; b < blocks; ++b, at += kPanel) {
      w.scale.data()[at] = row < 0 ? 0.0f : scale[r * blocks + b];
      if (w.zero.size() > 0) {
        w.zero.data()[at] = row < 0 ? std::uint8_t{kMiddle} : zero[r * blocks + b];
      }
    }
  };
  if (!part.order.empty()) {
    read_rows_int4(*part.weight, 0, part.weight->rows, w.block, q.data(), scale.data(),
                   zero.data());
    for (std::size_t o = first; o < last; ++o) put(part.order[o], o);
    return;
  }
  for (; first < last; first += at_once) {
    const std::size_t count = std::min(at_once, last - first);
    read_rows_int4(*part.weight, first, count, w.block, q.data(), scale.data(), zero.data());
    for (std::size_t r = 0; r < count; ++r) put(static_cast<std::ptrdiff_t>(r), first + r);
  }
}

}  // namespace transept
