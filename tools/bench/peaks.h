// Peaks: what this machine can do at most, measured by loops that do nothing else: multiply-adds of
// each kind the processor has, and reading from each level of memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/bench/machine.h"

namespace transept::bench {

enum class Arithmetic { float32, bfloat16, int8 };

struct ArithmeticPeak {
  Arithmetic kind = Arithmetic::float32;
  std::string name{};      // "int8 VNNI, 512 bit"
  double one_core = 0.0;   // multiply-adds a second
  double all_cores = 0.0;  // of as many threads as asked for
};

struct BandwidthPeak {
  std::string name{};        // "L2"
  std::size_t bytes = 0;     // what was read again and again, each thread its own
  std::size_t capacity = 0;  // of the level; 0: without bound
  double one_core = 0.0;     // bytes a second
  double all_cores = 0.0;
};

struct Peaks {
  std::size_t threads = 1;
  std::vector<ArithmeticPeak> arithmetic{};  // empty on processors without a loop for them
  std::vector<BandwidthPeak> bandwidth{};    // nearest first

  // The peak of this arithmetic, or of what stands in for it; null: not measured.
  const ArithmeticPeak* of(Arithmetic kind) const;
  // The nearest level that holds `bytes`; null: not measured.
  const BandwidthPeak* holding(std::size_t bytes) const;
};

// Takes about `seconds`. Each figure is the best of several short runs: what disturbs can only slow
// down.
Peaks measure_peaks(const Machine& machine, std::size_t threads, double seconds);

}  // namespace transept::bench
