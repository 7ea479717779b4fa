// What a regression run prints.
#include <algorithm>
#include <string>
#include <vector>

#include "tools/base/numbers.h"
#include "tools/regress/results.h"
#include "tools/scorer/text.h"

namespace transept::tools {
namespace {

using Row = std::vector<std::string>;

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++width) score::next_code_point(text, i);
  return width;
}

// Columns side by side, two blanks between them.
std::string align(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += row[c] + std::string(widths[c] - width_of(row[c]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string score_text(const MetricResult& metric) {
  const std::string score = fixed(metric.score, 2);
  return metric.baseline ? score + " (" + signed_fixed(metric.score - *metric.baseline, 2) + ")"
                         : score;
}

std::string bits_text(const CombinationResult& result) {
  if (!result.same_bits) return "-";
  if (*result.same_bits) return "same";
  return result.same_bits_as_last_run.value_or(false) ? "differ, as last run's" : "differ";
}

std::string changes_text(const CombinationResult& result, std::size_t changes,
                         const SetLines& set) {
  if (result.changed.empty() || changes == 0) return "";
  std::string text = '\n' + result.of.text() + ": " + std::to_string(result.changed.size()) +
                     " of " + std::to_string(result.translated.lines.size()) + " lines changed\n";
  const std::size_t shown = std::min(changes, result.changed.size());
  for (std::size_t c = 0; c < shown; ++c) {
    const std::size_t line = result.changed[c];
    text += "  line " + std::to_string(line + 1) + ": " + set.source[line] + "\n    - " +
            result.baseline->translations[line] + "\n    + " + result.translated.lines[line].text +
            '\n';
  }
  if (shown < result.changed.size()) {
    text += "  and " + std::to_string(result.changed.size() - shown) + " more\n";
  }
  return text;
}

std::string plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + ' ' + word + (count == 1 ? "" : "s");
}

}  // namespace

std::string_view verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::better: return "better";
    case Verdict::equal: return "same";
    case Verdict::tolerated: return "tolerated";
    case Verdict::fresh: return "new";
    case Verdict::regression: return "REGRESSION";
  }
  return "";
}

std::vector<std::string> regressions(const Evaluation& evaluation) {
  std::vector<std::string> sentences;
  for (const CombinationResult& result : evaluation.results) {
    for (const MetricResult& metric : result.metrics) {
      if (metric.verdict != Verdict::regression) continue;
      sentences.push_back(result.of.text() + ": " + metric.name + " " + fixed(metric.score, 2) +
                          ", was " + fixed(*metric.baseline, 2) + " (" +
                          signed_fixed(metric.score - *metric.baseline, 2) +
                          (metric.p_value ? ", p " + p_value_text(*metric.p_value) : "") +
                          "; tolerance " + metric.allowance + ")");
    }
    for (const std::string& failure : result.failures) {
      sentences.push_back(result.of.text() + ": " + failure);
    }
  }
  for (const ComparisonResult& comparison : evaluation.comparisons) {
    if (comparison.ok) continue;
    sentences.push_back(comparison.model + ", " + comparison.set + ": " + comparison.setting +
                        " beside " + comparison.with + ": " + comparison.what + ", " +
                        comparison.allowance);
  }
  return sentences;
}

std::string summary(const Evaluation& evaluation) {
  if (const std::size_t count = regressions(evaluation).size(); count > 0) {
    return plural(count, "regression");
  }
  if (!evaluation.baselines) return "there was no baseline to compare with";
  const RunRecord& before = evaluation.baselines->newest.record;
  std::string text = "no regression from the baseline of " + before.time.substr(0, 10) +
                     (before.commit.empty() ? "" : ", commit " + before.commit);
  if (const std::size_t fresh = evaluation.fresh(); fresh > 0) {
    text += "; " + plural(fresh, "result") + " without one";
  }
  return text;
}

std::string format_text(const Evaluation& evaluation, std::size_t changes) {
  std::vector<Row> rows = {{"model", "setting", "set"}};
  for (const MetricResult& metric : evaluation.results.front().metrics) {
    rows.front().push_back(metric.name);
  }
  for (const char* title : {"changed", "bits", "seconds", "memory", "verdict"}) {
    rows.front().emplace_back(title);
  }
  for (const CombinationResult& result : evaluation.results) {
    Row row = {result.of.model, result.of.setting, result.of.set};
    for (const MetricResult& metric : result.metrics) row.push_back(score_text(metric));
    row.push_back(result.baseline == nullptr ? "-"
                                             : std::to_string(result.changed.size()) + "/" +
                                                   std::to_string(result.translated.lines.size()));
    row.push_back(bits_text(result));
    row.push_back(fixed(result.translated.seconds, 2));
    row.push_back(readable_bytes(static_cast<double>(result.translated.peak_bytes)));
    row.emplace_back(verdict_text(result.verdict()));
    rows.push_back(std::move(row));
  }
  std::string text = align(rows);

  if (!evaluation.comparisons.empty()) {
    rows.clear();
    for (const ComparisonResult& one : evaluation.comparisons) {
      rows.push_back({one.model, one.set, one.setting + " beside " + one.with, one.what,
                      one.allowance, one.ok ? "ok" : "REGRESSION"});
    }
    text += '\n' + align(rows);
  }
  for (const CombinationResult& result : evaluation.results) {
    text += changes_text(result, changes, evaluation.sets[result.set]);
  }
  return text + '\n' + summary(evaluation) + '\n';
}

}  // namespace transept::tools
