// Scaled dot-product attention of some rows over positions whose keys and values lie anywhere.
//
// Heads are interleaved (HeadShape in ops/attention.h): lane i of every vector belongs to head i %
// lanes, so that all heads are scored, normalised and mixed at once with neither a broadcast nor a
// sum across lanes but the last fold. Both products are cut into register tiles of kAttentionTile x
// kAttentionTile vectors: with 4, each step does 16 multiply-adds for 8 loads and keeps 16 chains
// going. Vectors are taken in pairs, as bfloat16 has them. A row's bits depend on its own positions
// only.

namespace {

using transept::Attention;

// Sums the lanes that belong to the same head; every one of them gets the sum.
TRANSEPT_INLINE Vec fold_heads(Vec a, size_t lanes) {
  if (lanes <= 8) a = vec_add_across<8>(a);
  if (lanes <= 4) a = vec_add_across<4>(a);
  if (lanes <= 2) a = vec_add_across<2>(a);
  if (lanes <= 1) a = vec_add_across<1>(a);
  return a;
}

// What the tiles of one block of rows and 16 lanes of heads have in common.
struct AttentionBlock {
  const Attention& a;
  size_t lane;     // first head of these lanes
  size_t stride;   // floats from one vector of these lanes to the next
  size_t vectors;  // of these lanes
  size_t row;      // first row
  float* scores;   // [rows of the block][steps][16]
};

// load<P>: the vector P (0 or 1) of the pair whose first one begins `at` floats behind the first of
// all; fetch<P> brings the cache line near that it lies in.
struct FloatCell {
  using Number = float;
  template <int P>
  TRANSEPT_INLINE Vec load(const float* first, size_t at, size_t stride) {
    return vec_load(first + at + P * stride);
  }
  template <int P>
  TRANSEPT_INLINE void fetch(const float* first, size_t at, size_t stride) {
    __builtin_prefetch(first + at + P * stride);
  }
};

struct Bf16Cell {
  using Number = uint32_t;
  template <int P>
  TRANSEPT_INLINE Vec load(const uint32_t* first, size_t at, size_t /*stride*/) {
    return vec_load_bf16<P>(first + at / 2);
  }
  template <int P>
  TRANSEPT_INLINE void fetch(const uint32_t* first, size_t at, size_t /*stride*/) {
    if constexpr (P == 0) __builtin_prefetch(first + at / 2);
  }
};

// The first vector of the block's lanes in the key or value of one position.
template <class Cell>
TRANSEPT_INLINE const typename Cell::Number* in_cell(const AttentionBlock& block, size_t step,
                                                     size_t offset) {
  const auto* cell = static_cast<const unsigned char*>(block.a.cells[step]) + offset;
  return reinterpret_cast<const typename Cell::Number*>(cell) + block.lane;
}

template <class Cell, int R, int T>
TRANSEPT_INLINE void score_tile(const AttentionBlock& block, size_t step) {
  const Attention& a = block.a;
  const float* q = a.q + block.row * a.ldq + block.lane;
  const typename Cell::Number* keys[T];
  // A row alone waits for memory: its values, and the keys after the next ones, are fetched
  // meanwhile.
  const typename Cell::Number* values[T];
  const typename Cell::Number* later[T];
  unroll<T>(TRANSEPT_STEP(t) {
    const size_t now = step + (size_t)t;
    keys[t] = in_cell<Cell>(block, now, a.key_offset);
    values[t] = in_cell<Cell>(block, now, a.value_offset);
    later[t] = in_cell<Cell>(block, now + 2 * T < a.steps ? now + 2 * T : now, a.key_offset);
  });
  Vec acc[R][T];
  unroll<R>(TRANSEPT_STEP(r) { unroll<T>(TRANSEPT_STEP(t) { acc[r][t] = vec_set(0.0f); }); });
  const auto add = [&](auto p, size_t at) __attribute__((always_inline)) {
    Vec key[T];
    unroll<T>(TRANSEPT_STEP(t) {
      if constexpr (R == 1) {
        Cell::template fetch<p>(values[t], at, block.stride);
        Cell::template fetch<p>(later[t], at, block.stride);
      }
      key[t] = Cell::template load<p>(keys[t], at, block.stride);
    });
    unroll<R>(TRANSEPT_STEP(r) {
      const Vec query = vec_load(q + (size_t)r * a.ldq + at + (size_t)p * block.stride);
      unroll<T>(TRANSEPT_STEP(t) { acc[r][t] = vec_fma(query, key[t], acc[r][t]); });
    });
  };
  const size_t pairs = block.vectors / 2 * 2 * block.stride;
  for (size_t at = 0; at < pairs; at += 2 * block.stride) {
    unroll<2>(TRANSEPT_STEP(p) { add(p, at); });
  }
  if (block.vectors % 2 != 0) unroll<1>(TRANSEPT_STEP(p) { add(p, pairs); });

  const Vec scale = vec_set(a.scale);
  unroll<R>(TRANSEPT_STEP(r) {
    unroll<T>(TRANSEPT_STEP(t) {
      float* score = block.scores + ((size_t)r * a.steps + step + (size_t)t) * 16;
      vec_store(score, vec_mul(fold_heads(acc[r][t], a.lanes), scale));
    });
  });
}

// Vectors [first, first + C) of the results; first is even.
template <class Cell, int R, int C>
TRANSEPT_INLINE void mix_tile(const AttentionBlock& block, size_t first, const Vec* factor) {
  const Attention& a = block.a;
  const size_t at = first * block.stride;
  Vec acc[R][C];
  unroll<R>(TRANSEPT_STEP(r) { unroll<C>(TRANSEPT_STEP(c) { acc[r][c] = vec_set(0.0f); }); });
  for (size_t t = 0; t < a.steps; ++t) {
    const auto* values = in_cell<Cell>(block, t, a.value_offset);
    Vec value[C];
    unroll<C>(TRANSEPT_STEP(c) {
      value[c] =
          Cell::template load<c % 2>(values, at + (size_t)(c / 2 * 2) * block.stride, block.stride);
    });
    unroll<R>(TRANSEPT_STEP(r) {
      const Vec weight = vec_load(block.scores + ((size_t)r * a.steps + t) * 16);
      unroll<C>(TRANSEPT_STEP(c) { acc[r][c] = vec_fma(weight, value[c], acc[r][c]); });
    });
  }
  unroll<R>(TRANSEPT_STEP(r) {
    float* out = a.out + (block.row + (size_t)r) * a.ldo + block.lane + at;
    unroll<C>(TRANSEPT_STEP(c) {
      vec_store(out + (size_t)c * block.stride, vec_mul(acc[r][c], factor[r]));
    });
  });
}

// scores[t] = exp(scores[t] - max); returns 1 / sum, lane by lane, t in order.
TRANSEPT_INLINE Vec exponentiate(float* scores, size_t steps) {
  Vec max = vec_load(scores);
  for (size_t t = 1; t < steps; ++t) max = vec_max(vec_load(scores + t * 16), max);
  Vec sum = vec_set(0.0f);
  for (size_t t = 0; t < steps; ++t) {
    const Vec e = vec_exp_of_nonpositive(vec_sub(vec_load(scores + t * 16), max));
    vec_store(scores + t * 16, e);
    sum = vec_add(sum, e);
  }
  return vec_div(vec_set(1.0f), sum);
}

// probabilities [heads, rows, steps] of one row.
void give_probabilities(const AttentionBlock& block, size_t row, const float* scores, Vec factor) {
  const Attention& a = block.a;
  for (size_t t = 0; t < a.steps; ++t) {
    float p[16];
    vec_store(p, vec_mul(vec_load(scores + t * 16), factor));
    for (size_t i = 0; i < 16 && i < a.lanes && block.lane + i < a.heads; ++i) {
      a.probabilities[((block.lane + i) * a.rows + row) * a.steps + t] = p[i];
    }
  }
}

template <class Cell, int R>
void attend_rows(const AttentionBlock& block) {
  const Attention& a = block.a;
  size_t step = 0;
  for (; step + kAttentionTile <= a.steps; step += kAttentionTile) {
    score_tile<Cell, R, kAttentionTile>(block, step);
  }
  for (; step < a.steps; ++step) score_tile<Cell, R, 1>(block, step);

  Vec factor[R];
  for (int r = 0; r < R; ++r) {
    float* scores = block.scores + (size_t)r * a.steps * 16;
    factor[r] = exponentiate(scores, a.steps);
    if (a.probabilities != nullptr) {
      give_probabilities(block, block.row + (size_t)r, scores, factor[r]);
    }
  }

  size_t vector = 0;
  if constexpr (kAttentionTile > 2) {
    for (; vector + kAttentionTile <= block.vectors; vector += kAttentionTile) {
      mix_tile<Cell, R, kAttentionTile>(block, vector, factor);
    }
  }
  for (; vector + 2 <= block.vectors; vector += 2) mix_tile<Cell, R, 2>(block, vector, factor);
  if (vector < block.vectors) mix_tile<Cell, R, 1>(block, vector, factor);
}

// From one vector of some heads to the next.
TRANSEPT_INLINE size_t vector_stride(size_t lanes) { return lanes < 16 ? 16 : lanes; }

template <class Cell>
void attend_over(const Attention& a) {
  constexpr size_t kTwo = kAttentionTile > 2 ? 2 : kAttentionTile;
  constexpr size_t kThree = kAttentionTile > 3 ? 3 : kAttentionTile;
  const size_t stride = vector_stride(a.lanes);
  for (size_t row = 0; row < a.rows; row += kAttentionTile) {
    for (size_t lane = 0; lane < a.lanes; lane += 16) {
      const AttentionBlock block{a, lane, stride, a.width / stride, row, a.scores};
      switch (a.rows - row) {
        case 1: attend_rows<Cell, 1>(block); break;
        case 2: attend_rows<Cell, kTwo>(block); break;
        case 3: attend_rows<Cell, kThree>(block); break;
        default: attend_rows<Cell, kAttentionTile>(block); break;
      }
    }
  }
}

void attend(const Attention& a) {
  if (a.numbers == transept::CellNumbers::bfloat16) {
    attend_over<Bf16Cell>(a);
  } else {
    attend_over<FloatCell>(a);
  }
}

void pair_bf16(const float* x, size_t width, size_t lanes, uint32_t* words) {
  const size_t stride = vector_stride(lanes);
  for (size_t at = 0; at < width; at += 2 * stride, words += stride) {
    for (size_t lane = 0; lane < stride; lane += 16) {
      const bool odd = at + stride >= width;
      const Vec second = odd ? vec_set(0.0f) : vec_load(x + at + stride + lane);
      vec_store_bf16_pair(words + lane, vec_load(x + at + lane), second);
    }
  }
}

}  // namespace
