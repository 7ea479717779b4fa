// Heatmaps.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "tools/base/numbers.h"
#include "tools/html/plot.h"

namespace transept::html {
namespace {

constexpr double kMaxCellWidth = 64.0;
constexpr double kMaxCellHeight = 30.0;
constexpr double kMinCellHeight = 16.0;
constexpr double kMaxName = 200.0;
constexpr double kTilt = 45.0;

// Shades of values: from faint to full.
class Shades {
 public:
  explicit Shades(const Heatmap& chart) {
    for (const auto& row : chart.values) {
      for (const double value : row) range_.add(value);
    }
    low_ = chart.low.value_or(range_.low());
    high_ = chart.high.value_or(range_.high());
    both_signs_ = low_ < 0 && high_ > 0;
    if (!both_signs_ && !chart.low && low_ > 0 && low_ < 0.5 * high_) low_ = 0;
  }

  bool both_signs() const { return both_signs_; }
  double low() const { return low_; }
  double high() const { return high_; }
  const Range& range() const { return range_; }

  double depth(double value) const {
    const double part = both_signs_ ? std::fabs(value) / std::max(-low_, high_)
                                    : (high_ > low_ ? (value - low_) / (high_ - low_) : 1.0);
    return 0.04 + 0.96 * std::clamp(part, 0.0, 1.0);
  }
  // The series whose colour it is.
  std::size_t hue(double value) const { return both_signs_ && value < 0 ? 1 : 0; }

 private:
  Range range_;
  double low_ = 0.0;
  double high_ = 1.0;
  bool both_signs_ = false;
};

std::string cell_text(const Heatmap& chart, double value) {
  return chart.decimals ? tools::readable(value, *chart.decimals) : tools::readable(value);
}

double value_at(const Heatmap& chart, std::size_t r, std::size_t c) {
  return r < chart.values.size() && c < chart.values[r].size() ? chart.values[r][c] : kNone;
}

double widest_of(const std::vector<std::string>& names) {
  double width = 0.0;
  for (const std::string& name : names) width = std::max(width, text_width(name, kFontSize));
  return std::min(width, kMaxName);
}

double widest_cell(const Heatmap& chart) {
  double width = 0.0;
  for (const auto& row : chart.values) {
    for (const double value : row) {
      width = std::max(width, text_width(cell_text(chart, value), kFontSize));
    }
  }
  return width;
}

// The strip that says which shade is what.
void draw_key(const Shades& shades, double x, double y, Svg& svg) {
  constexpr int kSteps = 24;
  constexpr double kWidth = 140.0;
  svg.text(x - 6, y + 10, tools::readable(shades.low()), "soft", Anchor::end);
  for (int i = 0; i < kSteps; ++i) {
    const double value = shades.low() + (shades.high() - shades.low()) * (i + 0.5) / kSteps;
    svg.begin(series_class(shades.hue(value)));
    svg.rect(x + kWidth * i / kSteps, y, kWidth / kSteps + 0.3, 12, "fill", shades.depth(value));
    svg.end();
  }
  svg.text(x + kWidth + 6, y + 10, tools::readable(shades.high()), "soft");
}

// Where the cells lie.
struct Layout {
  explicit Layout(const Heatmap& chart) {
    const auto rows = static_cast<double>(chart.rows.size());
    const auto columns = static_cast<double>(chart.columns.size());
    const double widest_column = widest_of(chart.columns);
    const bool titles = !chart.row_title.empty() || !chart.column_title.empty();
    left = widest_of(chart.rows) + 10;
    cell_width = std::min(kMaxCellWidth, (kChartWidth - left - 50) / columns);
    cell_height = std::clamp(cell_width * 0.8, kMinCellHeight, kMaxCellHeight);
    tilted = widest_column > cell_width - 6;
    const double tilt = kTilt * std::numbers::pi / 180;
    top = (titles ? 22 : 4) + (tilted ? widest_column * std::sin(tilt) + 14 : 18);
    bottom = top + rows * cell_height;
  }

  double left, top, bottom;
  double cell_width, cell_height;
  bool tilted;  // the names of columns
};

void draw_names(const Heatmap& chart, const Layout& layout, Svg& svg) {
  if (!chart.row_title.empty()) svg.text(layout.left - 8, 13, chart.row_title, "soft", Anchor::end);
  if (!chart.column_title.empty()) svg.text(layout.left, 13, chart.column_title, "soft");
  for (std::size_t c = 0; c < chart.columns.size(); ++c) {
    const double x = layout.left + (static_cast<double>(c) + 0.5) * layout.cell_width;
    const std::string shown = shorten(chart.columns[c], kFontSize, kMaxName);
    if (shown != chart.columns[c]) svg.tip(chart.columns[c]);
    layout.tilted ? svg.text(x + 2, layout.top - 6, shown, "", Anchor::start, -kTilt)
                  : svg.text(x, layout.top - 7, shown, "", Anchor::middle);
  }
}

void draw_row(const Heatmap& chart, const Layout& layout, const Shades& shades, std::size_t r,
              bool numbers, Svg& svg) {
  const double y = layout.top + static_cast<double>(r) * layout.cell_height;
  const double middle = y + layout.cell_height / 2 + 4;
  const std::string name = shorten(chart.rows[r], kFontSize, kMaxName);
  if (name != chart.rows[r]) svg.tip(chart.rows[r]);
  svg.text(layout.left - 8, middle, name, "", Anchor::end);
  for (std::size_t c = 0; c < chart.columns.size(); ++c) {
    const double value = value_at(chart, r, c);
    if (!std::isfinite(value)) continue;
    const double x = layout.left + static_cast<double>(c) * layout.cell_width;
    const double depth = shades.depth(value);
    svg.begin(series_class(shades.hue(value)));
    svg.tip(chart.rows[r] + ", " + chart.columns[c] + ": " + cell_text(chart, value))
        .rect(x, y, layout.cell_width, layout.cell_height, "cell", depth);
    if (numbers) {
      svg.text(x + layout.cell_width / 2, middle, cell_text(chart, value), depth > 0.65 ? "on" : "",
               Anchor::middle);
    }
    svg.end();
  }
}

Table numbers_of(const Heatmap& chart) {
  Table numbers;
  numbers.columns.push_back({chart.row_title});
  for (const std::string& column : chart.columns) numbers.columns.push_back({column, true});
  for (std::size_t r = 0; r < chart.rows.size(); ++r) {
    auto& row = numbers.rows.emplace_back();
    row.push_back({chart.rows[r]});
    for (std::size_t c = 0; c < chart.columns.size(); ++c) {
      row.push_back({cell_text(chart, value_at(chart, r, c))});
    }
  }
  return numbers;
}

}  // namespace

Figure draw(const Heatmap& chart) {
  Figure figure{.title = chart.title, .caption = chart.caption};
  if (chart.rows.empty() || chart.columns.empty()) {
    figure.svg = empty_picture(chart.title);
    return figure;
  }
  const Shades shades(chart);
  const Layout layout(chart);
  const bool numbers = chart.show_values && widest_cell(chart) < layout.cell_width - 4;
  Svg svg(kChartWidth, layout.bottom + 34, chart.title,
          chart.row_title + (chart.row_title.empty() ? "" : " by ") + chart.column_title + ": " +
              std::to_string(chart.rows.size()) + " rows, " + std::to_string(chart.columns.size()) +
              " columns; " + range_text("", shades.range()));
  draw_names(chart, layout, svg);
  for (std::size_t r = 0; r < chart.rows.size(); ++r) {
    draw_row(chart, layout, shades, r, numbers, svg);
  }
  draw_key(shades, layout.left + 40, layout.bottom + 14, svg);
  figure.svg = std::move(svg).finish();
  figure.numbers = numbers_of(chart);
  return figure;
}

}  // namespace transept::html
