// Settings beside each other: scores, speed and memory of one run.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tools/base/numbers.h"
#include "tools/regress/evaluation_steps.h"

namespace transept::tools {
namespace {

constexpr std::size_t kSpeedRounds = 3;

template <class Item>
const Item& named(const std::vector<Item>& items, const std::string& name) {
  return *std::find_if(items.begin(), items.end(),
                       [&](const Item& item) { return item.name == name; });
}

void compare_pair(const SuiteComparison& comparison, const CombinationResult& one,
                  const CombinationResult& other, std::vector<ComparisonResult>& comparisons) {
  const auto add = [&](std::string what, std::string allowance, bool ok) {
    comparisons.push_back({one.of.model, one.of.set, comparison.setting, comparison.with,
                           std::move(what), std::move(allowance), ok});
  };
  for (std::size_t m = 0; m < one.metrics.size(); ++m) {
    const MetricResult& metric = one.metrics[m];
    const auto tolerance = comparison.tolerance.find(metric.key);
    if (tolerance == comparison.tolerance.end()) continue;
    const double reference = other.metrics[m].score;
    add(metric.name + " " + signed_fixed(metric.score - reference, 2),
        "at most " + fixed(tolerance->second, 2) + (metric.lower_is_better ? " higher" : " lower"),
        loss(metric, reference, metric.score) <= tolerance->second + kSamePoints);
  }
  if (comparison.speed) {
    const double ratio = *other.speed_seconds / *one.speed_seconds;
    add(fixed(ratio, 2) + " times as fast", "at least " + fixed(*comparison.speed, 2),
        ratio >= *comparison.speed);
  }
  if (comparison.memory) {
    const double part = static_cast<double>(one.translated.peak_bytes) /
                        static_cast<double>(other.translated.peak_bytes);
    add(fixed(part, 2) + " of the peak memory", "at most " + fixed(*comparison.memory, 2),
        part <= *comparison.memory);
  }
}

}  // namespace

// Settings in turns, so that what else the machine does meets them alike.
Status measure_speed(const EvaluationHooks& hooks, Evaluation& evaluation) {
  std::set<std::string> wanted;
  for (const SuiteComparison& comparison : evaluation.suite.compare) {
    if (comparison.speed) wanted.insert({comparison.setting, comparison.with});
  }
  if (wanted.empty()) return Status();
  std::map<const CombinationResult*, std::pair<std::vector<double>, std::vector<double>>> seconds;
  for (std::size_t round = 0; round < kSpeedRounds; ++round) {
    for (CombinationResult& result : evaluation.results) {
      if (!wanted.contains(result.of.setting)) continue;
      hooks.progress("speed, round " + std::to_string(round + 1) + " of " +
                     std::to_string(kSpeedRounds) + ": " + result.of.text());
      const SuiteModel& model = named(evaluation.suite.models, result.of.model);
      const SuiteSetting& setting = named(evaluation.suite.settings, result.of.setting);
      const Result<double> opening = opening_seconds(hooks.run, model, setting);
      if (!opening.ok()) return with_context(result.of.text(), opening.status());
      const Result<TranslatedSet> translated =
          translate_set(hooks.run, model, setting, evaluation.suite.sets[result.set]);
      if (!translated.ok()) return with_context(result.of.text(), translated.status());
      if (translated->bits != result.translated.bits && result.failures.empty()) {
        result.failures.push_back("two runs gave different bits");
      }
      seconds[&result].first.push_back(opening.value());
      seconds[&result].second.push_back(translated->seconds);
    }
  }
  for (CombinationResult& result : evaluation.results) {
    const auto found = seconds.find(&result);
    if (found == seconds.end()) continue;
    // Where opening takes nearly all of the time, the rest is noise, but not below nothing.
    result.speed_seconds =
        std::max(median(found->second.second) - median(found->second.first), 1e-3);
  }
  return Status();
}

void compare_settings(Evaluation& evaluation) {
  for (const SuiteComparison& comparison : evaluation.suite.compare) {
    for (const SuiteModel& model : evaluation.suite.models) {
      for (const SuiteSet& set : evaluation.suite.sets) {
        compare_pair(comparison, *evaluation.find({model.name, comparison.setting, set.name}),
                     *evaluation.find({model.name, comparison.with, set.name}),
                     evaluation.comparisons);
      }
    }
  }
}

}  // namespace transept::tools
