#include "engine/ops/linear/int8_weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/ops/linear/any_nan.h"

namespace transept {
namespace {

using Kind = Quantization::Kind;

std::int32_t zero_of(const Quantization& q, std::size_t row) {
  if (q.zero.empty()) return 0;
  return q.zero.size() == 1 ? q.zero[0] : q.zero[row];
}

float scale_of(const Quantization& q, std::size_t row) {
  return q.scale.size() == 1 ? q.scale[0] : q.scale[row];
}

constexpr std::size_t kTile = 16;

// Sixteen bytes of one register, whatever the processor.
using Bytes = std::uint8_t __attribute__((vector_size(kTile)));

// Sixteen rows of sixteen bytes become sixteen columns: rows of the upper half and of the lower one
// are shuffled like the halves of a pack of cards, four times.
void transpose_tile(const std::uint8_t* from, std::size_t from_stride, std::uint8_t* to,
                    std::size_t to_stride) {
  Bytes rows[kTile];
  for (std::size_t i = 0; i < kTile; ++i) std::memcpy(rows + i, from + i * from_stride, kTile);
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
    Bytes next[kTile];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kTile / 2; ++i) {
      const Bytes a = rows[i];
      const Bytes b = rows[i + kTile / 2];
      next[2 * i] =
          __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      next[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                                14, 30, 15, 31);
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kTile; ++i) rows[i] = next[i];
  }
  for (std::size_t i = 0; i < kTile; ++i) std::memcpy(to + i * to_stride, rows + i, kTile);
}

// Stored bytes of rows [first, first + count) to q [count, cols].
void copy_bytes(const Tensor& t, std::size_t first, std::size_t count, std::uint8_t* q) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(t.bytes.data());
  const std::size_t stride = t.stride != 0 ? t.stride : (t.transposed ? t.rows : t.cols);
  if (!t.transposed) {
    for (std::size_t r = 0; r < count; ++r) {
      std::memcpy(q + r * t.cols, bytes + (first + r) * stride, t.cols);
    }
    return;
  }
  // Each stored row gives a cache line or two, on a page of its own: too far apart for the
  // processor to foresee.
  constexpr std::size_t kAhead = 2 * kTile;
  for (std::size_t k = 0; k < t.cols; k += kTile) {
    for (std::size_t c = k + kAhead; c < std::min(k + kAhead + kTile, t.cols); ++c) {
      __builtin_prefetch(bytes + c * stride + first);
      __builtin_prefetch(bytes + c * stride + first + count - 1);
    }
    for (std::size_t r = 0; r < count; r += kTile) {
      if (k + kTile <= t.cols && r + kTile <= count) {
        transpose_tile(bytes + k * stride + first + r, stride, q + r * t.cols + k, t.cols);
        continue;
      }
      for (std::size_t i = r; i < std::min(r + kTile, count); ++i) {
        for (std::size_t c = k; c < std::min(k + kTile, t.cols); ++c) {
          q[i * t.cols + c] = bytes[c * stride + first + i];
        }
      }
    }
  }
}

// Stored integers less their zero points to q [count, cols]. wrong[r] becomes other than 0 where a
// number of row r does not fit 8 bits.
void take_integers(const Tensor& t, std::size_t first, std::size_t count, std::int8_t* q,
                   std::int32_t* wrong) {
  auto* bytes = reinterpret_cast<std::uint8_t*>(q);
  copy_bytes(t, first, count, bytes);
  // A signed byte with its highest bit turned over is unsigned and 128 more.
  const std::uint8_t turn = t.dtype == DType::i8 ? 128 : 0;
  for (std::size_t r = 0; r < count; ++r) {
    std::uint8_t* row = bytes + r * t.cols;
    const std::int32_t less = turn + zero_of(t.quantization, first + r);
    if (less == 128) {  // the usual case, in which they are turned over once more and fit
      const auto turned = static_cast<std::uint8_t>(turn ^ 128);
      for (std::size_t k = 0; k < t.cols && turned != 0; ++k) row[k] ^= turned;
      continue;
    }
    std::int32_t outside = 0;
    for (std::size_t k = 0; k < t.cols; ++k) {
      const std::int32_t value = (row[k] ^ turn) - less;
      outside |= (value + 128) & ~255;
      row[k] = static_cast<std::uint8_t>(value);
    }
    wrong[r] |= outside;
  }
}

void quantize_row(const float* w, std::size_t cols, std::int8_t* q, float* scale) {
  float max = 0.0f;
  for (std::size_t k = 0; k < cols; ++k) max = std::max(max, std::fabs(w[k]));
  // What is no number must not become one: whoever packs looks at the scales.
  *scale = any_nan(w, cols) ? std::numeric_limits<float>::quiet_NaN() : max / 127.0f;
  const float factor = max > 0.0f ? 127.0f / max : 0.0f;
  for (std::size_t k = 0; k < cols; ++k) {
    q[k] = static_cast<std::int8_t>(std::nearbyint(w[k] * factor));
  }
}

}  // namespace

bool holds_int8(const Tensor& t) {
  const Quantization& q = t.quantization;
  return (t.dtype == DType::i8 || t.dtype == DType::u8) && q.zero_float.empty() &&
         (q.kind == Kind::per_tensor || q.kind == Kind::per_row);
}

void read_rows_int8(const Tensor& t, std::size_t first, std::size_t count, std::int8_t* q,
                    float* scale) {
  std::vector<std::int32_t> wrong(count, 1);
  if (holds_int8(t)) {
    std::fill(wrong.begin(), wrong.end(), 0);
    take_integers(t, first, count, q, wrong.data());
    for (std::size_t r = 0; r < count; ++r) scale[r] = scale_of(t.quantization, first + r);
    if (std::all_of(wrong.begin(), wrong.end(), [](std::int32_t w) { return w == 0; })) return;
  }

  std::vector<float> rows(count * t.cols);
  read_rows(t, first, count, rows.data());
  for (std::size_t r = 0; r < count; ++r) {
    if (wrong[r] != 0) quantize_row(rows.data() + r * t.cols, t.cols, q + r * t.cols, scale + r);
  }
}

}  // namespace transept
