// Measure: runs of one model in several settings, interleaved, since what else a machine does comes
// and goes: every setting runs once before any runs again, and medians are told.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench/machine.h"
#include "tools/bench/peaks.h"
#include "tools/bench/statistics.h"
#include "tools/bench/work.h"
#include "transept/inspect.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept::bench {

struct Plan {
  std::filesystem::path model{};
  OpenOptions open{};            // but for compute, threads and profile
  TranslateOptions translate{};  // but for beam
  std::vector<std::string> computes{"auto"};
  std::vector<std::uint32_t> beams{1, 4};
  std::vector<std::size_t> threads{1};
  std::vector<std::size_t> batches{1, 8, 32, 128};  // sentences given at once
  std::size_t repeats = 5;
  double seconds = 40.0;  // about, in all
  // What is translated: texts, or where these are none complete encoder inputs.
  std::vector<std::string> texts{};
  std::vector<std::vector<std::int32_t>> ids{};

  std::size_t size() const { return texts.empty() ? ids.size() : texts.size(); }
};

// One kind of arithmetic that was measured.
struct Model {
  std::string compute;  // "int8"
  ModelInfo info;
  NetworkWork work{};
};

struct Throughput {
  std::size_t model = 0;  // index into models
  std::uint32_t beam = 1;
  std::size_t threads = 1;
  std::size_t batch = 1;
  Spread words;   // of the source, a second; without texts: tokens
  Spread tokens;  // generated, a second
};

struct Latency {
  std::size_t model = 0;
  std::uint32_t beam = 1;
  std::size_t threads = 1;
  std::vector<double> seconds;  // of each sentence, median of its repeats
};

struct PhaseTimes {
  std::size_t model = 0;
  std::uint32_t beam = 1;
  std::size_t batch = 1;
  std::size_t sentences = 0;
  double wall = 0.0;  // seconds, one thread
  Profile profile;
};

struct ScalePoint {
  std::size_t x = 0;
  Spread seconds;
};

struct Start {
  std::size_t model = 0;
  std::uint64_t peak_bytes = 0;  // of the program with a batch of 32 sentences, one thread
  Spread cold{};                 // seconds from the program's start to the end of one sentence
};

struct Results {
  Machine machine;
  Peaks peaks;
  std::vector<Model> models;
  bool counts_words = true;   // Throughput::words are words
  std::size_t sentences = 0;  // of throughput, latency and phases
  std::size_t repeats = 0;
  std::vector<std::size_t> skipped_batches;  // larger than what the time allows
  std::vector<Throughput> throughput;
  std::vector<Latency> latency;
  std::vector<PhaseTimes> phases;
  std::vector<ScalePoint> by_lines;  // first model, first beam, one thread, all lines at once
  std::vector<ScalePoint>
      by_length;  // first model, greedy, one sentence, as many target tokens as source tokens
  std::vector<Start> starts;
};

// `say` is told what is being measured. Errors: those of Translator; kCancelled once `stop` is
// true.
Result<Results> measure(const Plan& plan, const std::atomic<bool>& stop,
                        const std::function<void(const std::string&)>& say);

}  // namespace transept::bench
