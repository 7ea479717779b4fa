// The steps of an evaluation, in their order: each fills its part.
#pragma once

#include <string>

#include "tools/regress/evaluation.h"
#include "transept/status.h"

namespace transept::tools {

// sets.cpp: the lines of all sets, which are those that the suite means.
Status load_sets(Evaluation& evaluation);
// recorded.cpp: baselines and history, as far as they are of these sets.
Status load_recorded(bool need_baselines, Evaluation& evaluation);
// evaluation.cpp: a result for each model, setting and set, translated.
Status translate_sets(const EvaluationHooks& hooks, Evaluation& evaluation);
// comparisons.cpp: how long results take without opening the model, where the suite compares that.
Status measure_speed(const EvaluationHooks& hooks, Evaluation& evaluation);
// scoring.cpp: metrics of all results, and what became of their baselines.
Status score_results(const EvaluationHooks& hooks, Evaluation& evaluation);
// comparisons.cpp
void compare_settings(Evaluation& evaluation);

constexpr double kSamePoints = 1e-9;  // scores of the same counts differ by less

// How much worse `score` is than `reference`.
inline double loss(const MetricResult& metric, double reference, double score) {
  return metric.lower_is_better ? score - reference : reference - score;
}

inline Status input_error(std::string message) { return Status(Code::kInput, std::move(message)); }

inline Status with_context(const std::string& context, const Status& status) {
  return Status(status.code(), context + ": " + status.message());
}

}  // namespace transept::tools
