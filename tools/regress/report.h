// The report of a regression run: one HTML page that needs no network, for reading on a screen and
// on paper.
//
// What it shows it shows without a script, too, but for the browser of all segments.
#pragma once

#include <string>

#include "tools/regress/evaluation.h"

namespace transept::tools {

std::string format_report(const Evaluation& evaluation);

}  // namespace transept::tools
