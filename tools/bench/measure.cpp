#include "tools/bench/measure.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <tuple>

#include "tools/base/program.h"
#include "transept/translator.h"
#include "transept/words.h"

namespace transept::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Status cancelled() { return Status(Code::kCancelled, "interrupted"); }

double words_in(const std::string& text) {
  std::istringstream words(text);
  double count = 0;
  for (std::string word; words >> word;) ++count;
  return count;
}

// A part of the plan's input, of which every member stands for its neighbours.
struct Input {
  std::vector<std::string> texts;
  std::vector<std::vector<std::int32_t>> ids;
  std::size_t size() const { return texts.empty() ? ids.size() : texts.size(); }
  double words() const {
    double sum = 0;
    for (const std::string& text : texts) sum += words_in(text);
    for (const auto& one : ids) sum += static_cast<double>(one.size());
    return sum;
  }
};

Input sample(const Plan& plan, std::size_t count) {
  Input input;
  count = std::min(count, plan.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i * plan.size() / count;
    plan.texts.empty() ? input.ids.push_back(plan.ids[from])
                       : input.texts.push_back(plan.texts[from]);
  }
  return input;
}

// The input over and over, up to `count` members.
Input repeated(const Input& input, std::size_t count) {
  Input all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i % input.size();
    input.texts.empty() ? all.ids.push_back(input.ids[from])
                        : all.texts.push_back(input.texts[from]);
  }
  return all;
}

struct Run {
  double seconds = 0.0;
  double tokens = 0.0;
  std::vector<double> each;  // of every batch
};

class Bench {
 public:
  Bench(const Plan& plan, const std::atomic<bool>& stop,
        const std::function<void(const std::string&)>& say)
      : plan_(plan), stop_(stop), say_(say) {}

  Result<Results> run() {
    results_.machine = this_machine();
    results_.repeats = plan_.repeats;
    results_.counts_words = !plan_.texts.empty();
    // First, while this process is small: a child begins with what its parent had (getrusage(2)).
    for (Status (Bench::*step)() :
         {&Bench::inspect_models, &Bench::measure_starts, &Bench::measure_limits,
          &Bench::choose_sentences, &Bench::measure_throughput, &Bench::measure_phases,
          &Bench::measure_lines, &Bench::measure_lengths}) {
      if (stop_) return cancelled();
      if (Status status = (this->*step)(); !status.ok()) return status;
    }
    return std::move(results_);
  }

 private:
  using Key = std::tuple<std::size_t, std::size_t, bool>;  // model, threads, profile

  Status inspect_models() {
    for (const std::string& name : plan_.computes) {
      OpenOptions options = plan_.open;
      options.compute = *value_of<Compute>(name);
      options.threads = 1;
      Result<ModelInfo> info = inspect(plan_.model, options);
      if (!info.ok()) return info.status();
      Model model{info->compute, *info, info->work};
      results_.models.push_back(std::move(model));
    }
    return Status();
  }

  Status measure_starts() {
    constexpr std::size_t kBatch = 32;
    tools::Program program(".");
    for (std::size_t m = 0; m < results_.models.size(); ++m) {
      say_("memory and start, " + results_.models[m].compute);
      std::vector<std::string> arguments = {
          "translate",
          "--model",
          plan_.model.string(),
          "--threads",
          "1",
          "--compute",
          plan_.computes[m],
          "--beam",
          std::to_string(plan_.beams.front()),
          "--gemm",
          plan_.open.gemm == Gemm::openblas ? "openblas" : "native"};
      if (!plan_.open.variant.empty())
        arguments.insert(arguments.end(), {"--variant", plan_.open.variant});
      if (plan_.texts.empty()) arguments.insert(arguments.end(), {"--input", "ids"});
      if (const auto& length = plan_.translate.lengths.min_length)
        arguments.insert(arguments.end(), {"--min-length", std::to_string(*length)});
      if (const auto& length = plan_.translate.lengths.max_length)
        arguments.insert(arguments.end(), {"--max-length", std::to_string(*length)});
      arguments.push_back("--");
      const auto run = [&](const std::vector<std::string>& lines) -> Result<tools::ProgramOutput> {
        if (stop_) return cancelled();
        std::vector<std::string> all = arguments;
        all.insert(all.end(), lines.begin(), lines.end());
        Result<tools::ProgramOutput> output = program.run(all);
        if (output.ok() && output->code != 0) {
          return Status(Code::kInternal, "the program run as a child failed: " + output->err);
        }
        return output;
      };
      Start start{.model = m};
      std::vector<std::string> lines = lines_of(sample(plan_, kBatch));
      const Result<tools::ProgramOutput> batch = run(lines);
      if (!batch.ok()) return batch.status();
      start.peak_bytes = batch->peak_bytes;
      lines.resize(1);
      std::vector<double> seconds;
      for (std::size_t i = 0; i < plan_.repeats; ++i) {
        const Result<tools::ProgramOutput> one = run(lines);
        if (!one.ok()) return one.status();
        seconds.push_back(one->seconds);
      }
      start.cold = spread_of(seconds);
      results_.starts.push_back(start);
    }
    return Status();
  }

  static std::vector<std::string> lines_of(const Input& input) {
    if (!input.texts.empty()) return input.texts;
    std::vector<std::string> lines;
    for (const auto& ids : input.ids) {
      std::string& line = lines.emplace_back();
      for (const std::int32_t id : ids) line += (line.empty() ? "" : " ") + std::to_string(id);
    }
    return lines;
  }

  Status measure_limits() {
    say_("limits of the machine");
    const std::size_t threads = *std::max_element(plan_.threads.begin(), plan_.threads.end());
    results_.peaks = measure_peaks(results_.machine, std::min(threads, results_.machine.cores),
                                   std::clamp(0.08 * plan_.seconds, 0.5, 4.0));
    return Status();
  }

  Result<const Translator*> translator(std::size_t model, std::size_t threads, bool profile) {
    auto& open = translators_[Key(model, threads, profile)];
    if (open == nullptr) {
      OpenOptions options = plan_.open;
      options.compute = *value_of<Compute>(plan_.computes[model]);
      options.threads = threads;
      options.profile = profile;
      Result<Translator> opened = Translator::open(plan_.model, options);
      if (!opened.ok()) return opened.status();
      open = std::make_unique<Translator>(*std::move(opened));
    }
    return static_cast<const Translator*>(open.get());
  }

  TranslateOptions options(std::uint32_t beam) const {
    TranslateOptions options = plan_.translate;
    options.search.beam = beam;
    options.returns.scores = false;  // as when text is all that is asked for
    // Random weights go round in circles, and that is the work here.
    options.search.loop_guard = false;
    options.text.split = Split::long_lines;
    return options;
  }

  Result<std::vector<Translation>> translate(const Translator& translator, const Input& input,
                                             std::size_t first, std::size_t count,
                                             const TranslateOptions& options) {
    if (stop_) return cancelled();
    if (input.texts.empty())
      return translator.translate_ids(std::span(input.ids).subspan(first, count), options);
    return translator.translate(std::span(input.texts).subspan(first, count), options);
  }

  // The input in batches, one after the other.
  Result<Run> run_batches(const Translator& translator, const Input& input, std::size_t batch,
                          const TranslateOptions& options) {
    Run run;
    for (std::size_t first = 0; first < input.size(); first += batch) {
      const std::size_t count = std::min(batch, input.size() - first);
      const auto begin = Clock::now();
      const Result<std::vector<Translation>> results =
          translate(translator, input, first, count, options);
      run.each.push_back(seconds_since(begin));
      if (!results.ok()) return results.status();
      run.seconds += run.each.back();
      for (const Translation& one : *results) {
        run.tokens += static_cast<double>(one.tokens);
      }
    }
    return run;
  }

  // As many sentences as the time allows, the same for every setting; and how long one takes.
  Status choose_sentences() {
    constexpr std::size_t kProbe = 6;
    const Input probe = sample(plan_, kProbe);
    double sum = 0.0;
    for (std::size_t m = 0; m < results_.models.size(); ++m) {
      say_("how long a sentence takes, " + results_.models[m].compute);
      const auto open = translator(m, 1, false);
      if (!open.ok()) return open.status();
      for (const std::uint32_t beam : plan_.beams) {
        double fastest = 1e9;
        for (int i = 0; i < 2; ++i) {  // the first one warms up
          const Result<Run> run = run_batches(**open, probe, 1, options(beam));
          if (!run.ok()) return run.status();
          fastest = std::min(fastest, run->seconds / static_cast<double>(probe.size()));
        }
        if (m == 0 && beam == plan_.beams.front()) sentence_seconds_ = fastest;
        for (const std::size_t threads : plan_.threads) {
          sum += fastest;
          for (const std::size_t batch : plan_.batches) {
            if (batch > 1)
              sum += 0.5 * fastest / static_cast<double>(std::min(threads, results_.machine.cores));
          }
        }
      }
    }
    const double affordable = 0.5 * plan_.seconds / (static_cast<double>(plan_.repeats) * sum);
    const auto count = static_cast<std::size_t>(std::clamp(affordable, 8.0, 1e6));
    input_ = sample(plan_, count);
    results_.sentences = input_.size();
    return Status();
  }

  Status measure_throughput() {
    for (std::size_t m = 0; m < results_.models.size(); ++m) {
      for (const std::uint32_t beam : plan_.beams) {
        for (const std::size_t threads : plan_.threads) {
          results_.latency.push_back({m, beam, threads, {}});
          for (const std::size_t batch : plan_.batches) {
            if (batch > input_.size()) {
              auto& skipped = results_.skipped_batches;
              if (std::count(skipped.begin(), skipped.end(), batch) == 0) skipped.push_back(batch);
              continue;
            }
            results_.throughput.push_back({m, beam, threads, batch, {}, {}});
          }
        }
      }
    }
    const double words = input_.words();
    std::vector<std::vector<double>> words_a_second(results_.throughput.size());
    std::vector<std::vector<double>> tokens_a_second(results_.throughput.size());
    std::map<std::size_t, std::vector<std::vector<double>>>
        latencies;  // by index of latency: [repeat][sentence]
    for (std::size_t repeat = 0; repeat < plan_.repeats; ++repeat) {
      say_("throughput and latency, round " + std::to_string(repeat + 1) + " of " +
           std::to_string(plan_.repeats));
      for (std::size_t i = 0; i < results_.throughput.size(); ++i) {
        const Throughput& one = results_.throughput[i];
        const auto open = translator(one.model, one.threads, false);
        if (!open.ok()) return open.status();
        const Result<Run> run = run_batches(**open, input_, one.batch, options(one.beam));
        if (!run.ok()) return run.status();
        words_a_second[i].push_back(words / run->seconds);
        tokens_a_second[i].push_back(run->tokens / run->seconds);
        if (one.batch == 1) latencies[latency_index(one)].push_back(run->each);
      }
    }
    for (std::size_t i = 0; i < results_.throughput.size(); ++i) {
      results_.throughput[i].words = spread_of(words_a_second[i]);
      results_.throughput[i].tokens = spread_of(tokens_a_second[i]);
    }
    for (const auto& [index, rounds] : latencies) {
      for (std::size_t s = 0; s < input_.size(); ++s) {
        std::vector<double> of_sentence;
        for (const auto& round : rounds) of_sentence.push_back(round[s]);
        results_.latency[index].seconds.push_back(percentile(of_sentence, 0.5));
      }
    }
    return Status();
  }

  std::size_t latency_index(const Throughput& one) const {
    for (std::size_t i = 0; i < results_.latency.size(); ++i) {
      const Latency& latency = results_.latency[i];
      if (latency.model == one.model && latency.beam == one.beam && latency.threads == one.threads)
        return i;
    }
    return 0;
  }

  // With the counters on, apart from the other figures.
  Status measure_phases() {
    const std::size_t largest =
        std::min(input_.size(), *std::max_element(plan_.batches.begin(), plan_.batches.end()));
    for (std::size_t m = 0; m < results_.models.size(); ++m) {
      say_("where the time goes, " + results_.models[m].compute);
      const auto open = translator(m, 1, true);
      if (!open.ok()) return open.status();
      for (const std::uint32_t beam : plan_.beams) {
        for (const std::size_t batch : {largest, std::size_t{1}}) {
          if (batch == 1 && largest == 1 && !results_.phases.empty() &&
              results_.phases.back().batch == 1)
            continue;
          const Result<Run> warm = run_batches(**open, sample(plan_, 4), batch, options(beam));
          if (!warm.ok()) return warm.status();
          // The round whose time is the median of three.
          std::vector<PhaseTimes> rounds;
          for (int i = 0; i < 3; ++i) {
            const Profile before = (*open)->profile();
            const Result<Run> run = run_batches(**open, input_, batch, options(beam));
            if (!run.ok()) return run.status();
            rounds.push_back({m, beam, batch, input_.size(), run->seconds,
                              difference((*open)->profile(), before)});
          }
          std::sort(rounds.begin(), rounds.end(),
                    [](const auto& a, const auto& b) { return a.wall < b.wall; });
          results_.phases.push_back(rounds[1]);
        }
      }
    }
    return Status();
  }

  // Ten times the lines are ten times the same lines.
  Status measure_lines() {
    constexpr std::size_t kCounts[] = {10000, 5000, 2000, 1000, 500, 200, 100};
    constexpr std::size_t kRounds = 3;
    const double affordable = 0.12 * plan_.seconds / (1.8 * kRounds * 0.5 * sentence_seconds_);
    std::size_t most = 100;
    for (const std::size_t count : kCounts) {
      if (static_cast<double>(count) <= affordable) {
        most = count;
        break;
      }
    }
    const auto open = translator(0, 1, false);
    if (!open.ok()) return open.status();
    const Input pool = sample(plan_, most / 10);
    const std::size_t steps[] = {most / 10, most / 5, most / 2, most};
    std::vector<std::vector<double>> seconds(std::size(steps));
    for (std::size_t round = 0; round < kRounds; ++round) {
      say_("time by number of lines, round " + std::to_string(round + 1) + " of " +
           std::to_string(kRounds));
      for (std::size_t i = 0; i < std::size(steps); ++i) {
        const Input input = repeated(pool, steps[i]);
        const Result<Run> run =
            run_batches(**open, input, input.size(), options(plan_.beams.front()));
        if (!run.ok()) return run.status();
        seconds[i].push_back(run->seconds);
      }
    }
    for (std::size_t i = 0; i < std::size(steps); ++i)
      results_.by_lines.push_back({steps[i], spread_of(seconds[i])});
    return Status();
  }

  Status measure_lengths() {
    const auto open = translator(0, 1, false);
    if (!open.ok()) return open.status();
    const Result<std::vector<std::int32_t>> ids = long_source(**open);
    if (!ids.ok()) return ids.status();
    if (ids->empty()) return Status();
    std::int64_t positions = 0;
    for (const Property& one : results_.models[0].info.architecture) {
      if (one.name == "max_positions") positions = std::get<std::int64_t>(one.value);
    }
    std::vector<Input> inputs;
    std::vector<std::size_t> lengths;
    for (const std::size_t length : {10u, 25u, 50u, 100u, 150u, 200u, 300u, 400u, 500u}) {
      if (positions > 0 && length > static_cast<std::size_t>(positions)) break;
      lengths.push_back(length);
      Input& input = inputs.emplace_back();
      input.ids.emplace_back(ids->begin(), ids->begin() + static_cast<std::ptrdiff_t>(length - 1));
      input.ids.back().push_back(ids->back());
    }
    // A sentence of 500 tokens takes some fifty times as long as one of ten.
    const double affordable = 0.12 * plan_.seconds / (20 * 9 * sentence_seconds_);
    const auto rounds = static_cast<std::size_t>(std::clamp(affordable, 1.0, 15.0));
    std::vector<std::vector<double>> seconds(lengths.size());
    for (std::size_t round = 0; round <= rounds; ++round) {
      say_("time by length, round " + std::to_string(round) + " of " + std::to_string(rounds));
      for (std::size_t i = 0; i < lengths.size(); ++i) {
        TranslateOptions forced = options(1);
        forced.lengths.max_length = static_cast<std::uint32_t>(lengths[i]);
        forced.lengths.min_length = static_cast<std::uint32_t>(lengths[i] - 1);
        const Result<Run> run = run_batches(**open, inputs[i], 1, forced);
        if (!run.ok()) return run.status();
        if (round > 0) seconds[i].push_back(run->seconds);  // the first one warms up
      }
    }
    for (std::size_t i = 0; i < lengths.size(); ++i)
      results_.by_length.push_back({lengths[i], spread_of(seconds[i])});
    return Status();
  }

  // Sentences one behind the other, at least 500 ids, the end token last. Empty: there is nothing
  // to take.
  Result<std::vector<std::int32_t>> long_source(const Translator& translator) {
    std::vector<std::int32_t> ids;
    std::int32_t end = 0;
    const Input pool = sample(plan_, 64);
    while (ids.size() < 500) {
      const std::size_t before = ids.size();
      TranslateOptions quick = options(1);
      quick.lengths.max_length = 1;
      quick.lengths.min_length = 0;
      const auto results = translate(translator, pool, 0, pool.size(), quick);
      if (!results.ok()) return results.status();
      for (const Translation& one : *results) {
        if (one.source_ids.size() < 2) continue;
        end = one.source_ids.back();
        ids.insert(ids.end(), one.source_ids.begin(), one.source_ids.end() - 1);
      }
      if (ids.size() == before) return std::vector<std::int32_t>();
    }
    ids.push_back(end);
    return ids;
  }

  const Plan& plan_;
  const std::atomic<bool>& stop_;
  const std::function<void(const std::string&)>& say_;
  Results results_;
  std::map<Key, std::unique_ptr<Translator>> translators_;
  Input input_;
  double sentence_seconds_ = 0.0;  // first model, first beam, one by one
};

}  // namespace

Result<Results> measure(const Plan& plan, const std::atomic<bool>& stop,
                        const std::function<void(const std::string&)>& say) {
  return Bench(plan, stop, say).run();
}

}  // namespace transept::bench
