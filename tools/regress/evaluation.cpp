#include "tools/regress/evaluation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "tools/base/lines.h"
#include "tools/base/numbers.h"
#include "tools/regress/files.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

constexpr std::size_t kResamples = 1000;
constexpr std::size_t kSpeedRounds = 3;
constexpr double kSamePoints = 1e-9;    // scores of the same counts differ by less
constexpr double kEditedPoints = 1e-6;  // what writing and reading a score may change it by

Status input_error(std::string message) { return Status(Code::kInput, std::move(message)); }

Status with_context(const std::string& context, const Status& status) {
  return Status(status.code(), context + ": " + status.message());
}

// --- sets ---

Result<SetLines> load_set(const SuiteSet& set, std::vector<std::string>& notes) {
  const auto note_marks = [&](const std::vector<std::string>& text, const std::string& name) {
    if (std::string warning = warning_of_marks(text, name); !warning.empty())
      notes.push_back(std::move(warning));
  };
  const std::string extension = set.source.extension().string();
  if (extension == ".gz" || extension == ".zst") {
    return input_error(set.source.string() +
                       " is compressed: the source of a set must be plain text");
  }
  SetLines lines;
  Result<std::vector<std::string>> source = read_lines(set.source.string());
  if (!source.ok()) return source.status();
  lines.source = *std::move(source);
  note_marks(lines.source, set.source.string());
  if (lines.source.empty())
    return input_error(set.source.string() + " is empty: nothing to translate");

  std::vector<std::filesystem::path> files = {set.source};
  lines.references.resize(lines.source.size());
  for (const std::filesystem::path& path : set.references) {
    Result<std::vector<std::string>> reference = read_lines(path.string());
    if (!reference.ok()) return reference.status();
    note_marks(*reference, path.string());
    if (reference->size() != lines.source.size()) {
      return Status(Code::kInvalidArgument,
                    "source and reference of " + set.name + " have different numbers of lines: " +
                        set.source.string() + " has " + std::to_string(lines.source.size()) + ", " +
                        path.string() + " has " + std::to_string(reference->size()));
    }
    for (std::size_t i = 0; i < reference->size(); ++i)
      lines.references[i].push_back(std::move((*reference)[i]));
    files.push_back(path);
  }

  Result<std::string> checksum = checksum_of_files(files);
  if (!checksum.ok()) return checksum.status();
  lines.checksum = *std::move(checksum);
  if (!set.checksum.empty() && set.checksum != lines.checksum) {
    return input_error("the set " + set.name + " has changed: its checksum is " + lines.checksum +
                       ", the suite says " + set.checksum);
  }
  return lines;
}

// --- metrics ---

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

// How much worse `score` is than `reference`.
double loss(const MetricResult& metric, double reference, double score) {
  return metric.lower_is_better ? score - reference : reference - score;
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

// --- the run ---

class Run {
 public:
  Run(const Suite& suite, bool need_baselines, const EvaluationHooks& hooks)
      : hooks_(hooks), need_baselines_(need_baselines) {
    evaluation_.suite = suite;
  }

  Result<Evaluation> evaluate() {
    Status status = load_sets();
    if (status.ok()) status = load_recorded();
    if (status.ok()) status = identify_models();
    if (status.ok()) status = translate();
    if (status.ok()) status = measure_speed();
    if (status.ok()) status = score();
    if (!status.ok()) return status;
    compare_settings();
    evaluation_.record = record_of_this_run(suite().directory(), suite().baselines);
    return std::move(evaluation_);
  }

 private:
  const Suite& suite() const { return evaluation_.suite; }
  void note(std::string sentence) { evaluation_.notes.push_back(std::move(sentence)); }

  Status load_sets() {
    const std::vector<std::string>& metrics = suite().metrics;
    const bool needs_tokenizer = std::find(metrics.begin(), metrics.end(), "bleu") != metrics.end();
    for (const SuiteSet& set : suite().sets) {
      if (needs_tokenizer) {  // what is not installed shows before anything is translated
        const auto bleu = score::make_bleu({.tokenizer = set.tokenize});
        if (!bleu.ok()) return input_error("the set " + set.name + ": " + bleu.status().message());
      }
      Result<SetLines> lines = load_set(set, evaluation_.notes);
      if (!lines.ok()) return lines.status();
      evaluation_.sets.push_back(*std::move(lines));
    }
    return Status();
  }

  Status load_recorded() {
    Result<Baselines> baselines = load_baselines(suite().baselines);
    if (baselines.ok()) {
      evaluation_.history = baselines->history;
      evaluation_.baselines = *std::move(baselines);
    } else if (baselines.status().code() != Code::kNotFound) {
      return baselines.status();
    } else if (need_baselines_) {
      return input_error("no baseline is recorded: " + baselines.status().message() +
                         "; transept regress " + suite().file.string() + " --update records one");
    }
    if (!suite().history.empty()) {
      Result<std::vector<RecordedRun>> runs = load_history(suite().history);
      if (!runs.ok()) return runs.status();
      for (RecordedRun& run : *runs) {
        // A run with --update stands in both files.
        const bool known = std::any_of(
            evaluation_.history.begin(), evaluation_.history.end(), [&](const RecordedRun& one) {
              return one.record.time == run.record.time && one.record.commit == run.record.commit;
            });
        if (!known) evaluation_.history.push_back(std::move(run));
      }
      std::stable_sort(
          evaluation_.history.begin(), evaluation_.history.end(),
          [](const RecordedRun& a, const RecordedRun& b) { return a.record.time < b.record.time; });
    }
    return check_recorded_sets();
  }

  // Scores of another text say nothing about this one.
  Status check_recorded_sets() {
    if (!evaluation_.baselines) return Status();
    std::vector<RecordedResult>& recorded = evaluation_.baselines->newest.results;
    for (std::size_t s = 0; s < suite().sets.size(); ++s) {
      const std::string& name = suite().sets[s].name;
      const std::string& checksum = evaluation_.sets[s].checksum;
      const auto other =
          std::find_if(recorded.begin(), recorded.end(), [&](const RecordedResult& one) {
            return one.of.set == name && one.set_checksum != checksum;
          });
      if (other == recorded.end()) continue;
      const std::string what = "the baselines are of another set " + name + ": " +
                               other->set_checksum + " when they were recorded, " + checksum +
                               " now";
      if (need_baselines_) return input_error(what + "; --update records new ones");
      note(what);
      std::erase_if(recorded, [&](const RecordedResult& one) { return one.of.set == name; });
    }
    for (const RecordedResult& one : recorded) {
      const auto set =
          std::find_if(suite().sets.begin(), suite().sets.end(),
                       [&](const SuiteSet& candidate) { return candidate.name == one.of.set; });
      if (set == suite().sets.end()) continue;
      const std::size_t lines =
          evaluation_.sets[static_cast<std::size_t>(set - suite().sets.begin())].source.size();
      if (one.translations.size() != lines) {
        return input_error(suite().baselines.string() + " has " +
                           std::to_string(one.translations.size()) + " translations for " +
                           one.of.text() + ", the set has " + std::to_string(lines) + " lines");
      }
    }
    return Status();
  }

  Status identify_models() {
    for (const SuiteModel& model : suite().models) {
      for (const SuiteSetting& setting : suite().settings) {
        std::string& checksum = model_checksums_[{model.name, setting.variant}];
        if (!checksum.empty()) continue;
        Result<std::string> found = model_checksum(hooks_.run, model, setting.variant);
        if (!found.ok()) return with_context(model.name, found.status());
        checksum = *std::move(found);
        if (!model.checksum.empty() && model.checksum != checksum) {
          return Status(Code::kCorrupt, "the model " + model.name +
                                            " has changed: its checksum is " + checksum +
                                            ", the suite says " + model.checksum);
        }
      }
    }
    return Status();
  }

  Status translate() {
    const std::size_t count = suite().models.size() * suite().settings.size() * suite().sets.size();
    for (const SuiteModel& model : suite().models) {
      for (const SuiteSetting& setting : suite().settings) {
        for (std::size_t s = 0; s < suite().sets.size(); ++s) {
          CombinationResult result;
          result.of = {model.name, setting.name, suite().sets[s].name};
          result.set = s;
          result.flags = setting.flags;
          result.model_checksum = model_checksums_[{model.name, setting.variant}];
          hooks_.progress(std::to_string(evaluation_.results.size() + 1) + " of " +
                          std::to_string(count) + ": " + result.of.text());
          Result<TranslatedSet> translated =
              translate_set(hooks_.run, model, setting, suite().sets[s]);
          if (!translated.ok()) return with_context(result.of.text(), translated.status());
          if (translated->lines.size() != evaluation_.sets[s].source.size()) {
            return Status(Code::kInternal,
                          result.of.text() + ": " + std::to_string(translated->lines.size()) +
                              " translations of " +
                              std::to_string(evaluation_.sets[s].source.size()) + " lines");
          }
          result.translated = *std::move(translated);
          evaluation_.results.push_back(std::move(result));
        }
      }
    }
    return Status();
  }

  // Settings in turns, so that what else the machine does meets them alike.
  Status measure_speed() {
    std::set<std::string> wanted;
    for (const SuiteComparison& comparison : suite().compare) {
      if (comparison.speed) wanted.insert({comparison.setting, comparison.with});
    }
    if (wanted.empty()) return Status();
    std::map<const CombinationResult*, std::pair<std::vector<double>, std::vector<double>>> seconds;
    for (std::size_t round = 0; round < kSpeedRounds; ++round) {
      for (CombinationResult& result : evaluation_.results) {
        if (!wanted.contains(result.of.setting)) continue;
        hooks_.progress("speed, round " + std::to_string(round + 1) + " of " +
                        std::to_string(kSpeedRounds) + ": " + result.of.text());
        const SuiteModel& model = named(suite().models, result.of.model);
        const SuiteSetting& setting = named(suite().settings, result.of.setting);
        const Result<double> opening = opening_seconds(hooks_.run, model, setting);
        if (!opening.ok()) return with_context(result.of.text(), opening.status());
        const Result<TranslatedSet> translated =
            translate_set(hooks_.run, model, setting, suite().sets[result.set]);
        if (!translated.ok()) return with_context(result.of.text(), translated.status());
        if (translated->bits != result.translated.bits && result.failures.empty()) {
          result.failures.push_back("two runs gave different bits");
        }
        seconds[&result].first.push_back(opening.value());
        seconds[&result].second.push_back(translated->seconds);
      }
    }
    for (CombinationResult& result : evaluation_.results) {
      const auto found = seconds.find(&result);
      if (found == seconds.end()) continue;
      // Where opening takes nearly all of the time, the rest is noise, but not below nothing.
      result.speed_seconds =
          std::max(median(found->second.second) - median(found->second.first), 1e-3);
    }
    return Status();
  }

  template <class Item>
  static const Item& named(const std::vector<Item>& items, const std::string& name) {
    return *std::find_if(items.begin(), items.end(),
                         [&](const Item& item) { return item.name == name; });
  }

  Status score() {
    for (CombinationResult& result : evaluation_.results) {
      hooks_.progress("scoring " + result.of.text());
      result.baseline =
          evaluation_.baselines ? evaluation_.baselines->newest.find(result.of) : nullptr;
      for (const std::string& key : suite().metrics) {
        if (Status status = score_metric(key, result); !status.ok())
          return with_context(result.of.text(), status);
      }
      compare_lines(result);
      check_identity(result);
    }
    return Status();
  }

  Status score_metric(const std::string& key, CombinationResult& result) {
    const Result<MetricPair> made = make_metric(key, suite().sets[result.set].tokenize);
    if (!made.ok()) return made.status();
    const score::Metric& metric = *made->corpus;
    const score::References& references = evaluation_.sets[result.set].references;
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
        note(result.of.text() + ": the baseline's " + out.name +
             " has another signature: " + recorded->second.signature + ", now " + out.signature);
      }
      if (Status status = compare_translations(metric, references, texts, result, out);
          !status.ok())
        return status;
    }
    judge(suite().tolerance, out);
    result.metrics.push_back(std::move(out));
    return Status();
  }

  // What the recorded translations tell beyond their score.
  Status compare_translations(const score::Metric& metric, const score::References& references,
                              const std::vector<std::string>& texts,
                              const CombinationResult& result, MetricResult& out) {
    Result<score::Statistics> before =
        score::statistics(metric, result.baseline->translations, references);
    if (!before.ok()) return before.status();
    const double rescored = metric.score(before->total()).value;
    if (std::abs(rescored - *out.baseline) > kEditedPoints) {
      note(result.of.text() + ": the baseline says " + out.name + " " + fixed(*out.baseline, 2) +
           ", but its translations score " + fixed(rescored, 2));
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

  static void compare_lines(CombinationResult& result) {
    if (result.baseline == nullptr) return;
    for (std::size_t i = 0; i < result.translated.lines.size(); ++i) {
      if (result.translated.lines[i].text != result.baseline->translations[i])
        result.changed.push_back(i);
    }
  }

  void check_identity(CombinationResult& result) {
    if (result.baseline != nullptr) {
      result.same_bits = result.translated.bits == result.baseline->bits;
      if (result.baseline->model_checksum != result.model_checksum) {
        note("the baseline of " + result.of.text() +
             " is of another model: " + result.baseline->model_checksum +
             " when it was recorded, " + result.model_checksum + " now");
      }
      if (result.baseline->flags != result.flags) {
        note("the baseline of " + result.of.text() + " was recorded with other flags: " +
             joined(result.baseline->flags) + ", now " + joined(result.flags));
      }
      if (suite().exact && !*result.same_bits) {
        result.failures.push_back("ids or scores are not the baseline's, bit for bit");
      }
    }
    for (auto run = evaluation_.history.rbegin(); run != evaluation_.history.rend(); ++run) {
      if (const RecordedResult* last = run->find(result.of)) {
        result.same_bits_as_last_run = last->bits == result.translated.bits;
        break;
      }
    }
    if (suite().peak_memory && result.translated.peak_bytes > *suite().peak_memory) {
      result.failures.push_back(
          "peak memory " + readable_bytes(static_cast<double>(result.translated.peak_bytes)) +
          ", at most " + readable_bytes(static_cast<double>(*suite().peak_memory)));
    }
  }

  static std::string joined(const std::vector<std::string>& flags) {
    std::string text;
    for (const std::string& flag : flags) text += (text.empty() ? "" : " ") + flag;
    return text.empty() ? "none" : text;
  }

  void compare_settings() {
    for (const SuiteComparison& comparison : suite().compare) {
      for (const SuiteModel& model : suite().models) {
        for (const SuiteSet& set : suite().sets) {
          compare_pair(comparison, *evaluation_.find({model.name, comparison.setting, set.name}),
                       *evaluation_.find({model.name, comparison.with, set.name}));
        }
      }
    }
  }

  void compare_pair(const SuiteComparison& comparison, const CombinationResult& one,
                    const CombinationResult& other) {
    const auto add = [&](std::string what, std::string allowance, bool ok) {
      evaluation_.comparisons.push_back({one.of.model, one.of.set, comparison.setting,
                                         comparison.with, std::move(what), std::move(allowance),
                                         ok});
    };
    for (std::size_t m = 0; m < one.metrics.size(); ++m) {
      const MetricResult& metric = one.metrics[m];
      const auto tolerance = comparison.tolerance.find(metric.key);
      if (tolerance == comparison.tolerance.end()) continue;
      const double reference = other.metrics[m].score;
      add(metric.name + " " + signed_fixed(metric.score - reference, 2),
          "at most " + fixed(tolerance->second, 2) +
              (metric.lower_is_better ? " higher" : " lower"),
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

  const EvaluationHooks& hooks_;
  const bool need_baselines_;
  Evaluation evaluation_;
  std::map<std::pair<std::string, std::string>, std::string>
      model_checksums_;  // by name and variant
};

}  // namespace

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
  return Run(suite, need_baselines, hooks).evaluate();
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
    for (const MetricResult& metric : result.metrics)
      recorded.scores[metric.key] = {metric.score, metric.signature};
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
