// Tensor: one parameter as a model file stores it, described but not copied.
//
// A loader fills the description; the network reads values through `read_rows`. The bytes usually
// lie in a mapped file that `owner` keeps alive. Logical orientation is fixed: a matrix of a linear
// layer is [out, in], an embedding table [vocab, width], whatever the file does (`transposed`).
// Thread-safe once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept {

enum class DType : std::uint8_t {
  f32,
  f64,
  f16,
  bf16,
  i8,
  u8,
  i16,
  u16,
  i32,
  u32,
  i64,
  u64,
  boolean,
  i4,
  u4,
  i2,
  u2,  // packed, first element in the low bits
  nf4,
  fp4,  // 4-bit code books of bitsandbytes, first element in the high nibble
};

// "f32", "bf16", ...
std::string_view dtype_name(DType type);
// Bits of one element.
std::size_t dtype_bits(DType type);

// value = (stored - zero) * scale, computed in float32; for code books value = book[stored] *
// scale. Scales belong to groups of elements:
//   per tensor: scale.size() == 1;
//   per row (output channel): scale.size() == rows;
//   blocked along a row: scale is [rows, ceil(cols / group)];
//   flat: scale of element i (row-major, logical [rows, cols]) is scale[i / group].
struct Quantization {
  enum class Kind : std::uint8_t { none, per_tensor, per_row, blocked, flat };
  Kind kind = Kind::none;
  std::size_t group = 0;  // blocked and flat only
  std::vector<float> scale = {};
  // empty: all zero; one: the same for all; otherwise as long as scale
  std::vector<std::int32_t> zero = {};
  // likewise; used instead of zero where a format stores real zero points
  std::vector<float> zero_float = {};
};

struct Tensor {
  std::string origin;  // "encoder_model.onnx, initializer \"onnx::MatMul_653\""
  DType dtype = DType::f32;
  std::size_t rows = 0;  // 1 for a vector
  std::size_t cols = 0;
  bool transposed = false;  // stored as [cols, rows], row-major
  // elements from one stored row to the next; 0: no gap between them
  std::size_t stride = 0;
  Quantization quantization;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;

  std::size_t elements() const { return rows * cols; }
};

// Writes rows [first, first + count) as float32 to out [count, cols], dequantised. Reading many
// rows at once is several times faster than one by one where the tensor is transposed.
// REQUIRES: first + count <= rows; the tensor was validated by `check_tensor`.
void read_rows(const Tensor& tensor, std::size_t first, std::size_t count, float* out);

// Errors: kCorrupt when bytes, shape, type and quantisation do not fit each other.
Status check_tensor(const Tensor& tensor);

// True when a number of rows [first, first + count), or a scale of the tensor, is NaN.
// REQUIRES: as for read_rows.
bool holds_nan(const Tensor& tensor, std::size_t first, std::size_t count);

// True when both hold the same numbers. Equal bytes under equal descriptions are compared as bytes,
// anything else value by value, so that -0 equals 0 and a NaN nothing.
// REQUIRES: both were validated by `check_tensor`.
bool same_values(const Tensor& a, const Tensor& b);

// Tensors by name: a file's or that of a role. Those that are tied share one shared_ptr, so identity
// tells sharing.
using TensorMap = std::map<std::string, std::shared_ptr<const Tensor>>;

}  // namespace transept
