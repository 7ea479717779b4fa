
#include <algorithm>
#include <utility>

#include "tools/base/numbers.h"
#include "tools/html/markup.h"
#include "tools/regress/report_parts.h"
#include "tools/regress/results.h"

namespace transept::tools {
namespace {

using html::Cell;

Cell::Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::better: return Cell::Tone::good;
    case Verdict::regression: return Cell::Tone::bad;
    case Verdict::fresh: return Cell::Tone::muted;
    default: return Cell::Tone::plain;
  }
}

std::string capitalized(std::string sentence) {
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') {
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  }
  return sentence;
}

void add_facts(const Evaluation& evaluation, html::Page& page) {
  const auto machine = [](const RunRecord& record) {
    return record.processor + (record.cores == 0 ? ""
                                                 : ", " + std::to_string(record.cores) +
                                                       (record.cores == 1 ? " core" : " cores"));
  };
  const RunRecord& now = evaluation.record;
  const Suite& suite = evaluation.suite;
  const auto listed = [](const auto& items) {
    std::string names;
    for (const auto& item : items) names += (names.empty() ? "" : ", ") + item.name;
    return names;
  };
  page.fact(suite.models.size() == 1 ? "Model" : "Models", listed(suite.models));
  page.fact(suite.sets.size() == 1 ? "Set" : "Sets", listed(suite.sets));
  page.fact("Run", now.time);
  page.fact("Program", "transept " + now.version);
  if (!now.commit.empty()) page.fact("Commit", now.commit);
  page.fact("Machine", machine(now));
  if (!evaluation.baselines) return page.fact("Baseline", "none recorded");
  const RunRecord& before = evaluation.baselines->newest.record;
  page.fact("Baseline", before.time);
  page.fact("Baseline's program", "transept " + before.version);
  if (!before.commit.empty()) page.fact("Baseline's commit", before.commit);
  if (machine(before) != machine(now)) page.fact("Baseline's machine", machine(before));
}

// The verdict in large letters, with its reasons.
void add_banner(const Evaluation& evaluation, html::Page& page) {
  const std::vector<std::string> reasons = regressions(evaluation);
  const char* kind = !reasons.empty()                                  ? "fail"
                     : evaluation.baselines && evaluation.fresh() == 0 ? "pass"
                                                                       : "open";
  std::string markup = std::string("<div class=\"banner ") + kind + "\" role=\"status\"><strong>" +
                       html::escape(capitalized(summary(evaluation))) + "</strong>";
  if (!reasons.empty()) {
    markup += "<ul>";
    for (const std::string& reason : reasons) markup += "<li>" + html::escape(reason) + "</li>";
    markup += "</ul>";
  }
  page.raw(markup + "</div>\n");
  for (const std::string& note : evaluation.notes) {
    page.raw("<p class=\"note\">" + html::escape(note) + "</p>\n");
  }
}

std::string range_text(const ScoreRange& range) {
  return readable(range.low, 2) + " to " + readable(range.high, 2);
}

std::string change_text(double change) { return (change >= 0.0 ? "+" : "") + readable(change, 2); }

// The columns that tell results apart: those of which the suite has several, and the setting.
struct NameColumns {
  explicit NameColumns(const Suite& suite)
      : model(suite.models.size() > 1), set(suite.sets.size() > 1) {}
  bool model;
  bool set;

  std::vector<html::Column> titles() const {
    std::vector<html::Column> columns;
    if (model) columns.push_back({"Model"});
    if (set) columns.push_back({"Set"});
    return columns;
  }
  std::vector<Cell> cells(const std::string& model_name, const std::string& set_name) const {
    std::vector<Cell> row;
    if (model) row.push_back({model_name});
    if (set) row.push_back({set_name});
    return row;
  }
};

html::Table table_of(const NameColumns& names, const std::vector<html::Column>& columns) {
  html::Table table;
  table.columns = names.titles();
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  return table;
}

void add_row(html::Table& table, std::vector<Cell> row, const std::vector<Cell>& rest) {
  row.insert(row.end(), rest.begin(), rest.end());
  table.rows.push_back(std::move(row));
}

const Cell kNothing{"–", Cell::Tone::muted};

html::Table verdict_table(const Evaluation& evaluation) {
  const NameColumns names(evaluation.suite);
  html::Table table = table_of(names, {{"Setting"},
                                       {"Metric"},
                                       {"Score", true},
                                       {"Baseline", true},
                                       {"Change", true},
                                       {"95 %", true},
                                       {"p", true},
                                       {"Tolerance", true},
                                       {"Verdict"}});
  table.title = "Verdict of each model, setting and set";
  table.caption =
      "Change: from the recorded baseline, with the central 95 % of a paired bootstrap over "
      "segments; "
      "p: of that test, for a difference as large by chance.";
  for (const CombinationResult& result : evaluation.results) {
    bool first = true;
    for (const MetricResult& metric : result.metrics) {
      const bool known = metric.baseline.has_value();
      add_row(table, names.cells(first ? result.of.model : "", first ? result.of.set : ""),
              {{first ? result.of.setting : ""},
               {metric.name},
               {readable(metric.score, 2)},
               known ? Cell{readable(*metric.baseline, 2)} : kNothing,
               known ? Cell{change_text(metric.score - *metric.baseline), tone_of(metric.verdict)}
                     : kNothing,
               metric.difference ? Cell{range_text(*metric.difference)} : kNothing,
               metric.p_value ? Cell{p_value_text(*metric.p_value)} : kNothing,
               {metric.allowance},
               {std::string(verdict_text(metric.verdict)), tone_of(metric.verdict)}});
      first = false;
    }
  }
  return table;
}

html::Table run_table(const Evaluation& evaluation) {
  const NameColumns names(evaluation.suite);
  html::Table table = table_of(names, {{"Setting"},
                                       {"Lines", true},
                                       {"Changed", true},
                                       {"Bits"},
                                       {"Seconds", true},
                                       {"Peak memory", true},
                                       {"Flags of translate"}});
  table.title = "Outputs and cost";
  table.caption =
      "Seconds are those of the whole program on a machine that may have had other work; bits: ids "
      "and "
      "scores, compared with the baseline.";
  for (const CombinationResult& result : evaluation.results) {
    std::string flags;
    for (const std::string& flag : result.flags) flags += (flags.empty() ? "" : " ") + flag;
    add_row(table, names.cells(result.of.model, result.of.set),
            {{result.of.setting},
             {std::to_string(result.translated.lines.size())},
             result.baseline == nullptr ? kNothing : Cell{std::to_string(result.changed.size())},
             result.same_bits ? Cell{*result.same_bits ? "same" : "differ"} : kNothing,
             {readable(result.translated.seconds, 2)},
             {readable_bytes(static_cast<double>(result.translated.peak_bytes))},
             {flags, Cell::Tone::muted}});
  }
  return table;
}

html::Table comparison_table(const Evaluation& evaluation) {
  const NameColumns names(evaluation.suite);
  html::Table table =
      table_of(names, {{"Setting"}, {"Beside"}, {"Found"}, {"Asked for"}, {"Verdict"}});
  table.title = "Settings beside each other";
  for (const ComparisonResult& one : evaluation.comparisons) {
    add_row(table, names.cells(one.model, one.set),
            {{one.setting},
             {one.with},
             {one.what},
             {one.allowance},
             {one.ok ? "ok" : "REGRESSION", one.ok ? Cell::Tone::plain : Cell::Tone::bad}});
  }
  return table;
}

void add_signatures(const Evaluation& evaluation, html::Page& page) {
  page.section("How it was measured");
  html::Table table;
  table.columns = {{"Metric"}, {"Signature"}};
  for (const CombinationResult& result : evaluation.results) {
    for (const MetricResult& metric : result.metrics) {
      const bool known = std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
        return row[1].text == metric.signature;
      });
      if (!known) table.rows.push_back({{metric.name}, {metric.signature}});
    }
  }
  page.add(table);
  table = {};
  table.columns = {{"What"}, {"Checksum"}};
  for (const CombinationResult& result : evaluation.results) {
    const std::string name = "model " + result.of.model;
    const bool known = std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      return row[0].text == name && row[1].text == result.model_checksum;
    });
    if (!known) table.rows.push_back({{name}, {result.model_checksum}});
  }
  for (std::size_t s = 0; s < evaluation.sets.size(); ++s) {
    table.rows.push_back({{"set " + evaluation.suite.sets[s].name}, {evaluation.sets[s].checksum}});
  }
  page.add(table);
}

}  // namespace

std::string short_name(const Combination& of, const Suite& suite) {
  std::string name = suite.models.size() > 1 ? of.model + ", " : "";
  name += of.setting;
  return suite.sets.size() > 1 ? name + ", " + of.set : name;
}

std::vector<SegmentScores> score_segments(const CombinationResult& result) {
  std::vector<SegmentScores> segments(result.translated.lines.size());
  for (const MetricResult& metric : result.metrics) {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const double now = metric.segment_metric->score(metric.statistics.row(i)).value;
      segments[i].now.push_back(now);
      double gain = html::kNone;
      if (metric.baseline_statistics) {
        const double before =
            metric.segment_metric->score(metric.baseline_statistics->row(i)).value;
        gain = metric.lower_is_better ? before - now : now - before;
      }
      segments[i].gain.push_back(gain);
    }
  }
  return segments;
}

std::string format_report(const Evaluation& evaluation) {
  AllScores scores;
  for (const CombinationResult& result : evaluation.results) {
    scores.push_back(score_segments(result));
  }

  html::Page page(evaluation.suite.name);
  page.subtitle("Translation quality compared with the recorded baseline");
  page.style(kReportStyle);
  add_facts(evaluation, page);
  add_banner(evaluation, page);

  page.section("Verdict");
  page.add(verdict_table(evaluation));
  if (!evaluation.comparisons.empty()) page.add(comparison_table(evaluation));
  page.add(run_table(evaluation));
  add_differences(evaluation, page);
  add_history(evaluation, page);
  add_distribution(evaluation, scores, page);
  add_lengths(evaluation, page);
  add_segments(evaluation, scores, page);
  add_signatures(evaluation, page);
  page.script(kReportScript);
  return page.finish();
}

}  // namespace transept::tools
