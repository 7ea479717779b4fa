// Evaluation: a suite run, scored and compared with its baselines. What the table, the JSON, the
// JUnit file and the report show is here, and nothing is decided after this.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/regress/baselines.h"
#include "tools/regress/difference.h"
#include "tools/regress/suite.h"
#include "tools/regress/translation.h"
#include "transept/scorer.h"

namespace transept::tools {

// From best to worst.
enum class Verdict {
  better,  // than the baseline
  equal,
  tolerated,  // worse, but no more than the suite tolerates
  fresh,      // there is no baseline
  regression,
};

struct MetricResult {
  std::string key;   // as the suite calls the metric: "bleu"
  std::string name;  // as signatures do: "BLEU"
  std::string signature;
  bool lower_is_better = false;
  double score = 0.0;
  ScoreRange interval;                   // 95% by bootstrap
  std::optional<double> baseline;        // as recorded
  std::optional<ScoreRange> difference;  // of score - baseline, 95% by paired bootstrap
  std::optional<double> p_value;         // of paired bootstrap
  std::string allowance;                 // "0.30", "p < 0.05": what the suite tolerates
  Verdict verdict = Verdict::fresh;

  std::shared_ptr<const score::Metric> corpus_metric;
  std::shared_ptr<const score::Metric> segment_metric;  // of single segments
  score::Statistics statistics;
  std::optional<score::Statistics> baseline_statistics;
};

// One model, setting and set.
struct CombinationResult {
  Combination of;
  std::size_t set = 0;  // number in the suite and in Evaluation::sets
  std::vector<std::string> flags;
  std::string model_checksum;
  TranslatedSet translated;
  std::optional<double> speed_seconds;  // without opening the model; when the suite asks for speed
  std::vector<MetricResult> metrics;

  const RecordedResult* baseline = nullptr;   // of Evaluation::baselines
  std::vector<std::size_t> changed;           // lines whose text is not the baseline's
  std::optional<bool> same_bits;              // as the baseline
  std::optional<bool> same_bits_as_last_run;  // of the history
  std::vector<std::string> failures;          // beyond the metrics: bits, memory

  Verdict verdict() const;
};

// One line of `compare`.
struct ComparisonResult {
  std::string model;
  std::string set;
  std::string setting;
  std::string with;
  std::string what;       // "BLEU -0.12"
  std::string allowance;  // "at most 0.30 lower"
  bool ok = true;
};

struct SetLines {
  std::string checksum;
  std::vector<std::string> source;
  score::References references;  // [segment][reference]
};

// Moved, never copied: results point into `baselines`.
struct Evaluation {
  Evaluation() = default;
  Evaluation(Evaluation&&) = default;
  Evaluation& operator=(Evaluation&&) = default;

  Suite suite;
  RunRecord record;
  std::vector<SetLines> sets;
  std::optional<Baselines> baselines;
  std::vector<RecordedRun> history;  // recorded runs, oldest first, without this one
  std::vector<CombinationResult> results;
  std::vector<ComparisonResult> comparisons;
  std::vector<std::string> notes;  // what a user should know, a sentence each

  bool regressed() const;
  // Results without a baseline.
  std::size_t fresh() const;
  const CombinationResult* find(const Combination& of) const;
};

struct EvaluationHooks {
  RunProgram run;
  std::function<void(std::string_view)> progress = [](std::string_view) {};
};

// `need_baselines`: the want of a file of baselines is an error before anything is translated.
// Errors: kInvalidArgument for sets whose files differ in their numbers of lines; kInput for files
// that are missing, empty or not UTF-8, for checksums that are not the suite's, for baselines that
// are missing or of another set; those of the program, with its exit codes.
Result<Evaluation> evaluate_suite(const Suite& suite, bool need_baselines,
                                  const EvaluationHooks& hooks);

// What --update writes.
Baselines record_baselines(const Evaluation& evaluation);
// This run as a history keeps it.
RecordedRun record_run(const Evaluation& evaluation);

}  // namespace transept::tools
