// int8 products over panels of 16 columns and groups of 4 in depth; the tile and the order of loops
// are those of gemm_f32.inl.h, and so is the reasoning: a group of 4 takes one instruction where
// the processor has VNNI, with the latency and throughput of a fused multiply-add. Sums are exact,
// so any order gives the same bits.

namespace {

using transept::GemmI8;
using transept::kDepthGroup;

template <int R, int V>
TRANSEPT_INLINE void gemm_i8_tile(const GemmI8& g, size_t row, size_t panel, size_t ahead) {
  const size_t groups = (g.depth + kDepthGroup - 1) / kDepthGroup;
  const size_t panel_bytes = groups * kDepthGroup * kPanel;
  const uint8_t* x = g.x + row * g.ldx;
  const int8_t* w = g.panels + panel * panel_bytes;
  const ptrdiff_t next = (ptrdiff_t)((ahead - panel) * panel_bytes);

  IntVec acc[R][V];
  unroll<V>(TRANSEPT_STEP(v) {
    const IntVec start = ivec_start(g.offset + (panel + (size_t)v) * kPanel);
    unroll<R>(TRANSEPT_STEP(r) { acc[r][v] = start; });
  });
  for (size_t k = 0; k < groups; ++k, w += kDepthGroup * kPanel, x += kDepthGroup) {
    __builtin_prefetch(w + next);
    Weights4 column[V];
    unroll<V>(TRANSEPT_STEP(v) { column[v] = weights4_load(w + (size_t)v * panel_bytes); });
    unroll<R>(TRANSEPT_STEP(r) {
      const Bytes4 four = bytes4_load(x + (size_t)r * g.ldx);
      unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = ivec_dot4(acc[r][v], four, column[v]); });
    });
  }

  finish_tile<R, V>(
      g.out, row, panel, [&](auto r, auto v, Vec bias) __attribute__((always_inline)) {
        const Vec scale = vec_load(g.w_scale + (panel + (size_t)v) * kPanel);
        const Vec factor = vec_mul(scale, vec_set(g.x_scale[row + (size_t)r]));
        return vec_fma(vec_from_int(acc[r][v]), factor, bias);
      });
}

// A few rows, all there are, use each weight once, so what counts is how the weights come. One
// panel after the other is one stream through the whole matrix, which the processor's own
// prefetching follows best: one row reads 31 GB/s of memory and 75 GB/s of L3 where four panels
// side by side get 23 and 50. The chains that a tile of one panel lacks come from taking
// kGemmPanels groups of depth at a time, each with a sum of its own; the sums are exact.
template <int R>
TRANSEPT_INLINE void gemm_i8_panel(const GemmI8& g, size_t panel) {
  constexpr int S = kGemmPanels;
  const size_t groups = (g.depth + kDepthGroup - 1) / kDepthGroup;
  const uint8_t* x = g.x;
  const int8_t* w = g.panels + panel * groups * kDepthGroup * kPanel;

  IntVec acc[R][S];
  const IntVec start = ivec_start(g.offset + panel * kPanel);
  unroll<R>(TRANSEPT_STEP(r) {
    unroll<S>(TRANSEPT_STEP(i) { acc[r][i] = i == 0 ? start : ivec_zero(); });
  });
  const auto add = [&](auto i) __attribute__((always_inline)) {
    const Weights4 column = weights4_load(w + (size_t)i * kDepthGroup * kPanel);
    unroll<R>(TRANSEPT_STEP(r) {
      acc[r][i] = ivec_dot4(acc[r][i], bytes4_load(x + (size_t)r * g.ldx + (size_t)i * kDepthGroup),
                            column);
    });
  };
  size_t k = 0;
  for (; k + S <= groups; k += S, w += S * kDepthGroup * kPanel, x += S * kDepthGroup) {
    unroll<S>(add);
  }
  for (; k < groups; ++k, w += kDepthGroup * kPanel, x += kDepthGroup) unroll<1>(add);

  finish_tile<R, 1>(
      g.out, 0, panel, [&](auto r, auto, Vec bias) __attribute__((always_inline)) {
        IntVec sum = acc[r][0];
        for (int i = 1; i < S; ++i) sum = ivec_add(sum, acc[r][i]);
        const Vec factor = vec_mul(vec_load(g.w_scale + panel * kPanel), vec_set(g.x_scale[r]));
        return vec_fma(vec_from_int(sum), factor, bias);
      });
}

struct TileI8 {
  template <int R, int V>
  static void run(const GemmI8& g, size_t row, size_t panel, size_t ahead) {
    gemm_i8_tile<R, V>(g, row, panel, ahead);
  }
};

struct PanelI8 {
  template <int R, int V>
  static void run(const GemmI8& g, size_t /*row*/, size_t panel, size_t /*ahead*/) {
    gemm_i8_panel<R>(g, panel);
  }
};

void gemm_i8(const GemmI8& g) {
  if (g.out.rows > (size_t)kGemmRows) return for_each_tile<TileI8>(g);
  const size_t panels = (g.out.cols + kPanel - 1) / kPanel;
  for (size_t panel = 0; panel < panels; ++panel) tile_rows<PanelI8, 1>(g, 0, g.out.rows, panel, 0);
}

void quantize_rows(const float* x, size_t ldx, size_t rows, size_t depth, uint8_t* q, size_t ldq,
                   float* scale) {
  const size_t padded = (depth + kDepthGroup - 1) / kDepthGroup * kDepthGroup;
  // 1.5 * 2^23 + 128: the sum rounds to an integer whose low byte is q + 128.
  const Vec magic = vec_set(12582912.0f + 128.0f);
  for (size_t r = 0; r < rows; ++r, x += ldx, q += ldq) {
    Vec m = vec_set(0.0f);
    for_each_vector(
        depth, [&](size_t c) { m = vec_max(m, vec_abs(vec_load(x + c))); },
        [&](size_t c, size_t n) { m = vec_max(m, vec_abs(vec_load_n(x + c, n))); });
    const float max = vec_max_lane(m);
    scale[r] = max / 127.0f;
    const Vec factor = vec_set(max > 0.0f ? 127.0f / max : 0.0f);
    for_each_vector(
        depth,
        [&](size_t c) { vec_store_low_bytes(q + c, vec_fma(vec_load(x + c), factor, magic)); },
        [&](size_t c, size_t n) {
          uint8_t last[16];
          vec_store_low_bytes(last, vec_fma(vec_load_n(x + c, n), factor, magic));
          for (size_t i = 0; i < padded - c; ++i) q[c + i] = i < n ? last[i] : 128;
        });
  }
}

}  // namespace
