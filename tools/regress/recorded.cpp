// What earlier runs recorded, and whether it is about this suite's sets.
#include <algorithm>
#include <utility>

#include "tools/base/try.h"
#include "tools/regress/evaluation_steps.h"

namespace transept::tools {
namespace {

// The file of the history, behind what the baselines have, in the order of time.
Status merge_history(Evaluation& evaluation) {
  Result<std::vector<RecordedRun>> runs = load_history(evaluation.suite.history);
  if (!runs.ok()) return runs.status();
  for (RecordedRun& run : *runs) {
    // A run with --update stands in both files.
    const bool known = std::any_of(
        evaluation.history.begin(), evaluation.history.end(), [&](const RecordedRun& one) {
          return one.record.time == run.record.time && one.record.commit == run.record.commit;
        });
    if (!known) evaluation.history.push_back(std::move(run));
  }
  std::stable_sort(
      evaluation.history.begin(), evaluation.history.end(),
      [](const RecordedRun& a, const RecordedRun& b) { return a.record.time < b.record.time; });
  return Status();
}

// Scores of another text say nothing about this one.
Status check_recorded_sets(bool need_baselines, Evaluation& evaluation) {
  if (!evaluation.baselines) return Status();
  std::vector<RecordedResult>& recorded = evaluation.baselines->newest.results;
  for (std::size_t s = 0; s < evaluation.suite.sets.size(); ++s) {
    const std::string& name = evaluation.suite.sets[s].name;
    const std::string& checksum = evaluation.sets[s].checksum;
    const auto other =
        std::find_if(recorded.begin(), recorded.end(), [&](const RecordedResult& one) {
          return one.of.set == name && one.set_checksum != checksum;
        });
    if (other == recorded.end()) continue;
    const std::string what = "the baselines are of another set " + name + ": " +
                             other->set_checksum + " when they were recorded, " + checksum + " now";
    if (need_baselines) return input_error(what + "; --update records new ones");
    evaluation.notes.push_back(what);
    std::erase_if(recorded, [&](const RecordedResult& one) { return one.of.set == name; });
  }
  for (const RecordedResult& one : recorded) {
    const auto set =
        std::find_if(evaluation.suite.sets.begin(), evaluation.suite.sets.end(),
                     [&](const SuiteSet& candidate) { return candidate.name == one.of.set; });
    if (set == evaluation.suite.sets.end()) continue;
    const std::size_t lines =
        evaluation.sets[static_cast<std::size_t>(set - evaluation.suite.sets.begin())]
            .source.size();
    if (one.translations.size() != lines) {
      return input_error(evaluation.suite.baselines.string() + " has " +
                         std::to_string(one.translations.size()) + " translations for " +
                         one.of.text() + ", the set has " + std::to_string(lines) + " lines");
    }
  }
  return Status();
}

}  // namespace

Status load_recorded(bool need_baselines, Evaluation& evaluation) {
  Result<Baselines> baselines = load_baselines(evaluation.suite.baselines);
  if (baselines.ok()) {
    evaluation.history = baselines->history;
    evaluation.baselines = *std::move(baselines);
  } else if (baselines.status().code() != Code::kNotFound) {
    return baselines.status();
  } else if (need_baselines) {
    return input_error("no baseline is recorded: " + baselines.status().message() +
                       "; transept regress " + evaluation.suite.file.string() +
                       " --update records one");
  }
  if (!evaluation.suite.history.empty()) {
    TRANSEPT_RETURN_IF_ERROR(merge_history(evaluation));
  }
  return check_recorded_sets(need_baselines, evaluation);
}

}  // namespace transept::tools
