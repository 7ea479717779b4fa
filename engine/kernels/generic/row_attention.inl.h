// Self-attention of one decoder row over its ancestors' keys and values, which lie where they were written.

namespace {

void row_attention(const transept::RowAttention& a) {
  for (size_t h = 0; h < a.heads; ++h) {
    const size_t offset = h * a.d_head;
    const float* q = a.q + offset;
    for (size_t t = 0; t < a.steps; ++t) {
      const float* k = a.cells[t] + a.key_offset + offset;
      Vec s = vec_set(0.0f);
      for_each_vector(
          a.d_head, [&](size_t d) { s = vec_fma(vec_load(q + d), vec_load(k + d), s); },
          [&](size_t d, size_t n) { s = vec_fma(vec_load_n(q + d, n), vec_load_n(k + d, n), s); });
      a.scores[t] = vec_sum(s) * a.scale;
    }
    softmax_row(a.scores, a.steps);
    const float* values = nullptr;
    for_each_vector(
        a.d_head,
        [&](size_t d) {
          Vec s = vec_set(0.0f);
          for (size_t t = 0; t < a.steps; ++t) {
            values = a.cells[t] + a.value_offset + offset + d;
            s = vec_fma(vec_set(a.scores[t]), vec_load(values), s);
          }
          vec_store(a.out + offset + d, s);
        },
        [&](size_t d, size_t n) {
          Vec s = vec_set(0.0f);
          for (size_t t = 0; t < a.steps; ++t) {
            values = a.cells[t] + a.value_offset + offset + d;
            s = vec_fma(vec_set(a.scores[t]), vec_load_n(values, n), s);
          }
          vec_store_n(a.out + offset + d, s, n);
        });
  }
}

}  // namespace
