// What the benchmarks of kernels have in common.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/kernels/kernel_table.h"
#include "tools/bench/peaks.h"

namespace transept::bench {

// A layer: [out, in].
struct Shape {
  std::string name;
  std::size_t in;
  std::size_t out;
};

// Layers of the default model (D 256, F 1024, V 8000) and of Transformer-base (D 512, F 2048, V
// 32000).
inline const std::vector<Shape> kShapes = {
    {"qkv_256", 256, 768},      {"out_256", 256, 256},      {"ffn_in_256", 256, 1024},
    {"ffn_out_256", 1024, 256}, {"vocab_8000", 256, 8000},  {"qkv_512", 512, 1536},
    {"ffn_in_512", 512, 2048},  {"ffn_out_512", 2048, 512}, {"vocab_32000", 512, 32000}};

inline const std::vector<std::size_t> kRows = {1, 2, 4, 8, 16, 32, 64, 128};

inline std::string gemm_name(const std::string& type, const std::string& whose, const Shape& shape,
                             std::size_t rows) {
  return "gemm/" + type + '/' + whose + '/' + shape.name + "/rows:" + std::to_string(rows);
}

// Reported as rates: multiply-adds a second, and their part of the peak for this arithmetic.
void report_products(benchmark::State& state, const Shape& shape, std::size_t rows,
                     Arithmetic kind);

inline std::vector<float> random_values(std::size_t count) {
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

void register_products(const KernelTable& kernels);
void register_rows(const KernelTable& kernels);
#ifdef TRANSEPT_BENCH_ONEDNN
void register_onednn();
#endif

}  // namespace transept::bench
