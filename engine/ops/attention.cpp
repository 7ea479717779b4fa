#include "engine/ops/attention.h"

#include <algorithm>
#include <cstring>

namespace transept {
namespace {

// Query rows handled at once: their scores stay in the nearest cache for sentences of usual length.
constexpr std::size_t kRowBlock = 24;

constexpr std::size_t panels_of(std::size_t columns) { return (columns + kPanel - 1) / kPanel; }

std::size_t key_floats(HeadShape shape, std::size_t src_len) {
  return panels_of(src_len) * shape.d_head * kPanel;
}
std::size_t value_floats(HeadShape shape, std::size_t src_len) {
  return panels_of(shape.d_head) * src_len * kPanel;
}

// x [rows, cols] with stride ld to panels [ceil(cols / 16)][rows][16], missing columns zero.
void pack_columns(const float* x, std::size_t ld, std::size_t rows, std::size_t cols, float* panels) {
  for (std::size_t c = 0; c < cols; c += kPanel) {
    const std::size_t width = std::min<std::size_t>(kPanel, cols - c);
    for (std::size_t r = 0; r < rows; ++r, panels += kPanel) {
      std::memcpy(panels, x + r * ld + c, width * sizeof(float));
      std::fill(panels + width, panels + kPanel, 0.0f);
    }
  }
}

}  // namespace

std::size_t memory_floats(HeadShape shape, std::size_t src_len) {
  return shape.heads * (key_floats(shape, src_len) + value_floats(shape, src_len));
}

std::size_t attention_scratch(std::size_t rows, std::size_t src_len) {
  return std::min(rows, kRowBlock) * src_len;
}

void lay_out_memory(const KernelTable& kernels, HeadShape shape, const float* keys, const float* values,
                    std::size_t ld, std::size_t src_len, float* memory) noexcept {
  for (std::size_t h = 0; h < shape.heads; ++h) {
    const std::size_t at = h * shape.d_head;
    kernels.pack_transposed_f32(keys + at, ld, src_len, shape.d_head, memory);
    memory += key_floats(shape, src_len);
    pack_columns(values + at, ld, src_len, shape.d_head, memory);
    memory += value_floats(shape, src_len);
  }
}

void attend(const KernelTable& kernels, HeadShape shape, const float* q, std::size_t ldq, std::size_t rows,
            const float* memory, std::size_t src_len, float scale, float* scratch, float* out,
            float* probabilities) noexcept {
  const std::size_t width = shape.width();
  for (std::size_t h = 0; h < shape.heads; ++h) {
    const float* keys = memory + h * (key_floats(shape, src_len) + value_floats(shape, src_len));
    const float* values = keys + key_floats(shape, src_len);
    for (std::size_t first = 0; first < rows; first += kRowBlock) {
      const std::size_t count = std::min(kRowBlock, rows - first);
      kernels.gemm_f32({.x = q + first * ldq + h * shape.d_head,
                        .ldx = ldq,
                        .panels = keys,
                        .panel_stride = shape.d_head * kPanel,
                        .k_stride = kPanel,
                        .bias = nullptr,
                        .residual = nullptr,
                        .ldr = 0,
                        .y = scratch,
                        .ldy = src_len,
                        .rows = count,
                        .depth = shape.d_head,
                        .cols = src_len,
                        .alpha = scale,
                        .epilogue = Epilogue::none});
      kernels.softmax(scratch, src_len, count, src_len);
      if (probabilities != nullptr) {
        std::memcpy(probabilities + (h * rows + first) * src_len, scratch, count * src_len * sizeof(float));
      }
      kernels.gemm_f32({.x = scratch,
                        .ldx = src_len,
                        .panels = values,
                        .panel_stride = src_len * kPanel,
                        .k_stride = kPanel,
                        .bias = nullptr,
                        .residual = nullptr,
                        .ldr = 0,
                        .y = out + first * width + h * shape.d_head,
                        .ldy = width,
                        .rows = count,
                        .depth = src_len,
                        .cols = shape.d_head,
                        .alpha = 1.0f,
                        .epilogue = Epilogue::none});
    }
  }
}

}  // namespace transept
