// Matrix products: this project's, packed as a model packs them, and OpenBLAS.
#include <cstring>
#include <memory>
#include <span>

#include "engine/kernels/gemm_blas.h"
#include "engine/ops/linear/linear.h"
#include "engine/ops/linear/pack.h"
#include "tests/bench/kernels/bench.h"

namespace transept::bench {
namespace {

// A float32 matrix as a file would hold it.
std::shared_ptr<const Tensor> random_tensor(std::size_t rows, std::size_t cols) {
  auto values = std::make_shared<std::vector<float>>(random_values(rows * cols));
  auto tensor = std::make_shared<Tensor>();
  tensor->rows = rows;
  tensor->cols = cols;
  tensor->bytes = std::as_bytes(std::span<const float>(*values));
  tensor->owner = values;
  return tensor;
}

// The product alone: the input is already in the form the layer multiplies.
void multiply(benchmark::State& state, const KernelTable& kernels, const Shape& shape,
              std::size_t rows, Compute compute, Arithmetic kind) {
  const LinearPart part{random_tensor(shape.out, shape.in), nullptr};
  const Linear layer = pack_linear(kernels, std::span(&part, 1), {}, compute, Gemm::native);
  const std::vector<float> x = random_values(rows * shape.in);
  std::vector<float> y(rows * shape.out);
  LinearScratch scratch;
  const LinearInput input = linear_input(kernels, layer, x.data(), rows, scratch);
  for (auto _ : state) {
    linear_columns(kernels, layer, input, 0, shape.out, {.y = y.data(), .ldy = shape.out});
    benchmark::ClobberMemory();
  }
  report_products(state, shape, rows, kind);
}

void multiply_blas(benchmark::State& state, const Shape& shape, std::size_t rows) {
  const std::vector<float> w = random_values(shape.out * shape.in);
  const std::vector<float> x = random_values(rows * shape.in);
  std::vector<float> y(rows * shape.out);
  for (auto _ : state) {
    blas_multiply(x.data(), rows, w.data(), shape.out, shape.in, y.data(), shape.out);
    benchmark::ClobberMemory();
  }
  report_products(state, shape, rows, Arithmetic::float32);
}

}  // namespace

void register_products(const KernelTable& kernels) {
  const bool blas = load_blas().ok();
  constexpr struct {
    const char* name;
    Compute compute;
    Arithmetic kind;
  } kTypes[] = {{"float32", Compute::float32, Arithmetic::float32},
                {"bfloat16", Compute::bfloat16, Arithmetic::bfloat16},
                {"int8", Compute::int8, Arithmetic::int8},
                // Its products take the instruction of int8.
                {"int4", Compute::int4, Arithmetic::int8}};
  for (const Shape& shape : kShapes) {
    for (const std::size_t rows : kRows) {
      for (const auto& type : kTypes) {
        benchmark::RegisterBenchmark(gemm_name(type.name, "transept", shape, rows).c_str(),
                                     [&kernels, shape, rows, type](benchmark::State& state) {
                                       multiply(state, kernels, shape, rows, type.compute,
                                                type.kind);
                                     });
      }
      if (!blas) continue;
      benchmark::RegisterBenchmark(
          gemm_name("float32", "openblas", shape, rows).c_str(),
          [shape, rows](benchmark::State& state) { multiply_blas(state, shape, rows); });
    }
  }
}

}  // namespace transept::bench
