// Scores of results, and how they stand beside their baselines.
#include <algorithm>
#include <cmath>
#include <utility>

#include "tools/base/numbers.h"
#include "tools/base/try.h"
#include "tools/regress/evaluation_steps.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

constexpr std::size_t kResamples = 1000;
constexpr double kEditedPoints = 1e-6;  // what writing and reading a score may change it by

struct MetricPair {
  std::shared_ptr<const score::Metric> corpus;
  std::shared_ptr<const score::Metric> segment;
};

Result<MetricPair> make_metric(const std::string& key, const std::string& tokenizer) {
  const auto pair = [](Result<std::unique_ptr<const score::Metric>> made,
                       Result<std::unique_ptr<const score::Metric>> segment) -> Result<MetricPair> {
    if (!made.ok()) return made.status();
    if (!segment.ok()) return segment.status();
    return MetricPair{*std::move(made), *std::move(segment)};
  };
  if (key == "bleu") {
    // Single segments are scored as sacreBLEU does: orders longer than the segment do not count.
    return pair(score::make_bleu({.tokenizer = tokenizer}),
                score::make_bleu({.tokenizer = tokenizer, .effective_order = true}));
  }
  if (key == "ter") return MetricPair{score::make_ter({}), score::make_ter({})};
  const score::ChrfOptions options{.word_order = key == "chrf++" ? 2u : 0u};
  return pair(score::make_chrf(options), score::make_chrf(options));
}

// Judges `metric`, whose numbers are complete.
void judge(const SuiteTolerance& tolerance, MetricResult& metric) {
  const auto points = tolerance.points.find(metric.key);
  const bool by_points = points != tolerance.points.end();
  metric.allowance = by_points               ? fixed(points->second, 2)
                     : tolerance.significant ? "p < " + shortest(*tolerance.significant)
                                             : "0";
  if (!metric.baseline) return;
  const double worse = loss(metric, *metric.baseline, metric.score);
  if (std::abs(worse) < kSamePoints) {
    metric.verdict = Verdict::equal;
  } else if (worse < 0.0) {
    metric.verdict = Verdict::better;
  } else {
    const bool allowed =
        by_points ? worse <= points->second + kSamePoints
                  : tolerance.significant && metric.p_value.value_or(0.0) >= *tolerance.significant;
    metric.verdict = allowed ? Verdict::tolerated : Verdict::regression;
  }
}

// What the recorded translations tell beyond their score.
Status compare_translations(const score::Metric& metric, const score::References& references,
                            const std::vector<std::string>& texts, const CombinationResult& result,
                            MetricResult& out, std::vector<std::string>& notes) {
  Result<score::Statistics> before =
      score::statistics(metric, result.baseline->translations, references);
  if (!before.ok()) return before.status();
  const double rescored = metric.score(before->total()).value;
  if (std::abs(rescored - *out.baseline) > kEditedPoints) {
    notes.push_back(result.of.text() + ": the baseline says " + out.name + " " +
                    fixed(*out.baseline, 2) + ", but its translations score " + fixed(rescored, 2));
  }
  if (texts == result.baseline->translations) {
    out.p_value = 1.0;
    out.difference = ScoreRange{};
  } else {
    out.p_value = score::paired_bootstrap(metric, *before, out.statistics, kResamples).p_value;
    out.difference = difference_range(metric, *before, out.statistics, kResamples);
  }
  out.baseline_statistics = *std::move(before);
  return Status();
}

Status score_metric(const std::string& key, CombinationResult& result, Evaluation& evaluation) {
  const Result<MetricPair> made = make_metric(key, evaluation.suite.sets[result.set].tokenize);
  if (!made.ok()) return made.status();
  const score::Metric& metric = *made->corpus;
  const score::References& references = evaluation.sets[result.set].references;
  std::vector<std::string> texts;
  for (const TranslatedLine& line : result.translated.lines) texts.push_back(line.text);
  Result<score::Statistics> statistics = score::statistics(metric, texts, references);
  if (!statistics.ok()) return statistics.status();

  MetricResult out;
  out.key = key;
  out.name = metric.name();
  out.lower_is_better = key == "ter";
  out.corpus_metric = made->corpus;
  out.segment_metric = made->segment;
  out.statistics = *std::move(statistics);
  score::SignatureContext context;
  context.references = out.statistics.references;
  context.version = "transept-" TRANSEPT_VERSION;
  out.signature = score::format_signature(score::signature(metric, context));
  out.score = metric.score(out.statistics.total()).value;
  const score::Interval interval = score::confidence_interval(metric, out.statistics, kResamples);
  out.interval = {interval.mean - interval.half_width, interval.mean + interval.half_width};

  const auto recorded = result.baseline == nullptr ? RecordedScores::const_iterator()
                                                   : result.baseline->scores.find(key);
  if (result.baseline != nullptr && recorded != result.baseline->scores.end()) {
    out.baseline = recorded->second.score;
    if (recorded->second.signature != out.signature) {
      evaluation.notes.push_back(result.of.text() + ": the baseline's " + out.name +
                                 " has another signature: " + recorded->second.signature +
                                 ", now " + out.signature);
    }
    TRANSEPT_RETURN_IF_ERROR(
        compare_translations(metric, references, texts, result, out, evaluation.notes));
  }
  judge(evaluation.suite.tolerance, out);
  result.metrics.push_back(std::move(out));
  return Status();
}

void compare_lines(CombinationResult& result) {
  if (result.baseline == nullptr) return;
  for (std::size_t i = 0; i < result.translated.lines.size(); ++i) {
    if (result.translated.lines[i].text != result.baseline->translations[i]) {
      result.changed.push_back(i);
    }
  }
}

std::string joined(const std::vector<std::string>& flags) {
  std::string text;
  for (const std::string& flag : flags) text += (text.empty() ? "" : " ") + flag;
  return text.empty() ? "none" : text;
}

void check_identity(CombinationResult& result, Evaluation& evaluation) {
  if (result.baseline != nullptr) {
    result.same_bits = result.translated.bits == result.baseline->bits;
    if (result.baseline->model_checksum != result.model_checksum) {
      evaluation.notes.push_back("the baseline of " + result.of.text() +
                                 " is of another model: " + result.baseline->model_checksum +
                                 " when it was recorded, " + result.model_checksum + " now");
    }
    if (result.baseline->flags != result.flags) {
      evaluation.notes.push_back("the baseline of " + result.of.text() +
                                 " was recorded with other flags: " +
                                 joined(result.baseline->flags) + ", now " + joined(result.flags));
    }
    if (evaluation.suite.exact && !*result.same_bits) {
      result.failures.push_back("ids or scores are not the baseline's, bit for bit");
    }
  }
  for (auto run = evaluation.history.rbegin(); run != evaluation.history.rend(); ++run) {
    if (const RecordedResult* last = run->find(result.of)) {
      result.same_bits_as_last_run = last->bits == result.translated.bits;
      break;
    }
  }
  if (evaluation.suite.peak_memory &&
      result.translated.peak_bytes > *evaluation.suite.peak_memory) {
    result.failures.push_back(
        "peak memory " + readable_bytes(static_cast<double>(result.translated.peak_bytes)) +
        ", at most " + readable_bytes(static_cast<double>(*evaluation.suite.peak_memory)));
  }
}

}  // namespace

Status score_results(const EvaluationHooks& hooks, Evaluation& evaluation) {
  for (CombinationResult& result : evaluation.results) {
    hooks.progress("scoring " + result.of.text());
    result.baseline = evaluation.baselines ? evaluation.baselines->newest.find(result.of) : nullptr;
    for (const std::string& key : evaluation.suite.metrics) {
      if (Status status = score_metric(key, result, evaluation); !status.ok()) {
        return with_context(result.of.text(), status);
      }
    }
    compare_lines(result);
    check_identity(result, evaluation);
  }
  return Status();
}

}  // namespace transept::tools
