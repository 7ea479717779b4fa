// How a regression run is shown to people and handed to programs: text, JSON, JUnit XML, a page.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/regress/evaluation.h"

namespace transept::tools {

// "better", "same", "tolerated", "new", "REGRESSION".
std::string_view verdict_text(Verdict verdict);

// One sentence: "2 regressions", "no regression: ...".
std::string summary(const Evaluation& evaluation);
// What makes the run fail, a sentence each.
std::vector<std::string> regressions(const Evaluation& evaluation);

// A table of all results, comparisons, and for each result the first `changes` lines that changed.
std::string format_text(const Evaluation& evaluation, std::size_t changes);

// Everything, as one JSON object; described in tools/regress/README.md.
std::string format_json(const Evaluation& evaluation);

// A test case for each metric of each result, and for each comparison.
std::string format_junit(const Evaluation& evaluation);

// One HTML page that needs no network, for reading on a screen and on paper. What it shows it shows
// without a script, too, but for the browser of all segments.
std::string format_report(const Evaluation& evaluation);

}  // namespace transept::tools
