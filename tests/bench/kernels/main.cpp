#include <cstdio>

#include "engine/kernels/dispatch.h"
#include "tests/bench/kernels/bench.h"

namespace transept::bench {
namespace {

const Peaks& peaks() {
  static const Peaks measured = measure_peaks(this_machine(), 1, 1.0);
  return measured;
}

}  // namespace

void report_products(benchmark::State& state, const Shape& shape, std::size_t rows,
                     Arithmetic kind) {
  const double products = static_cast<double>(shape.in) * static_cast<double>(shape.out) *
                          static_cast<double>(rows) * static_cast<double>(state.iterations());
  using benchmark::Counter;
  state.counters["GMAC/s"] = Counter(1e-9 * products, Counter::kIsRate);
  if (const ArithmeticPeak* peak = peaks().of(kind)) {
    state.counters["%peak"] = Counter(100 * products / peak->one_core, Counter::kIsRate);
  }
}

}  // namespace transept::bench

int main(int argc, char** argv) {
  using namespace transept;
  const Result<const KernelTable*> kernels = choose_kernels();
  if (!kernels.ok()) {
    std::fprintf(stderr, "%s\n", kernels.status().message().c_str());
    return 2;
  }
  benchmark::AddCustomContext("kernels", (*kernels)->name);
  bench::register_products(**kernels);
  bench::register_rows(**kernels);
#ifdef TRANSEPT_BENCH_ONEDNN
  bench::register_onednn();
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
