// The parts of a report, and what they share.
#pragma once

#include <string>
#include <vector>

#include "tools/html/charts.h"
#include "tools/html/page.h"
#include "tools/regress/evaluation.h"

namespace transept::tools {

// The rules and the script of the page: report.css and report.js.
extern const char* const kReportStyle;
extern const char* const kReportScript;

// What a chart calls a result: its setting, with model and set where the suite has several.
std::string short_name(const Combination& of, const Suite& suite);

// One segment of a result, scored by each metric of the suite.
struct SegmentScores {
  std::vector<double> now;
  std::vector<double> gain;  // from the baseline, above zero: better; NaN: it has no such score
};
std::vector<SegmentScores> score_segments(const CombinationResult& result);

// report_charts.cpp. `scores`: of each result.
using AllScores = std::vector<std::vector<SegmentScores>>;
void add_differences(const Evaluation& evaluation, html::Page& page);
void add_history(const Evaluation& evaluation, html::Page& page);
void add_distribution(const Evaluation& evaluation, const AllScores& scores, html::Page& page);
void add_lengths(const Evaluation& evaluation, html::Page& page);

// report_segments.cpp: counts of flags, the best and worst segments, and the browser of all.
void add_segments(const Evaluation& evaluation, const AllScores& scores, html::Page& page);

}  // namespace transept::tools
