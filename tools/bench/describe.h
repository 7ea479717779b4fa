// Describe: results of a measurement as a report for people, as JSON and as plain text.
#pragma once

#include <string>

#include "tools/bench/measure.h"
#include "tools/html/report.h"

namespace transept::bench {

// `subtitle`: when and with what.
html::Report describe(const Results& results, const std::string& subtitle);

// The figures themselves, with units in their names, and the report (tools/html/report.h) beside
// them.
std::string to_json(const Results& results, const html::Report& report);

// Title, facts and tables of a report for a terminal; charts are left out.
std::string to_text(const html::Report& report);

}  // namespace transept::bench
