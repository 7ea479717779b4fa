#include "engine/ops/int8_weights.h"

#include <algorithm>
#include <cmath>
#include <vector>

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

// Stored integers less their zero points to q [count, cols]. wrong[r] becomes other than 0 where a number of row r does
// not fit 8 bits.
void take_integers(const Tensor& t, std::size_t first, std::size_t count, std::int8_t* q, std::int32_t* wrong) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(t.bytes.data());
  const std::size_t stride = t.stride != 0 ? t.stride : (t.transposed ? t.rows : t.cols);
  // A signed byte with its highest bit turned over is unsigned and 128 more.
  const std::uint8_t turn = t.dtype == DType::i8 ? 128 : 0;
  std::vector<std::int32_t> minus(count);
  for (std::size_t r = 0; r < count; ++r) minus[r] = turn + zero_of(t.quantization, first + r);
  const auto take = [turn](std::uint8_t byte, std::int32_t less, std::int32_t& outside) {
    const std::int32_t value = (byte ^ turn) - less;
    outside |= (value + 128) & ~255;
    return static_cast<std::int8_t>(value);
  };
  if (!t.transposed) {
    for (std::size_t r = 0; r < count; ++r) {
      const std::uint8_t* row = bytes + (first + r) * stride;
      std::int32_t outside = 0;
      for (std::size_t k = 0; k < t.cols; ++k) q[r * t.cols + k] = take(row[k], minus[r], outside);
      wrong[r] |= outside;
    }
    return;
  }
  // A few stored rows at a time, so that what is read and what is written both stay near.
  constexpr std::size_t kColumns = 16;
  for (std::size_t k = 0; k < t.cols; k += kColumns) {
    const std::size_t n = std::min(kColumns, t.cols - k);
    for (std::size_t r = 0; r < count; ++r) {
      const std::uint8_t* from = bytes + k * stride + first + r;
      std::int8_t* to = q + r * t.cols + k;
      std::int32_t outside = 0;
      for (std::size_t i = 0; i < n; ++i, from += stride) to[i] = take(*from, minus[r], outside);
      wrong[r] |= outside;
    }
  }
}

void quantize_row(const float* w, std::size_t cols, std::int8_t* q, float* scale) {
  float max = 0.0f;
  for (std::size_t k = 0; k < cols; ++k) max = std::max(max, std::fabs(w[k]));
  *scale = max / 127.0f;
  const float factor = max > 0.0f ? 127.0f / max : 0.0f;
  for (std::size_t k = 0; k < cols; ++k) q[k] = static_cast<std::int8_t>(std::nearbyint(w[k] * factor));
}

}  // namespace

bool holds_int8(const Tensor& t) {
  const Quantization& q = t.quantization;
  return (t.dtype == DType::i8 || t.dtype == DType::u8) && q.zero_float.empty() &&
         (q.kind == Kind::per_tensor || q.kind == Kind::per_row);
}

void read_rows_int8(const Tensor& t, std::size_t first, std::size_t count, std::int8_t* q, float* scale) {
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
