// bfloat16 products over panels of 16 columns and words of two numbers in depth; the tile and the
// order of loops are those of gemm_f32.inl.h. Where the processor has VDPBF16PS a word takes one
// instruction. It rounds as two fused multiply-adds, the high half first: so do the two steps that
// other processors take, on floats that share a word.

namespace {

using transept::GemmBf16;

template <int R, int V>
TRANSEPT_INLINE void gemm_bf16_tile(const GemmBf16& g, size_t row, size_t panel, size_t ahead) {
  const size_t pairs = (g.depth + 1) / 2;
  const size_t panel_words = pairs * kPanel;
  const uint32_t* x = g.x + row * g.ldx;
  const uint32_t* w = g.panels + panel * panel_words;
  const ptrdiff_t next = (ptrdiff_t)((ahead - panel) * panel_words);

  Vec acc[R][V];
  unroll<R>(TRANSEPT_STEP(r) { unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = vec_set(0.0f); }); });
  for (size_t k = 0; k < pairs; ++k, w += kPanel, ++x) {
    __builtin_prefetch(w + next);
    unroll<kBf16Steps>(TRANSEPT_STEP(step) {
      Bf16 column[V];
      unroll<V>(TRANSEPT_STEP(v) { column[v] = bf16_load<step>(w + (size_t)v * panel_words); });
      unroll<R>(TRANSEPT_STEP(r) {
        const Bf16 value = bf16_set<step>(x + (size_t)r * g.ldx);
        unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = bf16_fma(value, column[v], acc[r][v]); });
      });
    });
  }

  finish_tile<R, V>(
      g.out, row, panel, [&](auto r, auto v, Vec bias) __attribute__((always_inline)) {
        return vec_add(acc[r][v], bias);
      });
}

struct TileBf16 {
  template <int R, int V>
  static void run(const GemmBf16& g, size_t row, size_t panel, size_t ahead) {
    gemm_bf16_tile<R, V>(g, row, panel, ahead);
  }
};

void gemm_bf16(const GemmBf16& g) { for_each_tile<TileBf16>(g); }

void round_rows_bf16(const float* x, size_t ldx, size_t rows, size_t depth, uint32_t* words,
                     size_t ldw) {
  for (size_t r = 0; r < rows; ++r, x += ldx, words += ldw) {
    for_each_vector(
        depth, [&](size_t c) { vec_store_bf16(words + c / 2, vec_load(x + c)); },
        [&](size_t c, size_t n) {
          uint32_t last[8];
          vec_store_bf16(last, vec_load_n(x + c, n));
          for (size_t i = 0; i < (n + 1) / 2; ++i) words[c / 2 + i] = last[i];
        });
  }
}

}  // namespace
