// The charts of a report.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "tools/base/numbers.h"
#include "tools/regress/report_parts.h"
#include "tools/regress/segment.h"

namespace transept::tools {
namespace {

constexpr std::size_t kShownRuns = 40;
constexpr std::size_t kLengthGroups = 6;

// The metrics of a suite, as results list them.
const std::vector<MetricResult>& metrics_of(const Evaluation& evaluation) {
  return evaluation.results.front().metrics;
}

// "11-26 15:02, 110ca50": enough to find a run again.
std::string run_name(const RunRecord& record) {
  std::string name = record.time.size() >= 16
                         ? record.time.substr(5, 5) + " " + record.time.substr(11, 5)
                         : record.time;
  if (!record.commit.empty()) name += ", " + record.commit.substr(0, 7);
  return name;
}

html::Figure history_of(const std::string& key, const std::string& name,
                        const std::vector<RecordedRun>& runs, const Evaluation& evaluation) {
  html::LineChart chart{
      .title = name + " of recorded runs", .x = {}, .y = {.title = name, .from_zero = false}};
  for (const RecordedRun& run : runs) chart.x.categories.push_back(run_name(run.record));
  chart.x.categories.back() = "this run";
  for (const CombinationResult& result : evaluation.results) {
    html::Series series{.name = short_name(result.of, evaluation.suite)};
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const RecordedResult* recorded = runs[r].find(result.of);
      if (recorded == nullptr) continue;
      const auto score = recorded->scores.find(key);
      if (score == recorded->scores.end()) continue;
      series.points.push_back({.x = static_cast<double>(r),
                               .y = score->second.score,
                               .label = series.name + ", " + run_name(runs[r].record) + ": " +
                                        fixed(score->second.score, 2)});
    }
    chart.series.push_back(std::move(series));
  }
  return draw(chart);
}

// Words of the first reference of each segment.
std::vector<std::size_t> reference_lengths(const SetLines& set, const std::string& tokenizer) {
  std::vector<std::size_t> lengths;
  for (const auto& references : set.references) {
    lengths.push_back(words_of(references.front(), tokenizer).size());
  }
  return lengths;
}

struct LengthGroup {
  std::size_t low = 0;
  std::size_t high = 0;
  std::size_t segments = 0;
};

// Groups of lengths that hold about equally many segments.
std::vector<LengthGroup> length_groups(const std::vector<std::size_t>& lengths) {
  std::map<std::size_t, std::size_t> counts;
  for (const std::size_t length : lengths) ++counts[length];
  const std::size_t enough = (lengths.size() + kLengthGroups - 1) / kLengthGroups;
  std::vector<LengthGroup> groups;
  for (const auto& [length, count] : counts) {
    if (groups.empty() || groups.back().segments >= enough) groups.push_back({length, length, 0});
    groups.back().high = length;
    groups.back().segments += count;
  }
  return groups;
}

std::string name_of(const LengthGroup& group) {
  return group.low == group.high ? std::to_string(group.low)
                                 : std::to_string(group.low) + "–" + std::to_string(group.high);
}

double score_of_group(const MetricResult& metric, const std::vector<std::size_t>& lengths,
                      const LengthGroup& group) {
  std::vector<double> sum(metric.statistics.width, 0.0);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < group.low || lengths[i] > group.high) continue;
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += metric.statistics.row(i)[j];
  }
  return metric.corpus_metric->score(sum).value;
}

// By metric, of one set.
html::Figure scores_by_length(const Evaluation& evaluation, std::size_t set, std::size_t m) {
  const std::vector<std::size_t> lengths =
      reference_lengths(evaluation.sets[set], evaluation.suite.sets[set].tokenize);
  const std::vector<LengthGroup> groups = length_groups(lengths);
  const std::string& name = metrics_of(evaluation)[m].name;
  html::LineChart chart{
      .title = name + " by length" +
               (evaluation.sets.size() > 1 ? ", " + evaluation.suite.sets[set].name : ""),
      .x = {.title = "words of the reference (segments)"},
      .y = {.title = name, .from_zero = false}};
  for (const LengthGroup& group : groups) {
    chart.x.categories.push_back(name_of(group) + " (" + std::to_string(group.segments) + ")");
  }
  for (const CombinationResult& result : evaluation.results) {
    if (result.set != set) continue;
    html::Series series{.name = short_name(result.of, evaluation.suite)};
    for (std::size_t g = 0; g < groups.size(); ++g) {
      series.points.push_back({.x = static_cast<double>(g),
                               .y = score_of_group(result.metrics[m], lengths, groups[g])});
    }
    chart.series.push_back(std::move(series));
  }
  return draw(chart);
}

html::Figure length_ratios(const Evaluation& evaluation) {
  html::BoxChart chart{
      .title = "Length of translations",
      .caption =
          "Words of a translation for each word of its first reference; box: the middle half "
          "of the segments, whiskers: from 5 % to 95 %.",
      .value = {.title = "length ratio", .from_zero = false},
      .guides = {{1.0, "as long"}}};
  for (const CombinationResult& result : evaluation.results) {
    const std::string& tokenizer = evaluation.suite.sets[result.set].tokenize;
    const std::vector<std::size_t> lengths =
        reference_lengths(evaluation.sets[result.set], tokenizer);
    html::Sample sample{.name = short_name(result.of, evaluation.suite)};
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (lengths[i] == 0) continue;
      const std::size_t words = words_of(result.translated.lines[i].text, tokenizer).size();
      sample.values.push_back(static_cast<double>(words) / static_cast<double>(lengths[i]));
    }
    chart.rows.push_back(std::move(sample));
  }
  return draw(chart);
}

}  // namespace

void add_differences(const Evaluation& evaluation, html::Page& page) {
  page.section("Score differences");
  if (!evaluation.baselines) return page.paragraph("There is no baseline to differ from.");
  page.paragraph(
      "Score now less score of the baseline, with the central 95 % of differences over 1,000 "
      "paired bootstrap "
      "resamples of the segments.");
  for (std::size_t m = 0; m < metrics_of(evaluation).size(); ++m) {
    const MetricResult& metric = metrics_of(evaluation)[m];
    html::IntervalChart chart{
        .title = metric.name,
        .value = {.title = "difference of " + metric.name, .from_zero = false}};
    const auto tolerance = evaluation.suite.tolerance.points.find(metric.key);
    if (tolerance != evaluation.suite.tolerance.points.end()) {
      chart.guides.push_back(
          {metric.lower_is_better ? tolerance->second : -tolerance->second, "tolerance"});
    }
    for (const CombinationResult& result : evaluation.results) {
      const MetricResult& one = result.metrics[m];
      if (!one.baseline) continue;
      const ScoreRange range = one.difference.value_or(ScoreRange{html::kNone, html::kNone});
      chart.rows.push_back(
          {.label = short_name(result.of, evaluation.suite),
           .value = one.score - *one.baseline,
           .low = range.low,
           .high = range.high,
           .group = static_cast<std::size_t>(&result - evaluation.results.data())});
    }
    page.add(draw(chart));
  }
}

void add_history(const Evaluation& evaluation, html::Page& page) {
  page.section("History");
  if (evaluation.history.empty()) return page.paragraph("No earlier run is recorded.");
  std::vector<RecordedRun> runs = evaluation.history;
  runs.push_back(record_run(evaluation));
  if (runs.size() > kShownRuns) {
    page.paragraph("The last " + std::to_string(kShownRuns) + " of " + std::to_string(runs.size()) +
                   " runs.");
    runs.erase(runs.begin(), runs.end() - static_cast<std::ptrdiff_t>(kShownRuns));
  }
  for (const MetricResult& metric : metrics_of(evaluation)) {
    page.add(history_of(metric.key, metric.name, runs, evaluation));
  }
}

void add_distribution(const Evaluation& evaluation, const AllScores& scores, html::Page& page) {
  page.section("Sentences");
  bool any_change = false;
  for (const CombinationResult& result : evaluation.results) {
    any_change = any_change || !result.changed.empty();
  }
  for (std::size_t m = 0; m < metrics_of(evaluation).size(); ++m) {
    const std::string& name = metrics_of(evaluation)[m].name;
    html::Histogram chart;
    if (any_change) {
      chart.title = "Differences of sentence " + name;
      chart.caption = "Of the sentences that changed: score now less score of the baseline.";
      chart.x.title = "difference";
      chart.guides = {{0.0, ""}};
    } else {
      chart.title = "Sentence " + name;
      chart.caption = evaluation.baselines ? "No sentence changed; these are the scores."
                                           : "There is no baseline; these are the scores.";
      chart.x.title = "score";
    }
    for (std::size_t r = 0; r < evaluation.results.size(); ++r) {
      const CombinationResult& result = evaluation.results[r];
      html::Sample sample{.name = short_name(result.of, evaluation.suite)};
      if (any_change) {
        const double sign = result.metrics[m].lower_is_better ? -1.0 : 1.0;
        for (const std::size_t i : result.changed) {
          if (!std::isnan(scores[r][i].gain[m])) {
            sample.values.push_back(sign * scores[r][i].gain[m]);
          }
        }
      } else {
        for (const SegmentScores& segment : scores[r]) sample.values.push_back(segment.now[m]);
      }
      chart.samples.push_back(std::move(sample));
    }
    page.add(draw(chart));
  }
}

void add_lengths(const Evaluation& evaluation, html::Page& page) {
  page.section("Length", "Scores of the segments of about one length together, shortest first.");
  for (std::size_t set = 0; set < evaluation.sets.size(); ++set) {
    for (std::size_t m = 0; m < metrics_of(evaluation).size(); ++m) {
      page.add(scores_by_length(evaluation, set, m));
    }
  }
  page.add(length_ratios(evaluation));
}

}  // namespace transept::tools
