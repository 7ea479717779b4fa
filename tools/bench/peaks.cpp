#include "tools/bench/peaks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace transept::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Does its work `times` over.
using Loop = void (*)(std::uint64_t times, const char* data, std::size_t bytes);

struct ArithmeticLoop {
  Arithmetic kind;
  const char* name;
  std::vector<std::string> needs;  // flags of the processor
  double multiply_adds;            // in one turn
  Loop run;
};

#if defined(__x86_64__)

// The instructions themselves, since a compiler would find that nobody uses the results. Twelve or
// more accumulators hide the latency of four to five cycles at two instructions a cycle; operands
// stay zero, so that no denormal slows anything down.
#define TRANSEPT_TWELVE(op, w, a, b)                                                          \
  op " %%" w a ", %%" w b ", %%" w "0\n" op " %%" w a ", %%" w b ", %%" w "1\n" op " %%" w a  \
     ", %%" w b ", %%" w "2\n" op " %%" w a ", %%" w b ", %%" w "3\n" op " %%" w a ", %%" w b \
     ", %%" w "4\n" op " %%" w a ", %%" w b ", %%" w "5\n" op " %%" w a ", %%" w b ", %%" w   \
     "6\n" op " %%" w a ", %%" w b ", %%" w "7\n" op " %%" w a ", %%" w b ", %%" w "8\n" op   \
     " %%" w a ", %%" w b ", %%" w "9\n" op " %%" w a ", %%" w b ", %%" w "10\n" op " %%" w a \
     ", %%" w b ", %%" w "11\n"
#define TRANSEPT_CLOBBERS                                                                         \
  "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", \
      "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#define TRANSEPT_CLEAR                                                                         \
  "vpxor %%xmm0, %%xmm0, %%xmm0\nvpxor %%xmm1, %%xmm1, %%xmm1\nvpxor %%xmm2, %%xmm2, %%xmm2\n" \
  "vpxor %%xmm3, %%xmm3, %%xmm3\nvpxor %%xmm4, %%xmm4, %%xmm4\nvpxor %%xmm5, %%xmm5, %%xmm5\n" \
  "vpxor %%xmm6, %%xmm6, %%xmm6\nvpxor %%xmm7, %%xmm7, %%xmm7\nvpxor %%xmm8, %%xmm8, %%xmm8\n" \
  "vpxor %%xmm9, %%xmm9, %%xmm9\nvpxor %%xmm10, %%xmm10, %%xmm10\n"                            \
  "vpxor %%xmm11, %%xmm11, %%xmm11\nvpxor %%xmm12, %%xmm12, %%xmm12\n"                         \
  "vpxor %%xmm13, %%xmm13, %%xmm13\nvpxor %%xmm14, %%xmm14, %%xmm14\n"                         \
  "vpxor %%xmm15, %%xmm15, %%xmm15\n"
#define TRANSEPT_ARITHMETIC_LOOP(name, op, width)                                          \
  void name(std::uint64_t times, const char*, std::size_t) {                               \
    asm volatile(TRANSEPT_CLEAR "1:\n" TRANSEPT_TWELVE(op, width, "12", "13")              \
                     TRANSEPT_TWELVE(op, width, "14", "15") "dec %0\njnz 1b\nvzeroupper\n" \
                 : "+r"(times)                                                             \
                 :                                                                         \
                 : TRANSEPT_CLOBBERS);                                                     \
  }

TRANSEPT_ARITHMETIC_LOOP(fma_512, "vfmadd231ps", "zmm")
TRANSEPT_ARITHMETIC_LOOP(fma_256, "vfmadd231ps", "ymm")
TRANSEPT_ARITHMETIC_LOOP(bf16_512, "vdpbf16ps", "zmm")
TRANSEPT_ARITHMETIC_LOOP(vnni_512, "vpdpbusd", "zmm")
TRANSEPT_ARITHMETIC_LOOP(vnni_256, "%{vex%} vpdpbusd", "ymm")

// Without VNNI: 16-bit products of widened bytes, which cannot saturate, and their sums.
void madd_256(std::uint64_t times, const char*, std::size_t) {
#define TRANSEPT_MADD(i) \
  "vpmaddwd %%ymm14, %%ymm15, %%ymm12\nvpaddd %%ymm12, %%ymm" i ", %%ymm" i "\n"
  asm volatile(TRANSEPT_CLEAR "1:\n" TRANSEPT_MADD("0") TRANSEPT_MADD("1") TRANSEPT_MADD("2")
                   TRANSEPT_MADD("3") TRANSEPT_MADD("4") TRANSEPT_MADD("5") TRANSEPT_MADD("6")
                       TRANSEPT_MADD("7") "dec %0\njnz 1b\nvzeroupper\n"
               : "+r"(times)
               :
               : TRANSEPT_CLOBBERS);
#undef TRANSEPT_MADD
}

// Reads `data` from end to end, eight registers at a time. REQUIRES: bytes a multiple of 512,
// aligned to 64.
#define TRANSEPT_READ_LOOP(name, width, offset)                          \
  void name(std::uint64_t times, const char* data, std::size_t bytes) {  \
    for (; times > 0; --times) {                                         \
      const char* at = data;                                             \
      std::size_t left = bytes / (8 * offset);                           \
      asm volatile(                                                      \
          "1:\n"                                                         \
          "vmovaps (%0), %%" width "0\nvmovaps 1*%c2(%0), %%" width      \
          "1\n"                                                          \
          "vmovaps 2*%c2(%0), %%" width "2\nvmovaps 3*%c2(%0), %%" width \
          "3\n"                                                          \
          "vmovaps 4*%c2(%0), %%" width "4\nvmovaps 5*%c2(%0), %%" width \
          "5\n"                                                          \
          "vmovaps 6*%c2(%0), %%" width "6\nvmovaps 7*%c2(%0), %%" width \
          "7\n"                                                          \
          "add $8*%c2, %0\ndec %1\njnz 1b\nvzeroupper\n"                 \
          : "+r"(at), "+r"(left)                                         \
          : "i"(offset)                                                  \
          : TRANSEPT_CLOBBERS);                                          \
    }                                                                    \
  }

TRANSEPT_READ_LOOP(read_512, "zmm", 64)
TRANSEPT_READ_LOOP(read_256, "ymm", 32)

std::vector<ArithmeticLoop> arithmetic_loops() {
  // 24 instructions a turn, of 16 or 8 floats, twice as many bf16, four times as many bytes.
  return {
      {Arithmetic::int8, "int8 VNNI, 512 bit", {"avx512f", "avx512_vnni"}, 24.0 * 64, vnni_512},
      {Arithmetic::int8, "int8 VNNI, 256 bit", {"avx2", "avx_vnni"}, 24.0 * 32, vnni_256},
      {Arithmetic::int8, "int8 multiply-add, 256 bit", {"avx2"}, 8.0 * 16, madd_256},
      {Arithmetic::bfloat16, "bf16 dot, 512 bit", {"avx512f", "avx512_bf16"}, 24.0 * 32, bf16_512},
      {Arithmetic::float32, "fp32 FMA, 512 bit", {"avx512f"}, 24.0 * 16, fma_512},
      {Arithmetic::float32, "fp32 FMA, 256 bit", {"avx2", "fma"}, 24.0 * 8, fma_256},
  };
}

Loop read_loop(const Machine& machine) {
  if (machine.has("avx512f")) return read_512;
  return machine.has("avx2") ? read_256 : nullptr;
}

#else

std::vector<ArithmeticLoop> arithmetic_loops() { return {}; }
Loop read_loop(const Machine&) { return nullptr; }

#endif

// Reads without vectors of our own: what the compiler makes of a sum.
void read_portable(std::uint64_t times, const char* data, std::size_t bytes) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(data);
  for (; times > 0; --times) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bytes / sizeof *words; ++i) sum += words[i];
    asm volatile("" : : "r"(sum) : "memory");
  }
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Runs `one(thread)` in that many threads at once; seconds from the start of all to the end of the
// last.
double run_together(std::size_t threads, const std::function<void(std::size_t)>& one) {
  if (threads == 1) {
    const auto begin = Clock::now();
    one(0);
    return seconds_since(begin);
  }
  std::atomic<std::size_t> ready{0};
  std::atomic<bool> go{false};
  std::atomic<bool> given_up{false};
  std::vector<std::thread> workers;
  try {
    workers.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
      workers.emplace_back([&, i] {
        ready.fetch_add(1);
        while (!go.load()) std::this_thread::yield();
        if (!given_up.load()) one(i);
      });
    }
  } catch (const std::system_error& error) {
    given_up.store(true);
    go.store(true);
    for (std::thread& worker : workers) worker.join();
    throw std::runtime_error("cannot start a thread: " + error.code().message());
  }
  while (ready.load() < threads) std::this_thread::yield();
  const auto begin = Clock::now();
  go.store(true);
  for (std::thread& worker : workers) worker.join();
  return seconds_since(begin);
}

// Turns a second of all threads together: the best of runs so short that most pass undisturbed, of
// about `seconds` in all.
double best_rate(std::size_t threads, double seconds,
                 const std::function<void(std::size_t thread, std::uint64_t times)>& run) {
  constexpr double kRun = 1.5e-3;
  constexpr int kLeast = 5;
  std::uint64_t times = 1;
  double took = 0.0;
  // Grows until a run is long enough to be timed.
  do {
    times *= took < 1e-5 ? 16 : 2;
    const auto begin = Clock::now();
    run(0, times);
    took = seconds_since(begin);
  } while (took < kRun && times < (std::uint64_t{1} << 40));
  double best = 0.0;
  const auto begin = Clock::now();
  for (int i = 0; i < kLeast || seconds_since(begin) < seconds; ++i) {
    const double wall = run_together(threads, [&](std::size_t thread) { run(thread, times); });
    best = std::max(best, static_cast<double>(times) * static_cast<double>(threads) / wall);
  }
  return best;
}

struct Free {
  void operator()(char* data) const { std::free(data); }
};
using Buffer = std::unique_ptr<char, Free>;

Buffer make_buffer(std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  Buffer buffer(static_cast<char*>(std::aligned_alloc(kPage, bytes)));
  if (buffer == nullptr) throw std::bad_alloc();
  std::fill_n(buffer.get(), bytes, char{1});  // else all pages would be the one of zeros
  return buffer;
}

BandwidthPeak measure_read(const char* name, std::size_t bytes, std::size_t capacity, Loop loop,
                           std::size_t threads, double seconds) {
  constexpr std::size_t kPage = 4096;
  bytes = std::max(kPage, bytes / kPage * kPage);
  BandwidthPeak peak{.name = name, .bytes = bytes, .capacity = capacity};
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < threads; ++i) buffers.push_back(make_buffer(bytes));
  const auto run = [&](std::size_t thread, std::uint64_t times) {
    loop(times, buffers[thread].get(), bytes);
  };
  const auto size = static_cast<double>(bytes);
  peak.one_core = size * best_rate(1, seconds, run);
  peak.all_cores = threads == 1 ? peak.one_core : size * best_rate(threads, seconds, run);
  return peak;
}

}  // namespace

const ArithmeticPeak* Peaks::of(Arithmetic kind) const {
  const ArithmeticPeak* floats = nullptr;
  for (const ArithmeticPeak& peak : arithmetic) {
    if (peak.kind == kind) return &peak;
    if (peak.kind == Arithmetic::float32) floats = &peak;
  }
  return floats;
}

const BandwidthPeak* Peaks::holding(std::size_t bytes) const {
  for (const BandwidthPeak& level : bandwidth) {
    if (level.capacity == 0 || bytes <= level.capacity) return &level;
  }
  return bandwidth.empty() ? nullptr : &bandwidth.back();
}

Peaks measure_peaks(const Machine& machine, std::size_t threads, double seconds) {
  Peaks peaks;
  peaks.threads = std::max<std::size_t>(1, threads);
  // Up to three kinds of arithmetic and four levels, each with one thread and with all.
  const double each = seconds / 14;
  for (const ArithmeticLoop& loop : arithmetic_loops()) {
    const bool runs = std::all_of(loop.needs.begin(), loop.needs.end(),
                                  [&](const std::string& flag) { return machine.has(flag); });
    const bool have_better =
        std::any_of(peaks.arithmetic.begin(), peaks.arithmetic.end(),
                    [&](const ArithmeticPeak& p) { return p.kind == loop.kind; });
    if (!runs || have_better) continue;
    const auto run = [&](std::size_t, std::uint64_t times) { loop.run(times, nullptr, 0); };
    ArithmeticPeak peak{loop.kind, loop.name};
    peak.one_core = loop.multiply_adds * best_rate(1, each, run);
    peak.all_cores = peaks.threads == 1 ? peak.one_core
                                        : loop.multiply_adds * best_rate(peaks.threads, each, run);
    peaks.arithmetic.push_back(peak);
  }

  Loop read = read_loop(machine);
  if (read == nullptr) read = read_portable;
  constexpr std::size_t kMiB = 1024 * 1024;
  // Half of a level, so that it is surely there; the last one is shared with others.
  const auto add = [&](const char* name, std::size_t bytes, std::size_t capacity) {
    peaks.bandwidth.push_back(measure_read(name, bytes, capacity, read, peaks.threads, each));
  };
  if (machine.l1_bytes > 0) add("L1", machine.l1_bytes / 2, machine.l1_bytes);
  if (machine.l2_bytes > 0) add("L2", machine.l2_bytes / 2, machine.l2_bytes);
  if (machine.l3_bytes > machine.l2_bytes) {
    const std::size_t share = machine.l3_bytes / (2 * peaks.threads);
    add("L3", std::max(std::min(share, 8 * kMiB), 2 * machine.l2_bytes), machine.l3_bytes);
  }
  add("DRAM", std::clamp(4 * machine.l3_bytes / peaks.threads, 64 * kMiB, 512 * kMiB), 0);
  return peaks;
}

}  // namespace transept::bench
