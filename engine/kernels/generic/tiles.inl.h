// How a product is cut into register tiles, whatever its numbers are.
//
// The tile is kGemmRows x kGemmPanels accumulators, set by the including file from its registers:
// with 32 registers of 16 lanes, 6 x 4 accumulators, 4 panel vectors and one broadcast fit, and
// each step of depth does 24 multiply-adds for 10 loads: two multiply-adds a cycle need less than
// one load a cycle, and 24 chains hide a latency of 4 cycles three times over. With 16 registers of
// 8 lanes (a Vec is two), 6 x 1. Fewer rows use the same panels and the same order of depth, so a
// row's bits do not depend on its company.

namespace {

using transept::GemmOutput;
using transept::kPanel;

// ahead: a panel of the next group, a quarter of which (with 4 panels) is fetched while this tile
// is computed: the first tiles bring the whole group near before its turn comes. Fetching what lies
// behind the last group does no harm.
template <class Tile, int V, class Problem>
void tile_rows(const Problem& g, size_t row, size_t count, size_t panel, size_t ahead) {
  switch (count) {
    case 1: return Tile::template run<1, V>(g, row, panel, ahead);
    case 2: return Tile::template run<2, V>(g, row, panel, ahead);
    case 3: return Tile::template run<3, V>(g, row, panel, ahead);
    case 4: return Tile::template run<4, V>(g, row, panel, ahead);
    case 5: return Tile::template run<5, V>(g, row, panel, ahead);
    default: return Tile::template run<6, V>(g, row, panel, ahead);
  }
}

// Rows are shared out evenly (7 = 4 + 3, not 6 + 1): a tile of one row is bound by its loads.
template <class Tile, int V, class Problem>
void tile_panels(const Problem& g, size_t panel) {
  const size_t tiles = (g.out.rows + kGemmRows - 1) / kGemmRows;
  for (size_t t = 0, row = 0; t < tiles; ++t) {
    const size_t count = (g.out.rows - row + (tiles - t) - 1) / (tiles - t);
    tile_rows<Tile, V>(g, row, count, panel, panel + V + t % V);
    row += count;
  }
}

// Panels outside, rows inside: a group of panels is read from memory once and stays in the nearest
// cache for all rows.
template <class Tile, class Problem>
TRANSEPT_INLINE void for_each_tile(const Problem& g) {
  const size_t panels = (g.out.cols + kPanel - 1) / kPanel;
  size_t panel = 0;
  for (; panel + kGemmPanels <= panels; panel += kGemmPanels) {
    tile_panels<Tile, kGemmPanels>(g, panel);
  }
  if constexpr (kGemmPanels > 1) {
    switch (panels - panel) {
      case 1: return tile_panels<Tile, 1>(g, panel);
      case 2: return tile_panels<Tile, 2>(g, panel);
      case 3: return tile_panels<Tile, 3>(g, panel);
      default: return;
    }
  }
}

// A block of results on its way out: y[r, c] = activation(t[r, c]) + residual[r, c].
struct Finish {
  const float* t;  // [rows, cols], row stride ldt
  size_t ldt;
  const float* residual;  // row stride ldr, or null
  size_t ldr;
  float* y;  // row stride ldy; may be t or residual
  size_t ldy;
  size_t rows, cols;
};

template <class Activate>
TRANSEPT_INLINE void finish_with(const Finish& f, Activate activate) {
  for (size_t r = 0; r < f.rows; ++r) {
    const float* t = f.t + r * f.ldt;
    const float* residual = f.residual != nullptr ? f.residual + r * f.ldr : nullptr;
    float* y = f.y + r * f.ldy;
    for_each_vector(
        f.cols,
        [&](size_t c) __attribute__((always_inline)) {
          Vec a = activate(vec_load(t + c));
          if (residual != nullptr) a = vec_add(a, vec_load(residual + c));
          vec_store(y + c, a);
        },
        [&](size_t c, size_t n) __attribute__((always_inline)) {
          Vec a = activate(vec_load_n(t + c, n));
          if (residual != nullptr) a = vec_add(a, vec_load_n(residual + c, n));
          vec_store_n(y + c, a, n);
        });
  }
}

__attribute__((noinline)) void finish(transept::Epilogue kind, const Finish& f) {
  using transept::Epilogue;
  switch (kind) {
    case Epilogue::none: return finish_with(f, [](Vec x) { return x; });
    case Epilogue::relu: return finish_with(f, [](Vec x) { return vec_max(x, vec_set(0.0f)); });
    case Epilogue::gelu: return finish_with(f, vec_gelu);
    case Epilogue::gelu_new: return finish_with(f, vec_gelu_new);
    case Epilogue::swish: return finish_with(f, [](Vec x) { return vec_mul(x, vec_sigmoid(x)); });
    case Epilogue::quick_gelu:
      return finish_with(
          f, [](Vec x) { return vec_mul(x, vec_sigmoid(vec_mul(x, vec_set(1.702f)))); });
  }
}

// Rows [row, row + R) and columns from `panel` of the output. linear(r, v, bias) gives a vector of
// row r and panel v before activation.
template <int R, int V, class Linear>
TRANSEPT_INLINE void finish_tile(const GemmOutput& out, size_t row, size_t panel, Linear linear) {
  const size_t c = panel * kPanel;
  const size_t width = out.cols - c;
  const float* residual = out.residual != nullptr ? out.residual + row * out.ldr + c : nullptr;
  float* y = out.y + row * out.ldy + c;
  const auto for_each = [&](auto store) __attribute__((always_inline)) {
    unroll<V>(TRANSEPT_STEP(v) {
      const Vec bias =
          out.bias != nullptr ? vec_load(out.bias + c + (size_t)v * kPanel) : vec_set(0.0f);
      unroll<R>(TRANSEPT_STEP(r) { store(r, v, linear(r, v, bias)); });
    });
  };
  // The common cases go straight from registers to memory.
  if (out.epilogue == transept::Epilogue::none && width >= V * kPanel) {
    if (residual == nullptr) {
      for_each([&](auto r, auto v, Vec t) __attribute__((always_inline)) {
        vec_store(y + (size_t)r * out.ldy + (size_t)v * kPanel, t);
      });
    } else {
      for_each([&](auto r, auto v, Vec t) __attribute__((always_inline)) {
        const Vec other = vec_load(residual + (size_t)r * out.ldr + (size_t)v * kPanel);
        vec_store(y + (size_t)r * out.ldy + (size_t)v * kPanel, vec_add(t, other));
      });
    }
    return;
  }
  float result[R][V * (int)kPanel];
  for_each([&](auto r, auto v, Vec t)
               __attribute__((always_inline)) { vec_store(result[r] + v * (int)kPanel, t); });
  finish(out.epilogue, {.t = result[0],
                        .ldt = V * kPanel,
                        .residual = residual,
                        .ldr = out.ldr,
                        .y = y,
                        .ldy = out.ldy,
                        .rows = R,
                        .cols = width < V * kPanel ? width : V * kPanel});
}

}  // namespace
