// How a product is cut into register tiles, whatever its numbers are.
//
// The tile is kGemmRows x kGemmPanels accumulators, set by the including file from its registers: with
// 32 registers of 16 lanes, 6 x 4 accumulators, 4 panel vectors and one broadcast fit, and each step of depth does
// 24 multiply-adds for 10 loads: two multiply-adds a cycle need less than one load a cycle, and 24 chains
// hide a latency of 4 cycles three times over. With 16 registers of 8 lanes (a Vec is two), 6 x 1. Fewer
// rows use the same panels and the same order of depth, so a row's bits do not depend on its company.

namespace {

using transept::kPanel;

template <class Tile, int V, class Problem>
void tile_rows(const Problem& g, size_t row, size_t count, size_t panel) {
  switch (count) {
    case 1: return Tile::template run<1, V>(g, row, panel);
    case 2: return Tile::template run<2, V>(g, row, panel);
    case 3: return Tile::template run<3, V>(g, row, panel);
    case 4: return Tile::template run<4, V>(g, row, panel);
    case 5: return Tile::template run<5, V>(g, row, panel);
    default: return Tile::template run<6, V>(g, row, panel);
  }
}

// Rows are shared out evenly (7 = 4 + 3, not 6 + 1): a tile of one row is bound by its loads.
template <class Tile, int V, class Problem>
void tile_panels(const Problem& g, size_t panel) {
  const size_t tiles = (g.rows + kGemmRows - 1) / kGemmRows;
  for (size_t t = 0, row = 0; t < tiles; ++t) {
    const size_t count = (g.rows - row + (tiles - t) - 1) / (tiles - t);
    tile_rows<Tile, V>(g, row, count, panel);
    row += count;
  }
}

// Panels outside, rows inside: a group of panels is read from memory once and stays in the nearest cache for
// all rows.
template <class Tile, class Problem>
TRANSEPT_INLINE void for_each_tile(const Problem& g) {
  const size_t panels = (g.cols + kPanel - 1) / kPanel;
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

// y[0, width) = t (+ residual), at most one panel of it.
TRANSEPT_INLINE void store_output(Vec t, size_t width, const float* residual, float* y) {
  if (width >= kPanel) {
    if (residual != nullptr) t = vec_add(t, vec_load(residual));
    vec_store(y, t);
  } else {
    if (residual != nullptr) t = vec_add(t, vec_load_n(residual, width));
    vec_store_n(y, t, width);
  }
}

}  // namespace
