// A table of several systems' scores, as the Python package tabulate draws it for sacreBLEU.
//
// The first column stands to the right, the others in the middle; widths count code points and no
// colours.
#pragma once

#include <string>
#include <vector>

namespace transept::tools {

struct Column {
  std::string header;
  std::vector<std::string> cells;  // all columns have as many; a cell may have several lines
};

// tablefmt="fancy_grid".
std::string draw_grid(const std::vector<Column>& columns);
// tablefmt="latex_booktabs". REQUIRES: one line a cell.
std::string draw_latex(const std::vector<Column>& columns);

}  // namespace transept::tools
