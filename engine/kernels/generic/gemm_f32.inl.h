// float32 products over panels of 16 columns.

namespace {

using transept::GemmF32;

template <int R, int V>
TRANSEPT_INLINE void gemm_tile(const GemmF32& g, size_t row, size_t panel) {
  const float* x[R];
  for (int r = 0; r < R; ++r) x[r] = g.x + (row + (size_t)r) * g.ldx;
  const float* b[V];
  for (int v = 0; v < V; ++v) b[v] = g.panels + (panel + (size_t)v) * g.panel_stride;

  Vec acc[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) acc[r][v] = vec_set(0.0f);
  }
  for (size_t k = 0, at = 0; k < g.depth; ++k, at += g.k_stride) {
    Vec column[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) column[v] = vec_load(b[v] + at);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const Vec value = vec_set(x[r][k]);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) acc[r][v] = vec_fma(value, column[v], acc[r][v]);
    }
  }

  const Vec alpha = vec_set(g.alpha);
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) {
    const size_t c = (panel + (size_t)v) * kPanel;
    const Vec bias = g.bias != nullptr ? vec_load(g.bias + c) : vec_set(0.0f);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const size_t at = row + (size_t)r;
      const Vec t = vec_epilogue(g.epilogue, vec_fma(acc[r][v], alpha, bias));
      store_output(t, g.cols - c, g.residual != nullptr ? g.residual + at * g.ldr + c : nullptr,
                   g.y + at * g.ldy + c);
    }
  }
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
    for (size_t c = 0; c < g.cols; c += kPanel) {
      float* y = g.y + r * g.ldy + c;
      Vec t = g.cols - c >= kPanel ? vec_load(y) : vec_load_n(y, g.cols - c);
      if (g.bias != nullptr) t = vec_add(t, vec_load(g.bias + c));
      store_output(vec_epilogue(g.epilogue, t), g.cols - c,
                   g.residual != nullptr ? g.residual + r * g.ldr + c : nullptr, y);
    }
  }
}

}  // namespace
