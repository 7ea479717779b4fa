// Scaled dot-product attention of some rows over positions whose keys and values lie anywhere.
//
// Heads are interleaved (HeadShape in ops/attention.h): lane i of every vector belongs to head i % lanes, so that
// all heads are scored, normalised and mixed at once with neither a broadcast nor a sum across lanes but the last
// fold. Both products are cut into register tiles of kAttentionTile x kAttentionTile vectors: with 4, each step
// does 16 multiply-adds for 8 loads and keeps 16 chains going. A row's bits depend on its own positions only.

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
  size_t lane;      // first head of these lanes
  size_t stride;    // floats from one vector of these lanes to the next
  size_t row;       // first row
  float* scores;    // [rows of the block][steps][16]
};

template <int R, int T>
TRANSEPT_INLINE void score_tile(const AttentionBlock& block, size_t step) {
  const Attention& a = block.a;
  const float* q = a.q + block.row * a.ldq;
  const float* keys[T];
  unroll<T>(TRANSEPT_STEP(t) { keys[t] = a.cells[step + (size_t)t] + a.key_offset; });
  Vec acc[R][T];
  unroll<R>(TRANSEPT_STEP(r) { unroll<T>(TRANSEPT_STEP(t) { acc[r][t] = vec_set(0.0f); }); });
  for (size_t c = block.lane; c < a.width; c += block.stride) {
    Vec key[T];
    unroll<T>(TRANSEPT_STEP(t) { key[t] = vec_load(keys[t] + c); });
    unroll<R>(TRANSEPT_STEP(r) {
      const Vec query = vec_load(q + (size_t)r * a.ldq + c);
      unroll<T>(TRANSEPT_STEP(t) { acc[r][t] = vec_fma(query, key[t], acc[r][t]); });
    });
  }
  const Vec scale = vec_set(a.scale);
  unroll<R>(TRANSEPT_STEP(r) {
    unroll<T>(TRANSEPT_STEP(t) {
      float* score = block.scores + ((size_t)r * a.steps + step + (size_t)t) * 16;
      vec_store(score, vec_mul(fold_heads(acc[r][t], a.lanes), scale));
    });
  });
}

template <int R, int C>
TRANSEPT_INLINE void mix_tile(const AttentionBlock& block, size_t column, const Vec* factor) {
  const Attention& a = block.a;
  Vec acc[R][C];
  unroll<R>(TRANSEPT_STEP(r) { unroll<C>(TRANSEPT_STEP(c) { acc[r][c] = vec_set(0.0f); }); });
  for (size_t t = 0; t < a.steps; ++t) {
    const float* values = a.cells[t] + a.value_offset + column;
    Vec value[C];
    unroll<C>(TRANSEPT_STEP(c) { value[c] = vec_load(values + (size_t)c * block.stride); });
    unroll<R>(TRANSEPT_STEP(r) {
      const Vec weight = vec_load(block.scores + ((size_t)r * a.steps + t) * 16);
      unroll<C>(TRANSEPT_STEP(c) { acc[r][c] = vec_fma(weight, value[c], acc[r][c]); });
    });
  }
  unroll<R>(TRANSEPT_STEP(r) {
    float* out = a.out + (block.row + (size_t)r) * a.ldo + column;
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

template <int R>
void attend_rows(const AttentionBlock& block) {
  const Attention& a = block.a;
  size_t step = 0;
  for (; step + kAttentionTile <= a.steps; step += kAttentionTile) score_tile<R, kAttentionTile>(block, step);
  for (; step < a.steps; ++step) score_tile<R, 1>(block, step);

  Vec factor[R];
  for (int r = 0; r < R; ++r) {
    float* scores = block.scores + (size_t)r * a.steps * 16;
    factor[r] = exponentiate(scores, a.steps);
    if (a.probabilities != nullptr) give_probabilities(block, block.row + (size_t)r, scores, factor[r]);
  }

  size_t column = block.lane;
  for (; column + (kAttentionTile - 1) * block.stride < a.width; column += kAttentionTile * block.stride) {
    mix_tile<R, kAttentionTile>(block, column, factor);
  }
  for (; column < a.width; column += block.stride) mix_tile<R, 1>(block, column, factor);
}

void attend(const Attention& a) {
  for (size_t row = 0; row < a.rows; row += kAttentionTile) {
    for (size_t lane = 0; lane < a.lanes; lane += 16) {
      const AttentionBlock block{a, lane, a.lanes < 16 ? 16 : a.lanes, row, a.scores};
      switch (a.rows - row) {
        case 1: attend_rows<1>(block); break;
        case 2: attend_rows<kAttentionTile < 2 ? kAttentionTile : 2>(block); break;
        case 3: attend_rows<kAttentionTile < 3 ? kAttentionTile : 3>(block); break;
        default: attend_rows<kAttentionTile>(block); break;
      }
    }
  }
}

}  // namespace
