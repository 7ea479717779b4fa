// float32 products over panels of 16 columns.

namespace {

using transept::GemmF32;

template <int R, int V>
TRANSEPT_INLINE void gemm_tile(const GemmF32& g, size_t row, size_t panel, size_t ahead) {
  const float* x = g.x + row * g.ldx;
  const size_t panel_stride = g.depth * kPanel;
  const float* b = g.panels + panel * panel_stride;
  const ptrdiff_t next = (ptrdiff_t)((ahead - panel) * panel_stride);

  Vec acc[R][V];
  unroll<R>(TRANSEPT_STEP(r) { unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = vec_set(0.0f); }); });
  for (size_t k = 0; k < g.depth; ++k, b += kPanel, ++x) {
    __builtin_prefetch(b + next, 0, 2);  // into the second level: four float panels fill the first
    Vec column[V];
    unroll<V>(TRANSEPT_STEP(v) { column[v] = vec_load(b + (size_t)v * panel_stride); });
    unroll<R>(TRANSEPT_STEP(r) {
      const Vec value = vec_set(x[(size_t)r * g.ldx]);
      unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = vec_fma(value, column[v], acc[r][v]); });
    });
  }

  finish_tile<R, V>(
      g.out, row, panel, [&](auto r, auto v, Vec bias) __attribute__((always_inline)) {
        return vec_add(acc[r][v], bias);
      });
}

struct TileF32 {
  template <int R, int V>
  static void run(const GemmF32& g, size_t row, size_t panel, size_t ahead) {
    gemm_tile<R, V>(g, row, panel, ahead);
  }
};

void gemm_f32(const GemmF32& g) { for_each_tile<TileF32>(g); }

void finish_rows(const GemmOutput& out) {
  for (size_t r = 0; r < out.rows; ++r) {
    float* y = out.y + r * out.ldy;
    for (size_t c = 0; c < out.cols && out.bias != nullptr; ++c) y[c] += out.bias[c];
  }
  finish(out.epilogue, {.t = out.y,
                        .ldt = out.ldy,
                        .residual = out.residual,
                        .ldr = out.ldr,
                        .y = out.y,
                        .ldy = out.ldy,
                        .rows = out.rows,
                        .cols = out.cols});
}

}  // namespace
