// Everything that is not a product of matrices: work on rows, and attention.
#include <algorithm>

#include "engine/base/aligned_buffer.h"
#include "engine/ops/attention.h"
#include "tests/bench/kernels/bench.h"

namespace transept::bench {
namespace {

// Bytes read and written, of one iteration.
void report_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void quantize(benchmark::State& state, const KernelTable& kernels, std::size_t rows,
              std::size_t cols) {
  const std::vector<float> x = random_values(rows * cols);
  std::vector<std::uint8_t> q(rows * cols);
  std::vector<float> scale(rows);
  for (auto _ : state) {
    kernels.quantize_rows(x.data(), cols, rows, cols, q.data(), cols, scale.data());
    benchmark::ClobberMemory();
  }
  report_bytes(state, rows * cols * (sizeof(float) + 1));
}

void layer_norm(benchmark::State& state, const KernelTable& kernels, std::size_t rows,
                std::size_t cols) {
  const std::vector<float> x = random_values(rows * cols);
  const std::vector<float> gamma = random_values(cols);
  std::vector<float> y(rows * cols);
  for (auto _ : state) {
    kernels.layer_norm(x.data(), gamma.data(), gamma.data(), 1e-5F, rows, cols, y.data());
    benchmark::ClobberMemory();
  }
  report_bytes(state, rows * cols * 2 * sizeof(float));
}

// The parts of a softmax over the vocabulary.
void log_sum_exp(benchmark::State& state, const KernelTable& kernels, std::size_t cols) {
  const std::vector<float> x = random_values(cols);
  float max = 0.0F;
  float sum = 0.0F;
  for (auto _ : state) {
    kernels.log_sum_exp_parts(x.data(), cols, &max, &sum);
    benchmark::DoNotOptimize(sum);
  }
  report_bytes(state, cols * sizeof(float));
}

void merge_top(benchmark::State& state, const KernelTable& kernels, std::size_t cols,
               std::uint32_t capacity) {
  const std::vector<float> x = random_values(cols);
  std::vector<std::int32_t> tokens(capacity);
  std::vector<float> logits(capacity);
  for (auto _ : state) {
    TopColumns best{tokens.data(), logits.data(), 0, capacity};
    kernels.merge_top(x.data(), cols, 0, &best);
    benchmark::ClobberMemory();
  }
  report_bytes(state, cols * sizeof(float));
}

// Softmax included, which has no kernel of its own.
void attend(benchmark::State& state, const KernelTable& kernels, HeadShape shape,
            CellNumbers numbers, std::size_t rows, std::size_t steps) {
  const std::size_t width = shape.width();
  AlignedBuffer<float> q, memory, scores, out;
  const auto fill = [](AlignedBuffer<float>& buffer, std::size_t count) {
    const std::vector<float> values = random_values(count);
    std::copy(values.begin(), values.end(), buffer.ensure(count));
  };
  fill(q, rows * width);
  // bfloat16 takes half of the floats; any words are numbers good enough.
  const std::size_t cell = numbers == CellNumbers::float32 ? width : width / 2;
  fill(memory, steps * 2 * cell);
  scores.ensure(std::min(rows, kAttentionRows) * steps * 16);
  out.ensure(rows * width);
  std::vector<const void*> cells;
  for (std::size_t t = 0; t < steps; ++t) cells.push_back(memory.data() + t * 2 * cell);
  const Attention attention = {.q = q.data(),
                               .ldq = width,
                               .cells = cells.data(),
                               .key_offset = 0,
                               .value_offset = cell * sizeof(float),
                               .numbers = numbers,
                               .rows = rows,
                               .steps = steps,
                               .heads = shape.heads,
                               .lanes = shape.lanes(),
                               .width = width,
                               .scale = 0.2F,
                               .scores = scores.data(),
                               .out = out.data(),
                               .ldo = width,
                               .probabilities = nullptr};
  for (auto _ : state) {
    kernels.attend(attention);
    benchmark::ClobberMemory();
  }
  report_products(state, {"attend", 2 * shape.heads * shape.d_head, steps}, rows,
                  Arithmetic::float32);
}

template <class Run>
void add(const std::string& name, Run run) {
  benchmark::RegisterBenchmark(name.c_str(), run);
}

}  // namespace

void register_rows(const KernelTable& kernels) {
  using benchmark::State;
  for (const std::size_t cols : {256u, 512u, 1024u, 2048u}) {
    for (const std::size_t rows : {1u, 8u, 64u}) {
      const std::string size = "/cols:" + std::to_string(cols) + "/rows:" + std::to_string(rows);
      add("quantize" + size,
          [&kernels, rows, cols](State& state) { quantize(state, kernels, rows, cols); });
      add("layer_norm" + size,
          [&kernels, rows, cols](State& state) { layer_norm(state, kernels, rows, cols); });
    }
  }
  for (const std::size_t cols : {8000u, 32000u}) {
    const std::string size = "/cols:" + std::to_string(cols);
    add("log_sum_exp" + size,
        [&kernels, cols](State& state) { log_sum_exp(state, kernels, cols); });
    for (const std::uint32_t capacity : {1u, 8u}) {
      add("merge_top" + size + "/capacity:" + std::to_string(capacity),
          [&kernels, cols, capacity](State& state) { merge_top(state, kernels, cols, capacity); });
    }
  }
  for (const HeadShape shape : {HeadShape{8, 32}, HeadShape{8, 64}}) {
    for (const std::size_t steps : {8u, 32u, 128u, 512u}) {
      for (const std::size_t rows : {std::size_t{1}, std::size_t{4}, steps}) {
        if (rows == steps && steps < 32) continue;  // the encoder's case, of longer sentences
        for (const CellNumbers numbers : {CellNumbers::float32, CellNumbers::bfloat16}) {
          if (rows == steps && numbers == CellNumbers::bfloat16) continue;  // of decoders only
          add((numbers == CellNumbers::float32 ? "attend" : "attend_bf16") +
                  ("/heads:" + std::to_string(shape.heads)) +
                  "/d_head:" + std::to_string(shape.d_head) + "/steps:" + std::to_string(steps) +
                  "/rows:" + std::to_string(rows),
              [&kernels, shape, numbers, steps, rows](State& state) {
                attend(state, kernels, shape, numbers, rows, steps);
              });
        }
      }
    }
  }
}

}  // namespace transept::bench
