// A regression run as one JSON object.
#include <nlohmann/json.hpp>
#include <string>

#include "tools/regress/record_json.h"
#include "tools/regress/results.h"

namespace transept::tools {
namespace {

using json = nlohmann::ordered_json;

json of(const ScoreRange& range) { return json::array({range.low, range.high}); }

json of(const MetricResult& metric) {
  json object = {{"metric", metric.key},
                 {"name", metric.name},
                 {"score", metric.score},
                 {"interval", of(metric.interval)},
                 {"signature", metric.signature},
                 {"tolerance", metric.allowance},
                 {"verdict", verdict_text(metric.verdict)}};
  if (metric.baseline) {
    object["baseline"] = *metric.baseline;
    object["change"] = metric.score - *metric.baseline;
  }
  if (metric.difference) object["change_interval"] = of(*metric.difference);
  if (metric.p_value) object["p_value"] = *metric.p_value;
  return object;
}

json of(const CombinationResult& result, const SetLines& set) {
  json metrics = json::array();
  for (const MetricResult& metric : result.metrics) metrics.push_back(of(metric));
  json object = {{"model", result.of.model},
                 {"setting", result.of.setting},
                 {"set", result.of.set},
                 {"verdict", verdict_text(result.verdict())},
                 {"metrics", metrics},
                 {"failures", result.failures},
                 {"flags", result.flags},
                 {"model_checksum", result.model_checksum},
                 {"set_checksum", set.checksum},
                 {"lines", result.translated.lines.size()},
                 {"seconds", result.translated.seconds},
                 {"peak_bytes", result.translated.peak_bytes},
                 {"bits", result.translated.bits}};
  if (result.speed_seconds) object["translation_seconds"] = *result.speed_seconds;
  if (result.same_bits) object["same_bits"] = *result.same_bits;
  if (result.same_bits_as_last_run) object["same_bits_as_last_run"] = *result.same_bits_as_last_run;
  if (result.baseline != nullptr) {
    json changed = json::array();
    for (const std::size_t line : result.changed) {
      changed.push_back({{"line", line},
                         {"source", set.source[line]},
                         {"references", set.references[line]},
                         {"before", result.baseline->translations[line]},
                         {"now", result.translated.lines[line].text}});
    }
    object["changed"] = changed;
  }
  return object;
}

}  // namespace

std::string format_json(const Evaluation& evaluation) {
  json results = json::array();
  for (const CombinationResult& result : evaluation.results) {
    results.push_back(of(result, evaluation.sets[result.set]));
  }
  json comparisons = json::array();
  for (const ComparisonResult& one : evaluation.comparisons) {
    comparisons.push_back({{"model", one.model},
                           {"set", one.set},
                           {"setting", one.setting},
                           {"with", one.with},
                           {"found", one.what},
                           {"tolerance", one.allowance},
                           {"ok", one.ok}});
  }
  json object = {{"suite", evaluation.suite.name},
                 {"regression", evaluation.regressed()},
                 {"summary", summary(evaluation)},
                 {"run", record_json(evaluation.record)},
                 {"baseline",
                  evaluation.baselines ? record_json(evaluation.baselines->newest.record) : json()},
                 {"results", results},
                 {"comparisons", comparisons},
                 {"notes", evaluation.notes}};
  return object.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace transept::tools
