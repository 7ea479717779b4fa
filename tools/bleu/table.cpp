#include "tools/bleu/table.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "tools/scorer/text.h"

namespace transept::tools {
namespace {

// tabulate makes a column this much wider than its header at least.
constexpr std::size_t kHeaderRoom = 2;

// Code points that show: escape sequences "ESC [ ... m" do not.
std::size_t visible_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
    } else if (!score::is_continuation(text[i])) {
      ++width;
    }
  }
  return width;
}

std::vector<std::string_view> lines_of(std::string_view cell) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = cell.find('\n');
    lines.push_back(cell.substr(0, end));
    if (end == std::string_view::npos) return lines;
    cell.remove_prefix(end + 1);
  }
}

std::size_t column_width(const Column& column) {
  std::size_t width = visible_width(column.header) + kHeaderRoom;
  for (const std::string& cell : column.cells) {
    for (const std::string_view line : lines_of(cell)) width = std::max(width, visible_width(line));
  }
  return width;
}

// One blank on either side, the text to the right (first column) or in the middle.
std::string padded(std::string_view text, std::size_t width, bool first) {
  const std::size_t room = width - std::min(width, visible_width(text));
  const std::size_t left = first ? room : room / 2;
  return std::string(left + 1, ' ') + std::string(text) + std::string(room - left + 1, ' ');
}

struct Rule {
  std::string_view begin, line, middle, end;
};

std::string draw_rule(const Rule& rule, const std::vector<std::size_t>& widths) {
  std::string out;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    out += c == 0 ? rule.begin : rule.middle;
    for (std::size_t i = 0; i < widths[c] + 2; ++i) out += rule.line;
  }
  out += rule.end;
  return out + "\n";
}

std::string escape_latex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += '\\';
        out += c;
        break;
      case '^': out += "\\^{}"; break;
      case '~': out += "\\textasciitilde{}"; break;
      case '\\': out += "\\textbackslash{}"; break;
      case '<': out += "\\ensuremath{<}"; break;
      case '>': out += "\\ensuremath{>}"; break;
      default: out += c;
    }
  }
  return out;
}

std::vector<std::size_t> widths_of(const std::vector<Column>& columns) {
  std::vector<std::size_t> widths;
  for (const Column& column : columns) widths.push_back(column_width(column));
  return widths;
}

}  // namespace

std::string draw_grid(const std::vector<Column>& columns) {
  const std::vector<std::size_t> widths = widths_of(columns);
  const auto draw_row = [&](const auto& cell_of) {
    std::vector<std::vector<std::string_view>> cells;
    std::size_t height = 0;
    for (const Column& column : columns) {
      cells.push_back(lines_of(cell_of(column)));
      height = std::max(height, cells.back().size());
    }
    std::string out;
    for (std::size_t line = 0; line < height; ++line) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        out += "│";
        out += padded(line < cells[c].size() ? cells[c][line] : "", widths[c], c == 0);
      }
      out += "│\n";
    }
    return out;
  };

  std::string out = draw_rule({"╒", "═", "╤", "╕"}, widths);
  out += draw_row([](const Column& column) -> const std::string& { return column.header; });
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    out += draw_rule(row == 0 ? Rule{"╞", "═", "╪", "╡"} : Rule{"├", "─", "┼", "┤"}, widths);
    out +=
        draw_row([row](const Column& column) -> const std::string& { return column.cells[row]; });
  }
  return out + draw_rule({"╘", "═", "╧", "╛"}, widths);
}

std::string draw_latex(const std::vector<Column>& columns) {
  const std::vector<std::size_t> widths = widths_of(columns);
  const auto draw_row = [&](const auto& cell_of) {
    std::string out;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) out += "&";
      out += escape_latex(padded(cell_of(columns[c]), widths[c], c == 0));
    }
    return out + "\\\\\n";
  };

  std::string out = "\\begin{tabular}{r" + std::string(columns.size() - 1, 'c') + "}\n\\toprule\n";
  out += draw_row([](const Column& column) -> const std::string& { return column.header; });
  out += "\\midrule\n";
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    out +=
        draw_row([row](const Column& column) -> const std::string& { return column.cells[row]; });
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace transept::tools
