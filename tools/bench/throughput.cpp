// Throughput and latency, of all settings in turns.
#include <algorithm>
#include <map>

#include "tools/bench/measurements.h"

namespace transept::bench {
namespace {

// A row of the results for each setting that the sentences suffice for.
void list_settings(const Plan& plan, std::size_t sentences, Results& results) {
  for (std::size_t m = 0; m < results.models.size(); ++m) {
    for (const std::uint32_t beam : plan.beams) {
      for (const std::size_t threads : plan.threads) {
        results.latency.push_back({m, beam, threads, {}});
        for (const std::size_t batch : plan.batches) {
          if (batch > sentences) {
            auto& skipped = results.skipped_batches;
            if (std::count(skipped.begin(), skipped.end(), batch) == 0) skipped.push_back(batch);
            continue;
          }
          results.throughput.push_back({m, beam, threads, batch, {}, {}});
        }
      }
    }
  }
}

std::size_t latency_index(const Results& results, const Throughput& one) {
  for (std::size_t i = 0; i < results.latency.size(); ++i) {
    const Latency& latency = results.latency[i];
    if (latency.model == one.model && latency.beam == one.beam && latency.threads == one.threads) {
      return i;
    }
  }
  return 0;
}

}  // namespace

Status measure_throughput(Session& session, const Chosen& chosen, Results& results) {
  list_settings(session.plan(), chosen.input.size(), results);
  const double words = chosen.input.words();
  std::vector<std::vector<double>> words_a_second(results.throughput.size());
  std::vector<std::vector<double>> tokens_a_second(results.throughput.size());
  std::map<std::size_t, std::vector<std::vector<double>>>
      latencies;  // by index of latency: [repeat][sentence]
  for (std::size_t repeat = 0; repeat < session.plan().repeats; ++repeat) {
    session.say("throughput and latency, round " + std::to_string(repeat + 1) + " of " +
                std::to_string(session.plan().repeats));
    for (std::size_t i = 0; i < results.throughput.size(); ++i) {
      const Throughput& one = results.throughput[i];
      const auto open = session.translator(one.model, one.threads, false);
      if (!open.ok()) return open.status();
      const Result<Run> run =
          session.run_batches(**open, chosen.input, one.batch, session.options(one.beam));
      if (!run.ok()) return run.status();
      words_a_second[i].push_back(words / run->seconds);
      tokens_a_second[i].push_back(run->tokens / run->seconds);
      if (one.batch == 1) latencies[latency_index(results, one)].push_back(run->each);
    }
  }
  for (std::size_t i = 0; i < results.throughput.size(); ++i) {
    results.throughput[i].words = spread_of(words_a_second[i]);
    results.throughput[i].tokens = spread_of(tokens_a_second[i]);
  }
  for (const auto& [index, rounds] : latencies) {
    for (std::size_t s = 0; s < chosen.input.size(); ++s) {
      std::vector<double> of_sentence;
      for (const auto& round : rounds) of_sentence.push_back(round[s]);
      results.latency[index].seconds.push_back(percentile(of_sentence, 0.5));
    }
  }
  return Status();
}

}  // namespace transept::bench
