#include "tools/bench/describe.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "tools/base/numbers.h"
#include "transept/words.h"

namespace transept::bench {
namespace {

using html::Cell;
using html::Column;
using html::ScaleKind;
using html::Section;
using html::Series;
using html::Table;

constexpr Phase kCounted[] = {Phase::encode,          Phase::source_memory, Phase::self_attention,
                              Phase::cross_attention, Phase::feed_forward,  Phase::output};

std::string count_of(std::size_t count, const std::string& what) {
  return tools::readable(static_cast<double>(count), 0) + ' ' + what + (count == 1 ? "" : "s");
}

// Of products; weights of 4 bits are unpacked and multiplied as bytes.
Arithmetic arithmetic_of(const std::string& compute) {
  switch (value_of<Compute>(compute).value_or(Compute::automatic)) {
    case Compute::float32: return Arithmetic::float32;
    case Compute::bfloat16: return Arithmetic::bfloat16;
    case Compute::int8:
    case Compute::int4:
    case Compute::automatic: break;
  }
  return Arithmetic::int8;
}

double sum_of(const Profile& profile) {
  double sum = 0.0;
  for (const double seconds : profile.seconds) sum += seconds;
  return sum;
}

// Seconds this work takes where nothing but the peaks limits it.
double ideal_seconds(const Results& results, const PhaseTimes& run) {
  const Model& model = results.models[run.model];
  const ArithmeticPeak* peak = results.peaks.of(arithmetic_of(model.compute));
  double seconds = 0.0;
  for (const Phase phase : kCounted) {
    const Done done = work_done(model.work, phase, run.profile);
    const PhaseWork& work = model.work[static_cast<std::size_t>(phase)];
    const BandwidthPeak* level = results.peaks.holding(static_cast<std::size_t>(work.weight_bytes));
    const double arithmetic = peak != nullptr ? done.multiply_adds / peak->one_core : 0.0;
    seconds += std::max(arithmetic, level != nullptr ? done.bytes / level->one_core : 0.0);
  }
  return seconds;
}

class Describer {
 public:
  explicit Describer(const Results& results) : r_(results) {}

  html::Report report(const std::string& subtitle) {
    html::Report report{.title = "transept bench", .subtitle = subtitle};
    facts(report);
    report.sections = {summary(), throughput(), latency(), phases(), limits(), linearity()};
    return report;
  }

 private:
  std::string name(std::size_t model, std::uint32_t beam) const {
    return r_.models[model].compute + (beam == 1 ? ", greedy" : ", beam " + std::to_string(beam));
  }
  std::string name(std::size_t model, std::uint32_t beam, std::size_t threads) const {
    return name(model, beam) + ", " + count_of(threads, "thread");
  }
  std::string batch_name(std::size_t batch) const {
    return batch == 1 ? "one by one" : "batches of " + std::to_string(batch);
  }
  std::string unit() const {
    return r_.counts_words ? "source words a second" : "source tokens a second";
  }

  void facts(html::Report& report) const {
    const Model& first = r_.models.front();
    report.facts.emplace_back("processor", r_.machine.name);
    report.facts.emplace_back("cores this process may use", std::to_string(r_.machine.cores));
    report.facts.emplace_back("model", first.info.files.empty()
                                           ? first.info.family
                                           : first.info.files.front().path.parent_path().string());
    report.facts.emplace_back("architecture",
                              first.info.family + ", " +
                                  tools::compact(static_cast<double>(first.info.parameters)) +
                                  " parameters");
    report.facts.emplace_back("sentences", tools::readable(static_cast<double>(r_.sentences), 0));
    report.facts.emplace_back("rounds", std::to_string(r_.repeats));
  }

  Section summary() const {
    Section section{.title = "At a glance"};
    Table table{.title = "Speed and memory",
                .caption = "Medians; throughput at the best batch size.",
                .columns = {{"arithmetic, search"},
                            {"threads", true},
                            {unit(), true},
                            {"at batch", true},
                            {"latency p50", true},
                            {"p95", true},
                            {"p99", true}}};
    for (const Latency& latency : r_.latency) {
      const Throughput* best = nullptr;
      for (const Throughput& one : r_.throughput) {
        const bool same = one.model == latency.model && one.beam == latency.beam &&
                          one.threads == latency.threads;
        if (same && (best == nullptr || one.words.median > best->words.median)) best = &one;
      }
      auto& row = table.rows.emplace_back();
      row = {{name(latency.model, latency.beam)},
             {std::to_string(latency.threads)},
             {best != nullptr ? tools::readable(best->words.median, 0) : "–"},
             {best != nullptr ? std::to_string(best->batch) : "–"}};
      for (const double part : {0.5, 0.95, 0.99}) {
        row.push_back({latency.seconds.empty()
                           ? "–"
                           : tools::readable_duration(percentile(latency.seconds, part))});
      }
    }
    section.items.emplace_back(table);

    Table start{.title = "Memory and start",
                .caption =
                    "Of the program with one thread: peak memory while it translates a batch of 32 "
                    "sentences, and the "
                    "time from its start to the end of its first sentence.",
                .columns = {{"arithmetic"},
                            {"weights", true},
                            {"peak memory", true},
                            {"cold start", true},
                            {"from", true},
                            {"to", true}}};
    for (const Start& one : r_.starts) {
      start.rows.push_back(
          {{r_.models[one.model].compute},
           {tools::readable_bytes(static_cast<double>(r_.models[one.model].info.weight_bytes))},
           {tools::readable_bytes(static_cast<double>(one.peak_bytes))},
           {tools::readable_duration(one.cold.median)},
           {tools::readable_duration(one.cold.low)},
           {tools::readable_duration(one.cold.high)}});
    }
    section.items.emplace_back(start);
    if (!r_.skipped_batches.empty()) {
      std::string list;
      for (const std::size_t batch : r_.skipped_batches) {
        list += (list.empty() ? "" : ", ") + std::to_string(batch);
      }
      section.items.emplace_back("Not measured, since only " + count_of(r_.sentences, "sentence") +
                                 " fit into the time: batches of " + list +
                                 ". More --seconds allow more.");
    }
    return section;
  }

  Section throughput() const {
    Section section{
        .title = "Throughput",
        .paragraphs = {"Each setting translated the same " + count_of(r_.sentences, "sentence") +
                       " once a round, rounds interleaved; points are medians, bands reach from "
                       "the slowest round to the fastest."}};
    html::LineChart by_batch{.title = "By batch size",
                             .x = {.title = "sentences given at once", .scale = ScaleKind::log2},
                             .y = {.title = unit()}};
    html::LineChart by_threads{.title = "By threads",
                               .caption = "At the largest batch.",
                               .x = {.title = "threads", .from_zero = false},
                               .y = {.title = unit()}};
    Table table{.title = "All settings",
                .columns = {{"arithmetic, search"},
                            {"threads", true},
                            {"batch", true},
                            {unit(), true},
                            {"from", true},
                            {"to", true},
                            {"target tokens a second", true}}};
    std::size_t largest = 0;
    for (const Throughput& one : r_.throughput) largest = std::max(largest, one.batch);
    std::vector<std::size_t> threads;
    for (const Throughput& one : r_.throughput) {
      const html::Point point{static_cast<double>(one.batch), one.words.median, one.words.low,
                              one.words.high};
      add_point(by_batch, name(one.model, one.beam, one.threads), point);
      if (one.batch == largest) {
        if (std::count(threads.begin(), threads.end(), one.threads) == 0) {
          threads.push_back(one.threads);
        }
        html::Point at = point;
        at.x = static_cast<double>(one.threads);
        add_point(by_threads, name(one.model, one.beam), at);
      }
      table.rows.push_back({{name(one.model, one.beam)},
                            {std::to_string(one.threads)},
                            {std::to_string(one.batch)},
                            {tools::readable(one.words.median, 0)},
                            {tools::readable(one.words.low, 0)},
                            {tools::readable(one.words.high, 0)},
                            {tools::readable(one.tokens.median, 0)}});
    }
    section.items.emplace_back(by_batch);
    if (threads.size() > 1) section.items.emplace_back(with_thread_names(by_threads, threads));
    section.items.emplace_back(table);
    return section;
  }

  static void add_point(html::LineChart& chart, const std::string& series,
                        const html::Point& point) {
    auto found = std::find_if(chart.series.begin(), chart.series.end(),
                              [&](const Series& s) { return s.name == series; });
    if (found == chart.series.end()) {
      chart.series.push_back({.name = series});
      found = chart.series.end() - 1;
    }
    found->points.push_back(point);
  }

  // Whole numbers of threads, and no others, on the axis.
  static html::LineChart with_thread_names(html::LineChart chart,
                                           std::vector<std::size_t> threads) {
    std::sort(threads.begin(), threads.end());
    for (const std::size_t one : threads) chart.x.categories.push_back(std::to_string(one));
    for (Series& series : chart.series) {
      for (html::Point& point : series.points) {
        const auto place =
            std::find(threads.begin(), threads.end(), static_cast<std::size_t>(point.x));
        point.x = static_cast<double>(place - threads.begin());
      }
    }
    return chart;
  }

  Section latency() const {
    Section section{.title = "Latency",
                    .paragraphs = {"Sentences one by one; of each its median over " +
                                   count_of(r_.repeats, "round") + "."}};
    for (const Latency& one : r_.latency) {
      if (one.seconds.empty()) continue;
      html::Histogram chart{.title = name(one.model, one.beam, one.threads),
                            .x = {.title = "time of a sentence, ms"}};
      html::Sample sample;
      for (const double seconds : one.seconds) sample.values.push_back(1e3 * seconds);
      chart.samples.push_back(sample);
      for (const auto& [part, label] :
           {std::pair(0.5, "p50"), std::pair(0.95, "p95"), std::pair(0.99, "p99")}) {
        const double seconds = percentile(one.seconds, part);
        chart.guides.push_back(
            {1e3 * seconds, std::string(label) + ' ' + tools::readable_duration(seconds)});
      }
      section.items.emplace_back(chart);
      break;  // the others as boxes
    }
    html::BoxChart boxes{
        .title = "All settings",
        .caption = "Box: the middle half of the sentences; line: median; whiskers: 5 % and 95 %.",
        .value = {.title = "time of a sentence, ms"}};
    for (const Latency& one : r_.latency) {
      html::Sample& sample = boxes.rows.emplace_back();
      sample.name = name(one.model, one.beam, one.threads);
      for (const double seconds : one.seconds) sample.values.push_back(1e3 * seconds);
    }
    section.items.emplace_back(boxes);
    return section;
  }

  Section phases() const {
    Section section{
        .title = "Where the time goes",
        .paragraphs = {
            "One thread, counters on. From embed to search: a step of the decoder. Rest: what lies "
            "between, such as queues, "
            "results and the caller. The ideal is what this machine would need if its peaks were "
            "all that limits the "
            "products and the reading of their weights, and everything else were free."}};
    html::BarChart chart{.title = "Time by phase",
                         .value = {.title = "% of the time", .high = 100.0},
                         .stacked = true,
                         .horizontal = true};
    for (const std::string_view phase : kPhaseNames) {
      chart.series.push_back({.name = std::string(phase)});
    }
    chart.series.push_back({.name = "rest"});
    for (const PhaseTimes& run : r_.phases) {
      chart.categories.push_back(name(run.model, run.beam) + ", " + batch_name(run.batch));
      for (std::size_t i = 0; i < kPhases; ++i) {
        chart.series[i].values.push_back(100 * run.profile.seconds[i] / run.wall);
      }
      chart.series[kPhases].values.push_back(100 * std::max(0.0, run.wall - sum_of(run.profile)) /
                                             run.wall);
    }
    section.items.emplace_back(chart);
    for (const PhaseTimes& run : r_.phases) section.items.emplace_back(phase_table(run));
    return section;
  }

  Table phase_table(const PhaseTimes& run) const {
    const Model& model = r_.models[run.model];
    const ArithmeticPeak* peak = r_.peaks.of(arithmetic_of(model.compute));
    const auto sentences = static_cast<double>(run.sentences);
    const double ideal = ideal_seconds(r_, run);
    Table table{
        .title = name(run.model, run.beam) + ", " + batch_name(run.batch),
        .caption = tools::readable_duration(run.wall / sentences) + " a sentence, " +
                   tools::readable(static_cast<double>(run.profile.rows) /
                                       std::max(1.0, static_cast<double>(run.profile.steps)),
                                   1) +
                   " rows a step; the products alone would take " +
                   tools::readable_duration(ideal / sentences) + " at the peaks: " +
                   tools::readable(100 * ideal / run.wall, 0) + " % of the ideal is reached.",
        .columns = {{"phase"},
                    {"µs a sentence", true},
                    {"% of time", true},
                    {"multiply-adds/s", true},
                    {peak != nullptr ? "% of " + peak->name : "% of peak", true},
                    {"bytes/s", true},
                    {"% of bandwidth", true}}};
    for (std::size_t i = 0; i < kPhases; ++i) {
      const double seconds = run.profile.seconds[i];
      auto& row = table.rows.emplace_back();
      row = {{std::string(kPhaseNames[i])},
             {tools::readable(1e6 * seconds / sentences)},
             {tools::readable(100 * seconds / run.wall, 1)}};
      const Done done = work_done(model.work, static_cast<Phase>(i), run.profile);
      if (done.multiply_adds == 0 || seconds <= 0) {
        row.resize(table.columns.size());
        continue;
      }
      const BandwidthPeak* level =
          r_.peaks.holding(static_cast<std::size_t>(model.work[i].weight_bytes));
      row.push_back({tools::compact(done.multiply_adds / seconds)});
      row.push_back({peak != nullptr
                         ? tools::readable(100 * done.multiply_adds / seconds / peak->one_core, 0)
                         : "–"});
      row.push_back({tools::compact(done.bytes / seconds)});
      row.push_back({level != nullptr
                         ? tools::readable(100 * done.bytes / seconds / level->one_core, 0) +
                               " of " + level->name
                         : "–"});
    }
    const double rest = std::max(0.0, run.wall - sum_of(run.profile));
    table.rows.push_back({{"rest", Cell::Tone::muted},
                          {tools::readable(1e6 * rest / sentences)},
                          {tools::readable(100 * rest / run.wall, 1)},
                          {},
                          {},
                          {},
                          {}});
    return table;
  }

  Section limits() const {
    Section section{.title = "Limits of the machine",
                    .paragraphs = {"Peaks were measured in this run, by loops that do nothing "
                                   "else. A point of the roofline is a phase: "
                                   "its multiply-adds a second against those it does for each byte "
                                   "of weights, keys and values it reads."}};
    for (std::size_t m = 0; m < r_.models.size(); ++m) {
      html::Roofline roofline{.title = "Roofline, " + r_.models[m].compute + ", one core",
                              .operation = "multiply-adds"};
      for (const ArithmeticPeak& peak : r_.peaks.arithmetic) {
        roofline.peaks.push_back({peak.name, peak.one_core});
      }
      for (const BandwidthPeak& level : r_.peaks.bandwidth) {
        roofline.bandwidths.push_back({level.name, level.one_core});
      }
      std::uint32_t beam = 0;
      for (const PhaseTimes& run : r_.phases) {
        if (run.model != m || (beam != 0 && run.beam != beam)) continue;
        beam = run.beam;
        for (const Phase phase : {Phase::encode, Phase::self_attention, Phase::cross_attention,
                                  Phase::feed_forward, Phase::output}) {
          const double seconds = run.profile.seconds[static_cast<std::size_t>(phase)];
          const Done done = work_done(r_.models[m].work, phase, run.profile);
          if (seconds <= 0 || done.bytes <= 0) continue;
          roofline.kernels.push_back({std::string(kPhaseNames[static_cast<std::size_t>(phase)]) +
                                          ", " + batch_name(run.batch),
                                      done.multiply_adds / done.bytes,
                                      done.multiply_adds / seconds});
        }
      }
      if (beam != 0) roofline.caption = name(m, beam) + ".";
      section.items.emplace_back(roofline);
    }
    const std::string together = count_of(r_.peaks.threads, "thread");
    Table arithmetic{.title = "Multiply-adds a second",
                     .columns = {{"arithmetic"}, {"one core", true}, {together, true}}};
    for (const ArithmeticPeak& peak : r_.peaks.arithmetic) {
      arithmetic.rows.push_back(
          {{peak.name}, {tools::compact(peak.one_core)}, {tools::compact(peak.all_cores)}});
    }
    Table bandwidth{
        .title = "Reading, bytes a second",
        .columns = {{"from"}, {"size read", true}, {"one core", true}, {together, true}}};
    for (const BandwidthPeak& level : r_.peaks.bandwidth) {
      bandwidth.rows.push_back({{level.name},
                                {tools::readable_bytes(static_cast<double>(level.bytes))},
                                {tools::compact(level.one_core)},
                                {tools::compact(level.all_cores)}});
    }
    section.items.emplace_back(arithmetic);
    section.items.emplace_back(bandwidth);
    return section;
  }

  Section linearity() const {
    const std::uint32_t beam = r_.latency.empty() ? 1 : r_.latency.front().beam;
    Section section{
        .title = "Growth",
        .paragraphs = {"One thread, " + name(0, beam) + " for lines, greedy for lengths."}};
    html::LineChart lines{
        .title = "Time by number of lines",
        .caption = "All lines given at once; ten times the lines are ten times the same lines.",
        .x = {.title = "lines", .scale = ScaleKind::log10},
        .y = {.title = "seconds", .scale = ScaleKind::log10}};
    Series measured{.name = "measured"},
        straight{.name = "in proportion to the first", .style = html::Style::line};
    for (const ScalePoint& point : r_.by_lines) {
      measured.points.push_back({static_cast<double>(point.x), point.seconds.median,
                                 point.seconds.low, point.seconds.high});
      const ScalePoint& first = r_.by_lines.front();
      straight.points.push_back(
          {static_cast<double>(point.x),
           first.seconds.median * static_cast<double>(point.x) / static_cast<double>(first.x)});
    }
    lines.series = {measured, straight};
    section.items.emplace_back(lines);
    Table ratio{
        .title = "Ten times the lines",
        .columns = {{"lines"}, {"seconds", true}, {"lines"}, {"seconds", true}, {"ratio", true}}};
    if (r_.by_lines.size() > 1) {
      const ScalePoint& few = r_.by_lines.front();
      const ScalePoint& many = r_.by_lines.back();
      const double times = many.seconds.median / few.seconds.median;
      ratio.rows.push_back({{std::to_string(few.x)},
                            {tools::readable(few.seconds.median)},
                            {std::to_string(many.x)},
                            {tools::readable(many.seconds.median)},
                            {tools::readable(times, 2),
                             times >= 9.5 && times <= 10.5 ? Cell::Tone::good : Cell::Tone::bad}});
    }
    section.items.emplace_back(ratio);

    html::LineChart lengths{.title = "Time by length of a sentence",
                            .caption = "As many target tokens, forced, as source tokens.",
                            .x = {.title = "source tokens"},
                            .y = {.title = "time of one sentence, ms"}};
    Series points{.name = "measured", .style = html::Style::points};
    std::vector<std::pair<double, double>> pairs;
    for (const ScalePoint& point : r_.by_length) {
      points.points.push_back({static_cast<double>(point.x), 1e3 * point.seconds.median,
                               1e3 * point.seconds.low, 1e3 * point.seconds.high});
      pairs.emplace_back(static_cast<double>(point.x), 1e3 * point.seconds.median);
    }
    lengths.series.push_back(points);
    if (pairs.size() >= 4) {
      const auto c = fit_parabola(pairs);
      Series linear{.name = "its linear part", .style = html::Style::line},
          both{.name = "linear and attention's square", .style = html::Style::line};
      for (int i = 0; i <= 40; ++i) {
        const double x = pairs.back().first * i / 40;
        linear.points.push_back({x, c[0] + c[1] * x});
        both.points.push_back({x, c[0] + c[1] * x + c[2] * x * x});
      }
      lengths.series.push_back(both);
      lengths.series.push_back(linear);
      lengths.caption +=
          " Fit: " + tools::readable(c[0]) + " ms and " + tools::readable(1e3 * c[1]) +
          " µs a token; attention's square is " +
          tools::readable(
              100 * c[2] * pairs.back().first * pairs.back().first / pairs.back().second, 0) +
          " % of the time at " + tools::readable(pairs.back().first, 0) + " tokens.";
    }
    section.items.emplace_back(lengths);
    return section;
  }

  const Results& r_;
};

}  // namespace

html::Report describe(const Results& results, const std::string& subtitle) {
  return Describer(results).report(subtitle);
}

}  // namespace transept::bench
