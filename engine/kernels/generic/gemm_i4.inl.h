// 4-bit products over panels of 16 columns and blocks of 16 or 32 in depth.
//
// Weights are unsigned and activations signed: then a product of a group of 4 needs no correction,
// and the zero points, times the row's own sum, are where the sum of a block starts. Each element
// needs an integer and a float accumulator, so the tile is half as wide as that of the other
// products: 6 x 2 of each and the unpacked weights of two panels fill 32 registers; with 16, 3 x 1
// of each do. Unpacking takes three instructions for two groups of a panel; six rows share them.
// One row waits for memory instead: four panels at once keep more of it on the way (1.1 times as
// fast).

namespace {

using transept::GemmI4;

constexpr int kI4Panels = kGemmPanels > 1 ? 2 : 1;
constexpr int kI4Rows = kGemmPanels > 1 ? kGemmRows : 3;

template <int R, int V>
TRANSEPT_INLINE void gemm_i4_tile(const GemmI4& g, size_t row, size_t panel) {
  const size_t blocks = (g.depth + g.block - 1) / g.block;
  const size_t panel_bytes = blocks * g.block * kPanel / 2;
  const int8_t* x = g.x + row * g.ldx;
  const int32_t* minus_sum = g.minus_sum + row * blocks;
  const uint8_t* w = g.panels + panel * panel_bytes;
  const float* scale = g.w_scale + panel * blocks * kPanel;
  const uint8_t* zero = g.zero != nullptr ? g.zero + panel * blocks * kPanel : nullptr;

  Vec acc[R][V];
  unroll<R>(TRANSEPT_STEP(r) { unroll<V>(TRANSEPT_STEP(v) { acc[r][v] = vec_set(0.0f); }); });
  for (size_t b = 0; b < blocks; ++b, ++minus_sum) {
    const auto zeros = [&](auto v) __attribute__((always_inline)) {
      return zero != nullptr ? zeros_load(zero + ((size_t)v * blocks + b) * kPanel)
                             : zeros_all_eight();
    };
    BlockSum sum[R][V];
    unroll<V>(TRANSEPT_STEP(v) {
      const IntVec start = zeros(v);
      unroll<R>(
          TRANSEPT_STEP(r) { sum[r][v] = block_start(start, minus_sum + (size_t)r * blocks); });
    });
    for (size_t k = 0; k < g.block; k += 8, w += 4 * kPanel, x += 8) {
      Nibbles4 low[V], high[V];
      unroll<V>(TRANSEPT_STEP(v) {
        const Nibbles both = nibbles_load(w + (size_t)v * panel_bytes);
        low[v] = nibbles_low(both);
        high[v] = nibbles_high(both);
      });
      unroll<R>(TRANSEPT_STEP(r) {
        const Signed4 value = signed4_load(x + (size_t)r * g.ldx);
        unroll<V>(TRANSEPT_STEP(v) { sum[r][v] = block_dot4(sum[r][v], low[v], value); });
      });
      unroll<R>(TRANSEPT_STEP(r) {
        const Signed4 value = signed4_load(x + (size_t)r * g.ldx + 4);
        unroll<V>(TRANSEPT_STEP(v) { sum[r][v] = block_dot4(sum[r][v], high[v], value); });
      });
    }
    unroll<V>(TRANSEPT_STEP(v) {
      const IntVec start = zeros(v);
      const Vec factor = vec_load(scale + ((size_t)v * blocks + b) * kPanel);
      unroll<R>(TRANSEPT_STEP(r) {
        const IntVec whole = block_sum(start, minus_sum + (size_t)r * blocks, sum[r][v]);
        acc[r][v] = vec_fma(vec_from_int(whole), factor, acc[r][v]);
      });
    });
  }

  finish_tile<R, V>(
      g.out, row, panel, [&](auto r, auto v, Vec bias) __attribute__((always_inline)) {
        return vec_fma(acc[r][v], vec_set(g.x_scale[row + (size_t)r]), bias);
      });
}

template <int V>
void gemm_i4_panels(const GemmI4& g, size_t panel) {
  const size_t tiles = (g.out.rows + kI4Rows - 1) / kI4Rows;
  for (size_t t = 0, row = 0; t < tiles; ++t) {
    // shared out evenly, see tiles.inl.h
    const size_t count = (g.out.rows - row + (tiles - t) - 1) / (tiles - t);
    switch (count) {
      case 1: gemm_i4_tile<1, V>(g, row, panel); break;
      case 2: gemm_i4_tile<2, V>(g, row, panel); break;
      case 3: gemm_i4_tile<3, V>(g, row, panel); break;
      default:
        if constexpr (kI4Rows > 3) {
          switch (count) {
            case 4: gemm_i4_tile<4, V>(g, row, panel); break;
            case 5: gemm_i4_tile<5, V>(g, row, panel); break;
            default: gemm_i4_tile<6, V>(g, row, panel); break;
          }
        }
    }
    row += count;
  }
}

void gemm_i4(const GemmI4& g) {
  const size_t panels = (g.out.cols + kPanel - 1) / kPanel;
  size_t panel = 0;
  if constexpr (kGemmPanels > kI4Panels) {
    for (; g.out.rows == 1 && panel + kGemmPanels <= panels; panel += kGemmPanels) {
      gemm_i4_tile<1, kGemmPanels>(g, 0, panel);
    }
  }
  for (; panel + kI4Panels <= panels; panel += kI4Panels) gemm_i4_panels<kI4Panels>(g, panel);
  if (panel < panels) gemm_i4_panels<1>(g, panel);
}

void quantize_rows_i4(const float* x, size_t ldx, size_t rows, size_t depth, size_t block,
                      int8_t* q, int32_t* minus_sum, float* scale) {
  const size_t blocks = (depth + block - 1) / block;
  // 1.5 * 2^23: the sum rounds to an integer whose low byte is q
  const Vec magic = vec_set(12582912.0f);
  for (size_t r = 0; r < rows; ++r, x += ldx, q += blocks * block, minus_sum += blocks) {
    Vec m = vec_set(0.0f);
    for_each_vector(
        depth, [&](size_t c) { m = vec_max(m, vec_abs(vec_load(x + c))); },
        [&](size_t c, size_t n) { m = vec_max(m, vec_abs(vec_load_n(x + c, n))); });
    const float max = vec_max_lane(m);
    scale[r] = max / 127.0f;
    const Vec factor = vec_set(max > 0.0f ? 127.0f / max : 0.0f);
    // Whole vectors of the padded row: the lanes beyond the depth are 0.
    for (size_t c = 0; c < blocks * block; c += 16) {
      const Vec part = c + 16 <= depth ? vec_load(x + c)
                       : c < depth     ? vec_load_n(x + c, depth - c)
                                       : vec_set(0.0f);
      vec_store_low_bytes((uint8_t*)q + c, vec_fma(part, factor, magic));
    }
    for (size_t b = 0; b < blocks; ++b) {
      int32_t sum = 0;
      for (size_t k = 0; k < block; ++k) sum += q[b * block + k];
      minus_sum[b] = -sum;
    }
  }
}

}  // namespace
