#include "engine/base/tensor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "engine/base/try.h"

namespace transept {
namespace {

struct DTypeInfo {
  std::string_view name;
  std::size_t bits;
};

constexpr std::array<DTypeInfo, 19> kDTypes = {{
    {"f32", 32}, {"f64", 64}, {"f16", 16}, {"bf16", 16}, {"i8", 8},   {"u8", 8},   {"i16", 16},
    {"u16", 16}, {"i32", 32}, {"u32", 32}, {"i64", 64},  {"u64", 64}, {"bool", 8}, {"i4", 4},
    {"u4", 4},   {"i2", 2},   {"u2", 2},   {"nf4", 4},   {"fp4", 4},
}};

// Code books of bitsandbytes, as float32 in onnxruntime's contrib_ops/cpu/quantization/
// blockwise_quant_block_bnb4.h.
constexpr std::array<float, 16> kNf4 = {-1.0f,
                                        -0.6961928009986877f,
                                        -0.5250730514526367f,
                                        -0.39491748809814453f,
                                        -0.28444138169288635f,
                                        -0.18477343022823334f,
                                        -0.09105003625154495f,
                                        0.0f,
                                        0.07958029955625534f,
                                        0.16093020141124725f,
                                        0.24611230194568634f,
                                        0.33791524171829224f,
                                        0.44070982933044434f,
                                        0.5626170039176941f,
                                        0.7229568362236023f,
                                        1.0f};
constexpr std::array<float, 16> kFp4 = {
    0.0f,  0.00520833333f,  0.66666667f,  1.0f,  0.33333333f,  0.5f,  0.16666667f,  0.25f,
    -0.0f, -0.00520833333f, -0.66666667f, -1.0f, -0.33333333f, -0.5f, -0.16666667f, -0.25f};

// Elements are converted in runs of this many, so that the inner loops have no branch on the type
// and their buffers stay in the first cache.
constexpr std::size_t kRun = 64;

// Integer arithmetic and selects only: independent of the host's denormal mode, and vectorisable.
float half_to_float(std::uint16_t half) {
  const std::uint32_t magnitude = static_cast<std::uint32_t>(half & 0x7fffu) << 13;
  const std::uint32_t exponent = magnitude & 0x0f800000u;
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t normal = magnitude + 0x38000000u;  // rebias 15 to 127
  const std::uint32_t infinite = normal + 0x38000000u;   // infinities and NaN
  const float subnormal =
      std::bit_cast<float>(magnitude + 0x38800000u) - std::bit_cast<float>(0x38800000u);
  const std::uint32_t bits = exponent == 0x0f800000u ? infinite
                             : exponent == 0         ? std::bit_cast<std::uint32_t>(subnormal)
                                                     : normal;
  return std::bit_cast<float>(bits | sign);
}

template <class T>
T load(const std::byte* bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return value;
}

template <class T>
void convert(const std::byte* bytes, std::size_t first, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(load<T>(bytes, first + i));
}

// Packed integers of `Bits` bits, first element in the low bits.
template <unsigned Bits, bool Signed>
void convert_packed(const std::byte* bytes, std::size_t first, std::size_t count, float* out) {
  constexpr std::size_t kPerByte = 8 / Bits;
  constexpr unsigned kMask = (1u << Bits) - 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = first + i;
    const unsigned byte = std::to_integer<unsigned>(bytes[index / kPerByte]);
    const int value = static_cast<int>((byte >> (index % kPerByte * Bits)) & kMask);
    constexpr int kHalf = 1 << (Bits - 1);
    out[i] = static_cast<float>(Signed ? (value ^ kHalf) - kHalf : value);
  }
}

void convert_book(const std::array<float, 16>& book, const std::byte* bytes, std::size_t first,
                  std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = first + i;
    const unsigned byte = std::to_integer<unsigned>(bytes[index / 2]);
    out[i] = book[index % 2 == 0 ? byte >> 4 : byte & 15u];
  }
}

// Stored elements [first, first + count) as float32, not yet scaled.
void convert_stored(DType type, const std::byte* bytes, std::size_t first, std::size_t count,
                    float* out) {
  switch (type) {
    case DType::f32: std::memcpy(out, bytes + first * sizeof(float), count * sizeof(float)); return;
    case DType::f64: return convert<double>(bytes, first, count, out);
    case DType::f16:
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = half_to_float(load<std::uint16_t>(bytes, first + i));
      }
      return;
    case DType::bf16:
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = std::bit_cast<float>(
            static_cast<std::uint32_t>(load<std::uint16_t>(bytes, first + i)) << 16);
      }
      return;
    case DType::i8: return convert<std::int8_t>(bytes, first, count, out);
    case DType::u8: return convert<std::uint8_t>(bytes, first, count, out);
    case DType::i16: return convert<std::int16_t>(bytes, first, count, out);
    case DType::u16: return convert<std::uint16_t>(bytes, first, count, out);
    case DType::i32: return convert<std::int32_t>(bytes, first, count, out);
    case DType::u32: return convert<std::uint32_t>(bytes, first, count, out);
    case DType::i64: return convert<std::int64_t>(bytes, first, count, out);
    case DType::u64: return convert<std::uint64_t>(bytes, first, count, out);
    case DType::boolean: return convert<std::uint8_t>(bytes, first, count, out);
    case DType::i4: return convert_packed<4, true>(bytes, first, count, out);
    case DType::u4: return convert_packed<4, false>(bytes, first, count, out);
    case DType::i2: return convert_packed<2, true>(bytes, first, count, out);
    case DType::u2: return convert_packed<2, false>(bytes, first, count, out);
    case DType::nf4: return convert_book(kNf4, bytes, first, count, out);
    case DType::fp4: return convert_book(kFp4, bytes, first, count, out);
  }
}

float zero_of(const Quantization& q, std::size_t group) {
  if (!q.zero_float.empty()) return q.zero_float[q.zero_float.size() == 1 ? 0 : group];
  if (!q.zero.empty()) return static_cast<float>(q.zero[q.zero.size() == 1 ? 0 : group]);
  return 0.0f;
}

void scale_run(const Quantization& q, std::size_t group, float* values, std::size_t count) {
  const float zero = zero_of(q, group);
  const float scale = q.scale[group];
  for (std::size_t i = 0; i < count; ++i) values[i] = (values[i] - zero) * scale;
}

// Applies the quantisation to the values of columns [0, cols) of one logical row.
void scale_row(const Tensor& tensor, std::size_t row, float* values) {
  const Quantization& q = tensor.quantization;
  switch (q.kind) {
    case Quantization::Kind::none: return;
    case Quantization::Kind::per_tensor: return scale_run(q, 0, values, tensor.cols);
    case Quantization::Kind::per_row: return scale_run(q, row, values, tensor.cols);
    case Quantization::Kind::blocked: {
      const std::size_t blocks = (tensor.cols + q.group - 1) / q.group;
      for (std::size_t block = 0; block < blocks; ++block) {
        const std::size_t first = block * q.group;
        scale_run(q, row * blocks + block, values + first, std::min(q.group, tensor.cols - first));
      }
      return;
    }
    case Quantization::Kind::flat: {
      std::size_t col = 0;
      while (col < tensor.cols) {
        const std::size_t index = row * tensor.cols + col;
        const std::size_t count = std::min(tensor.cols - col, q.group - index % q.group);
        scale_run(q, index / q.group, values + col, count);
        col += count;
      }
      return;
    }
  }
}

std::size_t stride_of(const Tensor& tensor) {
  if (tensor.stride != 0) return tensor.stride;
  return tensor.transposed ? tensor.rows : tensor.cols;
}

// Four floats of one register, whatever the processor.
using Float4 = float __attribute__((vector_size(16)));

Float4 load4(const float* from) {
  Float4 value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// to[r * to_stride + c] = from[c * kRun + r] for r, c in 0..3.
void turn_4x4(const float* from, float* to, std::size_t to_stride) {
  const Float4 a = load4(from);
  const Float4 b = load4(from + kRun);
  const Float4 c = load4(from + 2 * kRun);
  const Float4 d = load4(from + 3 * kRun);
  const Float4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Float4 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Float4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Float4 cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Float4 rows[4] = {__builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5),
                          __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
                          __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
                          __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (std::size_t r = 0; r < 4; ++r) std::memcpy(to + r * to_stride, &rows[r], sizeof rows[r]);
}

// Tiles of kRun rows by kTile columns: reads run along the stored rows, writes along the logical
// ones by whole cache lines, and a tile stays in the first cache while it is turned.
void read_transposed(const Tensor& tensor, std::size_t first, std::size_t count, float* out) {
  constexpr std::size_t kTile = 16;
  const std::size_t stride = stride_of(tensor);
  std::array<float, kTile * kRun> tile;
  for (std::size_t row = 0; row < count; row += kRun) {
    const std::size_t rows = std::min(kRun, count - row);
    for (std::size_t col = 0; col < tensor.cols; col += kTile) {
      const std::size_t cols = std::min(kTile, tensor.cols - col);
      for (std::size_t c = 0; c < cols; ++c) {
        convert_stored(tensor.dtype, tensor.bytes.data(), (col + c) * stride + first + row, rows,
                       tile.data() + c * kRun);
      }
      float* to = out + row * tensor.cols + col;
      const std::size_t whole_rows = cols == kTile ? rows / 4 * 4 : 0;
      for (std::size_t r = 0; r < whole_rows; r += 4) {
        for (std::size_t c = 0; c < kTile; c += 4) {
          turn_4x4(tile.data() + c * kRun + r, to + r * tensor.cols + c, tensor.cols);
        }
      }
      for (std::size_t r = whole_rows; r < rows; ++r) {
        for (std::size_t c = 0; c < cols; ++c) to[r * tensor.cols + c] = tile[c * kRun + r];
      }
    }
  }
}

std::string shape_of(const Tensor& tensor) {
  std::string text = "[";
  return text.append(std::to_string(tensor.rows))
      .append(",")
      .append(std::to_string(tensor.cols))
      .append("]");
}

Status corrupt(const Tensor& tensor, const std::string& what) {
  return Status(Code::kCorrupt, tensor.origin + ": " + what);
}

Status check_quantization(const Tensor& tensor) {
  const Quantization& q = tensor.quantization;
  std::size_t groups = 0;
  switch (q.kind) {
    case Quantization::Kind::none:
      if (tensor.dtype == DType::nf4 || tensor.dtype == DType::fp4) {
        return corrupt(tensor, "a code book needs scales");
      }
      return Status();
    case Quantization::Kind::per_tensor: groups = 1; break;
    case Quantization::Kind::per_row: groups = tensor.rows; break;
    case Quantization::Kind::blocked:
      if (q.group == 0) return corrupt(tensor, "quantisation blocks of no elements");
      groups = tensor.rows * ((tensor.cols - 1) / q.group + 1);
      break;
    case Quantization::Kind::flat:
      if (q.group == 0) return corrupt(tensor, "quantisation blocks of no elements");
      groups = (tensor.elements() - 1) / q.group + 1;
      break;
  }
  if (q.scale.size() != groups) {
    return corrupt(tensor, "expected " + std::to_string(groups) + " scales, found " +
                               std::to_string(q.scale.size()));
  }
  for (const std::size_t zeros : {q.zero.size(), q.zero_float.size()}) {
    if (zeros > 1 && zeros != groups) {
      return corrupt(tensor, "expected " + std::to_string(groups) + " zero points, found " +
                                 std::to_string(zeros));
    }
  }
  return Status();
}

bool same_description(const Tensor& a, const Tensor& b) {
  const Quantization& p = a.quantization;
  const Quantization& q = b.quantization;
  return a.dtype == b.dtype && a.rows == b.rows && a.cols == b.cols &&
         a.transposed == b.transposed && stride_of(a) == stride_of(b) && p.kind == q.kind &&
         p.group == q.group && p.scale == q.scale && p.zero == q.zero &&
         p.zero_float == q.zero_float;
}

}  // namespace

std::string_view dtype_name(DType type) { return kDTypes[static_cast<std::size_t>(type)].name; }

std::size_t dtype_bits(DType type) { return kDTypes[static_cast<std::size_t>(type)].bits; }

void read_rows(const Tensor& tensor, std::size_t first, std::size_t count, float* out) {
  TRANSEPT_DCHECK(first <= tensor.rows && count <= tensor.rows - first);
  if (count == 0) return;
  const std::size_t stride = stride_of(tensor);
  if (tensor.transposed) {
    read_transposed(tensor, first, count, out);
  } else if (stride == tensor.cols) {
    convert_stored(tensor.dtype, tensor.bytes.data(), first * stride, count * tensor.cols, out);
  } else {
    for (std::size_t row = 0; row < count; ++row) {
      convert_stored(tensor.dtype, tensor.bytes.data(), (first + row) * stride, tensor.cols,
                     out + row * tensor.cols);
    }
  }
  if (tensor.quantization.kind == Quantization::Kind::none) return;
  for (std::size_t row = 0; row < count; ++row) {
    scale_row(tensor, first + row, out + row * tensor.cols);
  }
}

Status check_tensor(const Tensor& tensor) {
  // Far above any model, far below any overflow of the products that follow.
  constexpr std::size_t kMaxSide = std::size_t{1} << 31;
  constexpr std::size_t kMaxElements = std::size_t{1} << 40;
  if (tensor.rows == 0 || tensor.cols == 0) {
    return corrupt(tensor, "shape " + shape_of(tensor) + " is empty");
  }
  if (tensor.rows > kMaxSide || tensor.cols > kMaxSide || tensor.stride > kMaxSide ||
      tensor.elements() > kMaxElements) {
    return corrupt(tensor, "shape " + shape_of(tensor) + " is too large");
  }
  const std::size_t stored_rows = tensor.transposed ? tensor.cols : tensor.rows;
  const std::size_t stored_cols = tensor.transposed ? tensor.rows : tensor.cols;
  const std::size_t stride = stride_of(tensor);
  if (stride < stored_cols) return corrupt(tensor, "rows overlap");
  const std::size_t elements = (stored_rows - 1) * stride + stored_cols;
  const std::size_t bytes = (elements * dtype_bits(tensor.dtype) + 7) / 8;
  if (tensor.bytes.size() < bytes) {
    return corrupt(tensor, "shape " + shape_of(tensor) + " of " +
                               std::string(dtype_name(tensor.dtype)) + " needs " +
                               std::to_string(bytes) + " bytes, found " +
                               std::to_string(tensor.bytes.size()));
  }
  return check_quantization(tensor);
}

bool holds_nan(const Tensor& tensor, std::size_t first, std::size_t count) {
  TRANSEPT_DCHECK(first <= tensor.rows && count <= tensor.rows - first);
  // Without branches, so that it costs less than reading.
  const auto any_nan = [](const float* values, std::size_t size) {
    unsigned found = 0;
    for (std::size_t i = 0; i < size; ++i) found |= values[i] != values[i] ? 1u : 0u;
    return found != 0;
  };
  const Quantization& q = tensor.quantization;
  if (any_nan(q.scale.data(), q.scale.size())) return true;
  if (any_nan(q.zero_float.data(), q.zero_float.size())) return true;
  const bool floats = tensor.dtype == DType::f32 || tensor.dtype == DType::f64 ||
                      tensor.dtype == DType::f16 || tensor.dtype == DType::bf16;
  if (!floats || count == 0) return false;
  const std::size_t step = std::max<std::size_t>(1, std::min(kRun, count));
  std::vector<float> rows(step * tensor.cols);
  for (std::size_t row = 0; row < count; row += step) {
    const std::size_t part = std::min(step, count - row);
    read_rows(tensor, first + row, part, rows.data());
    if (any_nan(rows.data(), part * tensor.cols)) return true;
  }
  return false;
}

bool same_values(const Tensor& a, const Tensor& b) {
  if (a.rows != b.rows || a.cols != b.cols) return false;
  const bool alike = same_description(a, b);
  if (alike && a.bytes.data() == b.bytes.data()) return true;
  if (alike && stride_of(a) == (a.transposed ? a.rows : a.cols)) {
    const std::size_t bytes = std::min(a.bytes.size(), b.bytes.size());
    if (std::memcmp(a.bytes.data(), b.bytes.data(), bytes) == 0) return true;
  }
  const std::size_t step = std::max<std::size_t>(1, std::min(kRun, a.rows));
  std::vector<float> left(step * a.cols);
  std::vector<float> right(step * a.cols);
  for (std::size_t row = 0; row < a.rows; row += step) {
    const std::size_t count = std::min(step, a.rows - row);
    read_rows(a, row, count, left.data());
    read_rows(b, row, count, right.data());
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count * a.cols),
                    right.begin())) {
      return false;
    }
  }
  return true;
}

}  // namespace transept
