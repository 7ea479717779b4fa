#include "tools/regress/evaluation.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tools/base/try.h"
#include "tools/regress/evaluation_steps.h"

namespace transept::tools {
namespace {

// By name and variant.
using ModelChecksums = std::map<std::pair<std::string, std::string>, std::string>;

Result<ModelChecksums> identify_models(const EvaluationHooks& hooks, const Suite& suite) {
  ModelChecksums checksums;
  for (const SuiteModel& model : suite.models) {
    for (const SuiteSetting& setting : suite.settings) {
      std::string& checksum = checksums[{model.name, setting.variant}];
      if (!checksum.empty()) continue;
      Result<std::string> found = model_checksum(hooks.run, model, setting.variant);
      if (!found.ok()) return with_context(model.name, found.status());
      checksum = *std::move(found);
      if (!model.checksum.empty() && model.checksum != checksum) {
        return Status(Code::kCorrupt, "the model " + model.name + " has changed: its checksum is " +
                                          checksum + ", the suite says " + model.checksum);
      }
    }
  }
  return checksums;
}

}  // namespace

Status translate_sets(const EvaluationHooks& hooks, Evaluation& evaluation) {
  const Result<ModelChecksums> checksums = identify_models(hooks, evaluation.suite);
  if (!checksums.ok()) return checksums.status();
  const std::size_t count = evaluation.suite.models.size() * evaluation.suite.settings.size() *
                            evaluation.suite.sets.size();
  for (const SuiteModel& model : evaluation.suite.models) {
    for (const SuiteSetting& setting : evaluation.suite.settings) {
      for (std::size_t s = 0; s < evaluation.suite.sets.size(); ++s) {
        CombinationResult result;
        result.of = {model.name, setting.name, evaluation.suite.sets[s].name};
        result.set = s;
        result.flags = setting.flags;
        result.model_checksum = checksums->at({model.name, setting.variant});
        hooks.progress(std::to_string(evaluation.results.size() + 1) + " of " +
                       std::to_string(count) + ": " + result.of.text());
        Result<TranslatedSet> translated =
            translate_set(hooks.run, model, setting, evaluation.suite.sets[s]);
        if (!translated.ok()) return with_context(result.of.text(), translated.status());
        if (translated->lines.size() != evaluation.sets[s].source.size()) {
          return Status(Code::kInternal,
                        result.of.text() + ": " + std::to_string(translated->lines.size()) +
                            " translations of " + std::to_string(evaluation.sets[s].source.size()) +
                            " lines");
        }
        result.translated = *std::move(translated);
        evaluation.results.push_back(std::move(result));
      }
    }
  }
  return Status();
}

Verdict CombinationResult::verdict() const {
  if (!failures.empty()) return Verdict::regression;
  Verdict worst = Verdict::better;
  bool any_better = false;
  for (const MetricResult& metric : metrics) {
    worst = std::max(worst, metric.verdict);
    any_better = any_better || metric.verdict == Verdict::better;
  }
  // Where one metric stays and another rises, the result is better.
  return worst == Verdict::equal && any_better ? Verdict::better : worst;
}

bool Evaluation::regressed() const {
  return std::any_of(
             results.begin(), results.end(),
             [](const CombinationResult& one) { return one.verdict() == Verdict::regression; }) ||
         std::any_of(comparisons.begin(), comparisons.end(),
                     [](const ComparisonResult& one) { return !one.ok; });
}

std::size_t Evaluation::fresh() const {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const CombinationResult& one) {
        return std::any_of(one.metrics.begin(), one.metrics.end(), [](const MetricResult& metric) {
          return metric.verdict == Verdict::fresh;
        });
      }));
}

const CombinationResult* Evaluation::find(const Combination& of) const {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const CombinationResult& one) { return one.of == of; });
  return found == results.end() ? nullptr : &*found;
}

Result<Evaluation> evaluate_suite(const Suite& suite, bool need_baselines,
                                  const EvaluationHooks& hooks) {
  Evaluation evaluation;
  evaluation.suite = suite;
  TRANSEPT_RETURN_IF_ERROR(load_sets(evaluation));
  TRANSEPT_RETURN_IF_ERROR(load_recorded(need_baselines, evaluation));
  TRANSEPT_RETURN_IF_ERROR(translate_sets(hooks, evaluation));
  TRANSEPT_RETURN_IF_ERROR(measure_speed(hooks, evaluation));
  TRANSEPT_RETURN_IF_ERROR(score_results(hooks, evaluation));
  compare_settings(evaluation);
  evaluation.record = record_of_this_run(suite.directory(), suite.baselines);
  return evaluation;
}

RecordedRun record_run(const Evaluation& evaluation) {
  RecordedRun run;
  run.record = evaluation.record;
  for (const CombinationResult& result : evaluation.results) {
    RecordedResult recorded;
    recorded.of = result.of;
    recorded.model_checksum = result.model_checksum;
    recorded.set_checksum = evaluation.sets[result.set].checksum;
    recorded.flags = result.flags;
    for (const MetricResult& metric : result.metrics) {
      recorded.scores[metric.key] = {metric.score, metric.signature};
    }
    recorded.bits = result.translated.bits;
    recorded.seconds = result.translated.seconds;
    recorded.peak_bytes = result.translated.peak_bytes;
    run.results.push_back(std::move(recorded));
  }
  return run;
}

Baselines record_baselines(const Evaluation& evaluation) {
  Baselines baselines;
  baselines.newest = record_run(evaluation);
  if (evaluation.baselines) baselines.history = evaluation.baselines->history;
  baselines.history.push_back(baselines.newest);
  for (std::size_t r = 0; r < evaluation.results.size(); ++r) {
    for (const TranslatedLine& line : evaluation.results[r].translated.lines) {
      baselines.newest.results[r].translations.push_back(line.text);
    }
  }
  return baselines;
}

}  // namespace transept::tools
