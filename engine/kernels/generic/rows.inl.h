// Kernels over whole rows: norms, products, log-sum-exp, the best columns.
//
// A row of n numbers goes to 16 lanes, element c to lane c % 16 in ascending c, then down the fixed
// tree of vec_sum: the one order of reduction in the engine.

namespace {

// Calls full(c) for each whole vector of [0, cols) and rest(c, n) for the last n < 16 elements, if
// any.
template <class Full, class Rest>
TRANSEPT_INLINE void for_each_vector(size_t cols, Full full, Rest rest) {
  size_t c = 0;
  for (; c + 16 <= cols; c += 16) full(c);
  if (c < cols) rest(c, cols - c);
}

// The first n lanes of x, `other` in the rest.
TRANSEPT_INLINE Vec vec_keep(Vec x, size_t n, float other) {
  return vec_select((1u << n) - 1u, x, vec_set(other));
}

// Four maxima at once, since each waits for the one before; what comes first does not matter to a
// maximum.
TRANSEPT_INLINE float row_max(const float* x, size_t cols) {
  Vec m[4];
  unroll<4>(TRANSEPT_STEP(i) { m[i] = vec_set(-__builtin_inff()); });
  size_t c = 0;
  for (; c + 64 <= cols; c += 64) {
    unroll<4>(TRANSEPT_STEP(i) { m[i] = vec_max(m[i], vec_load(x + c + 16 * (size_t)i)); });
  }
  for_each_vector(
      cols - c, [&](size_t at) { m[0] = vec_max(m[0], vec_load(x + c + at)); },
      [&](size_t at, size_t n) {
        m[1] = vec_max(m[1], vec_keep(vec_load_n(x + c + at, n), n, -__builtin_inff()));
      });
  return vec_max_lane(vec_max(vec_max(m[0], m[1]), vec_max(m[2], m[3])));
}

// R rows at once: each of a row's three passes is a chain of dependent operations, and several
// chains hide what one waits for. gamma and beta are read once for all.
template <int R>
TRANSEPT_INLINE void row_means(const float* x, size_t cols, Vec* mean) {
  Vec sum[R];
  unroll<R>(TRANSEPT_STEP(r) { sum[r] = vec_set(0.0f); });
  for_each_vector(
      cols,
      [&](size_t c) __attribute__((always_inline)) {
        unroll<R>(
            TRANSEPT_STEP(r) { sum[r] = vec_add(sum[r], vec_load(x + (size_t)r * cols + c)); });
      },
      [&](size_t c, size_t n) __attribute__((always_inline)) {
        unroll<R>(TRANSEPT_STEP(r) {
          sum[r] = vec_add(sum[r], vec_load_n(x + (size_t)r * cols + c, n));
        });
      });
  unroll<R>(TRANSEPT_STEP(r) { mean[r] = vec_set(vec_sum(sum[r]) / (float)cols); });
}

template <int R>
TRANSEPT_INLINE void layer_norm_rows(const float* x, const float* gamma, const float* beta,
                                     float eps, size_t cols, float* y) {
  Vec mean[R];
  row_means<R>(x, cols, mean);
  Vec squares[R];
  unroll<R>(TRANSEPT_STEP(r) { squares[r] = vec_set(0.0f); });
  for_each_vector(
      cols,
      [&](size_t c) __attribute__((always_inline)) {
        unroll<R>(TRANSEPT_STEP(r) {
          const Vec d = vec_sub(vec_load(x + (size_t)r * cols + c), mean[r]);
          squares[r] = vec_fma(d, d, squares[r]);
        });
      },
      [&](size_t c, size_t n) __attribute__((always_inline)) {
        unroll<R>(TRANSEPT_STEP(r) {
          const Vec d =
              vec_keep(vec_sub(vec_load_n(x + (size_t)r * cols + c, n), mean[r]), n, 0.0f);
          squares[r] = vec_fma(d, d, squares[r]);
        });
      });
  Vec factor[R];
  unroll<R>(TRANSEPT_STEP(r) {
    const float variance = vec_sum(squares[r]) / (float)cols;
    factor[r] = vec_set(1.0f / __builtin_sqrtf(variance + eps));
  });
  for_each_vector(
      cols,
      [&](size_t c) __attribute__((always_inline)) {
        const Vec scale = vec_load(gamma + c);
        const Vec shift = vec_load(beta + c);
        unroll<R>(TRANSEPT_STEP(r) {
          const Vec t = vec_mul(vec_sub(vec_load(x + (size_t)r * cols + c), mean[r]), factor[r]);
          vec_store(y + (size_t)r * cols + c, vec_fma(t, scale, shift));
        });
      },
      [&](size_t c, size_t n) __attribute__((always_inline)) {
        const Vec scale = vec_load_n(gamma + c, n);
        const Vec shift = vec_load_n(beta + c, n);
        unroll<R>(TRANSEPT_STEP(r) {
          const Vec t =
              vec_mul(vec_sub(vec_load_n(x + (size_t)r * cols + c, n), mean[r]), factor[r]);
          vec_store_n(y + (size_t)r * cols + c, vec_fma(t, scale, shift), n);
        });
      });
}

void layer_norm(const float* x, const float* gamma, const float* beta, float eps, size_t rows,
                size_t cols, float* y) {
  constexpr int kTogether = 3;
  size_t r = 0;
  for (; r + kTogether <= rows; r += kTogether) {
    layer_norm_rows<kTogether>(x + r * cols, gamma, beta, eps, cols, y + r * cols);
  }
  for (; r < rows; ++r) layer_norm_rows<1>(x + r * cols, gamma, beta, eps, cols, y + r * cols);
}

void rms_norm(const float* x, const float* gamma, float eps, size_t rows, size_t cols, float* y) {
  for (size_t r = 0; r < rows; ++r, x += cols, y += cols) {
    Vec squares = vec_set(0.0f);
    for_each_vector(
        cols,
        [&](size_t c) {
          const Vec t = vec_load(x + c);
          squares = vec_fma(t, t, squares);
        },
        [&](size_t c, size_t n) {
          const Vec t = vec_load_n(x + c, n);
          squares = vec_fma(t, t, squares);
        });
    const Vec factor = vec_set(1.0f / __builtin_sqrtf(vec_sum(squares) / (float)cols + eps));
    for_each_vector(
        cols,
        [&](size_t c) {
          vec_store(y + c, vec_mul(vec_mul(vec_load(x + c), factor), vec_load(gamma + c)));
        },
        [&](size_t c, size_t n) {
          vec_store_n(y + c,
                      vec_mul(vec_mul(vec_load_n(x + c, n), factor), vec_load_n(gamma + c, n)), n);
        });
  }
}

void multiply(const float* x, const float* by, size_t count, float* y) {
  for_each_vector(
      count, [&](size_t c) { vec_store(y + c, vec_mul(vec_load(x + c), vec_load(by + c))); },
      [&](size_t c, size_t n) {
        vec_store_n(y + c, vec_mul(vec_load_n(x + c, n), vec_load_n(by + c, n)), n);
      });
}

void scale_add(const float* x, float scale, const float* add, size_t cols, float* y) {
  const Vec factor = vec_set(scale);
  for_each_vector(
      cols,
      [&](size_t c) { vec_store(y + c, vec_fma(vec_load(x + c), factor, vec_load(add + c))); },
      [&](size_t c, size_t n) {
        vec_store_n(y + c, vec_fma(vec_load_n(x + c, n), factor, vec_load_n(add + c, n)), n);
      });
}

void log_sum_exp_parts(const float* x, size_t cols, float* max, float* sum) {
  const float top = row_max(x, cols);
  *max = top;
  *sum = 0.0f;
  if (top == -__builtin_inff()) return;
  const Vec shift = vec_set(top);
  Vec s = vec_set(0.0f);
  for_each_vector(
      cols,
      [&](size_t c) { s = vec_add(s, vec_exp_of_nonpositive(vec_sub(vec_load(x + c), shift))); },
      [&](size_t c, size_t n) {
        s = vec_add(
            s, vec_keep(vec_exp_of_nonpositive(vec_sub(vec_load_n(x + c, n), shift)), n, 0.0f));
      });
  *sum = vec_sum(s);
}

// Insertion into a short sorted list; equal logits keep their order of arrival.
TRANSEPT_INLINE void insert_top(transept::TopColumns* best, float logit, int32_t token) {
  uint32_t at = best->size < best->capacity ? best->size++ : best->capacity - 1;
  for (; at > 0 && best->logits[at - 1] < logit; --at) {
    best->logits[at] = best->logits[at - 1];
    best->tokens[at] = best->tokens[at - 1];
  }
  best->logits[at] = logit;
  best->tokens[at] = token;
}

void merge_top(const float* x, size_t cols, int32_t first, transept::TopColumns* best) {
  const auto threshold = [best] {
    return best->size < best->capacity ? -__builtin_inff() : best->logits[best->size - 1];
  };
  Vec bar = vec_set(threshold());
  const auto consider = [&](size_t c, Mask above) {
    while (above != 0) {
      const size_t column = c + (size_t)__builtin_ctz(above);
      above &= above - 1;
      if (x[column] > threshold()) insert_top(best, x[column], first + (int32_t)column);
    }
    bar = vec_set(threshold());
  };
  for_each_vector(
      cols,
      [&](size_t c) {
        const Mask above = vec_greater(vec_load(x + c), bar);
        if (above != 0) consider(c, above);
      },
      [&](size_t c, size_t n) {
        const Mask above = vec_greater(vec_load_n(x + c, n), bar) & ((1u << n) - 1u);
        if (above != 0) consider(c, above);
      });
}

}  // namespace
