// float32 products over panels of 16 columns.

namespace {

using transept::GemmF32;

template <int R, int V>
TRANSEPT_INLINE void gemm_tile(const GemmF32& g, size_t row, size_t panel) {
  const float* x = g.x + row * g.ldx;
  const float* b = g.panels + panel * g.panel_stride;

  Vec acc[R][V];
  unroll<R>(TRANSEPT_STEP(r) { unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = vec_set(0.0f); }); });
  for (size_t k = 0; k < g.depth; ++k, b += g.k_stride, ++x) {
    Vec column[V];
    unroll<V>(TRANSEPT_STEP(v) { column[v] = vec_load(b + (size_t)v * g.panel_stride); });
    unroll<R>(TRANSEPT_STEP(r) {
      const Vec value = vec_set(x[(size_t)r * g.ldx]);
      unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = vec_fma(value, column[v], acc[r][v]); });
    });
  }

  const Vec alpha = vec_set(g.alpha);
  finish_tile<R, V>(g, row, panel, [&](auto r, auto v, Vec bias) __attribute__((always_inline)) {
    return vec_fma(acc[r][v], alpha, bias);
  });
}

struct TileF32 {
  template <int R, int V>
  static void run(const GemmF32& g, size_t row, size_t panel) {
    gemm_tile<R, V>(g, row, panel);
  }
};

void gemm_f32(const GemmF32& g) { for_each_tile<TileF32>(g); }

void pack_transposed_f32(const float* x, size_t ldx, size_t rows, size_t depth, float* panels) {
  for (size_t c = 0; c < rows; c += kPanel) {
    const size_t width = rows - c < kPanel ? rows - c : kPanel;
    for (size_t k = 0; k < depth; ++k) {
      for (size_t i = 0; i < width; ++i) panels[i] = x[(c + i) * ldx + k];
      for (size_t i = width; i < kPanel; ++i) panels[i] = 0.0f;
      panels += kPanel;
    }
  }
}

void finish_rows(const GemmF32& g) {
  for (size_t r = 0; r < g.rows; ++r) {
    float* y = g.y + r * g.ldy;
    for (size_t c = 0; c < g.cols && g.bias != nullptr; ++c) y[c] += g.bias[c];
    finish_row(g.epilogue, y, g.cols, g.residual != nullptr ? g.residual + r * g.ldr : nullptr, y);
  }
}

}  // namespace
