#include "engine/ops/int8_weights.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace transept {
namespace {

using Kind = Quantization::Kind;

// The byte of logical element (row, col), as the file has it.
std::int32_t stored(const Tensor& t, std::size_t row, std::size_t col) {
  const std::size_t stride = t.stride != 0 ? t.stride : (t.transposed ? t.rows : t.cols);
  const std::size_t at = t.transposed ? col * stride + row : row * stride + col;
  const auto byte = std::to_integer<std::uint8_t>(t.bytes[at]);
  return t.dtype == DType::u8 ? byte : static_cast<std::int8_t>(byte);
}

std::int32_t zero_of(const Quantization& q, std::size_t row) {
  if (q.zero.empty()) return 0;
  return q.zero.size() == 1 ? q.zero[0] : q.zero[row];
}

float scale_of(const Quantization& q, std::size_t row) {
  return q.scale.size() == 1 ? q.scale[0] : q.scale[row];
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
  std::vector<bool> kept(count, holds_int8(t));
  if (holds_int8(t)) {
    // Columns outside for a transposed tensor: its bytes are read in the order they lie.
    const auto keep = [&](std::size_t r, std::size_t k) {
      const std::int32_t value = stored(t, first + r, k) - zero_of(t.quantization, first + r);
      if (value < -128 || value > 127) kept[r] = false;
      q[r * t.cols + k] = static_cast<std::int8_t>(value);
    };
    if (t.transposed) {
      for (std::size_t k = 0; k < t.cols; ++k) {
        for (std::size_t r = 0; r < count; ++r) keep(r, k);
      }
    } else {
      for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t k = 0; k < t.cols; ++k) keep(r, k);
      }
    }
    for (std::size_t r = 0; r < count; ++r) scale[r] = scale_of(t.quantization, first + r);
  }
  if (std::find(kept.begin(), kept.end(), false) == kept.end()) return;

  std::vector<float> rows(count * t.cols);
  read_rows(t, first, count, rows.data());
  for (std::size_t r = 0; r < count; ++r) {
    if (!kept[r]) quantize_row(rows.data() + r * t.cols, t.cols, q + r * t.cols, scale + r);
  }
}

}  // namespace transept
