// The same products by oneDNN: weights in the layout it chooses for them, one thread.
#include <omp.h>

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>

#include "tests/bench/kernels/bench.h"

namespace transept::bench {
namespace {

using dnnl::memory;

struct Types {
  const char* name;
  memory::data_type x, w, y;
  Arithmetic kind;
};

void multiply(benchmark::State& state, const Shape& shape, std::size_t rows, const Types& types) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto n = [](std::size_t size) { return static_cast<memory::dim>(size); };
  const memory::desc x_desc({n(rows), n(shape.in)}, types.x, memory::format_tag::ab);
  const memory::desc w_any({n(shape.in), n(shape.out)}, types.w, memory::format_tag::any);
  const memory::desc y_desc({n(rows), n(shape.out)}, types.y, memory::format_tag::ab);
  try {
    const dnnl::matmul::desc product(x_desc, w_any, y_desc);
    const dnnl::matmul::primitive_desc chosen(product, engine);
    memory x(x_desc, engine);
    memory w(chosen.weights_desc(), engine);
    memory y(y_desc, engine);
    // Zeros cost as much as any other numbers.
    for (memory* one : {&x, &w, &y}) {
      std::fill_n(static_cast<char*>(one->get_data_handle()), one->get_desc().get_size(), '\0');
    }
    dnnl::matmul matmul(chosen);
    const std::unordered_map<int, memory> arguments = {
        {DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}};
    for (auto _ : state) {
      matmul.execute(stream, arguments);
      stream.wait();
    }
  } catch (const dnnl::error& e) {
    state.SkipWithError(e.what());
    return;
  }
  report_products(state, shape, rows, types.kind);
}

}  // namespace

void register_onednn() {
  omp_set_num_threads(1);  // as everybody else here
  using Type = memory::data_type;
  static const Types kTypes[] = {
      {"float32", Type::f32, Type::f32, Type::f32, Arithmetic::float32},
      {"bfloat16", Type::bf16, Type::bf16, Type::f32, Arithmetic::bfloat16},
      {"int8", Type::u8, Type::s8, Type::s32, Arithmetic::int8}};
  for (const Shape& shape : kShapes) {
    for (const std::size_t rows : kRows) {
      for (const Types& types : kTypes) {
        benchmark::RegisterBenchmark(gemm_name(types.name, "onednn", shape, rows).c_str(),
                                     [shape, rows, &types](benchmark::State& state) {
                                       multiply(state, shape, rows, types);
                                     });
      }
    }
  }
}

}  // namespace transept::bench
