// Lines and points.
#include <algorithm>
#include <cmath>

#include "tools/base/numbers.h"
#include "tools/html/plot.h"

namespace transept::html {
namespace {

constexpr double kHeight = 300.0;
constexpr std::size_t kMaxMarks = 60;  // of a line; beyond it they would hide it

bool drawn(const LineChart& chart, const Point& point) {
  const auto fits = [](const Axis& axis, double value) {
    return std::isfinite(value) && (axis.scale == ScaleKind::linear || value > 0.0);
  };
  return fits(chart.x, point.x) && fits(chart.y, point.y);
}

bool has_spread(const Point& point) {
  return std::isfinite(point.low) && std::isfinite(point.high);
}

std::string tip_of(const LineChart& chart, const Series& series, const Point& point) {
  std::string text = series.name.empty() ? "" : series.name + "\n";
  if (!point.label.empty()) text += point.label + '\n';
  text +=
      (chart.x.title.empty() ? "x" : chart.x.title) + ": " + value_text(chart.x, point.x) + '\n';
  text += (chart.y.title.empty() ? "y" : chart.y.title) + ": " + value_text(chart.y, point.y);
  if (has_spread(point)) {
    text += " (" + value_text(chart.y, point.low) + " to " + value_text(chart.y, point.high) + ')';
  }
  return text;
}

void draw_band(const Series& series, Plot& plot) {
  Path outline;
  const auto add = [&](double x, double y) {
    outline.empty() ? outline.move(plot.x(x), plot.y(y)) : outline.line(plot.x(x), plot.y(y));
  };
  for (const Point& point : series.points) {
    if (has_spread(point)) add(point.x, point.high);
  }
  for (auto point = series.points.rbegin(); point != series.points.rend(); ++point) {
    if (has_spread(*point)) add(point->x, point->low);
  }
  if (!outline.empty()) plot.svg().path(outline.close().data(), "band");
}

void draw_curve(const LineChart& chart, const Series& series, Plot& plot) {
  Path curve;
  bool pen_down = false;  // what is missing leaves a gap
  for (const Point& point : series.points) {
    if (!drawn(chart, point)) {
      pen_down = false;
      continue;
    }
    pen_down ? curve.line(plot.x(point.x), plot.y(point.y))
             : curve.move(plot.x(point.x), plot.y(point.y));
    pen_down = true;
  }
  if (!curve.empty()) plot.svg().path(curve.data(), "curve");
}

Table numbers_of(const LineChart& chart) {
  bool spread = false;
  for (const Series& series : chart.series) {
    spread = spread || std::any_of(series.points.begin(), series.points.end(), has_spread);
  }
  Table table;
  if (chart.series.size() > 1) table.columns.push_back({"series"});
  table.columns.push_back(
      {chart.x.title.empty() ? "x" : chart.x.title, chart.x.categories.empty()});
  table.columns.push_back({chart.y.title.empty() ? "y" : chart.y.title, true});
  if (spread) table.columns.insert(table.columns.end(), {{"from", true}, {"to", true}});
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) {
      auto& row = table.rows.emplace_back();
      if (chart.series.size() > 1) row.push_back({series.name});
      row.push_back({value_text(chart.x, point.x)});
      row.push_back({value_text(chart.y, point.y)});
      if (spread) {
        row.insert(row.end(),
                   {{value_text(chart.y, point.low)}, {value_text(chart.y, point.high)}});
      }
    }
  }
  return table;
}

}  // namespace

Figure draw(const LineChart& chart) {
  Figure figure{.title = chart.title, .caption = chart.caption};
  Range x_range, y_range;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) {
      if (!drawn(chart, point)) continue;
      x_range.add(point.x, chart.x.scale);
      y_range.add(point.y, chart.y.scale);
      y_range.add(point.low, chart.y.scale);
      y_range.add(point.high, chart.y.scale);
    }
  }
  for (const Guide& guide : chart.x_guides) x_range.add(guide.value, chart.x.scale);
  for (const Guide& guide : chart.y_guides) y_range.add(guide.value, chart.y.scale);
  figure.numbers = numbers_of(chart);
  if (figure.numbers.rows.empty()) {
    figure.svg = empty_picture(chart.title);
    return figure;
  }

  std::string names;
  for (const Series& series : chart.series) names += (names.empty() ? "" : ", ") + series.name;
  Plot plot(chart.title,
            (names.empty() ? "" : names + ": ") + range_text(chart.x.title, x_range) + "; " +
                range_text(chart.y.title, y_range),
            kHeight, chart.x, axis_scale(chart.x, x_range, 8), chart.y,
            axis_scale(chart.y, y_range, 6), chart.x_guides, chart.y_guides);
  plot.begin_data();
  Svg& svg = plot.svg();
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const Series& series = chart.series[i];
    svg.begin(series_class(i));
    if (series.style != Style::points) {
      draw_band(series, plot);
      draw_curve(chart, series, plot);
    }
    const bool marks = series.style == Style::points || (series.style == Style::line_and_points &&
                                                         series.points.size() <= kMaxMarks);
    for (const Point& point : series.points) {
      if (!marks || !drawn(chart, point)) continue;
      if (series.style == Style::points && has_spread(point)) {
        svg.line(plot.x(point.x), plot.y(point.low), plot.x(point.x), plot.y(point.high),
                 "whisker");
      }
      svg.tip(tip_of(chart, series, point)).mark(plot.x(point.x), plot.y(point.y), i);
    }
    svg.end();
    if (chart.series.size() > 1) {
      figure.legend.push_back(
          {series.name, i,
           series.style == Style::line ? Figure::Key::Sign::line : Figure::Key::Sign::mark});
    }
  }
  svg.end();
  figure.svg = std::move(plot).finish();
  return figure;
}

}  // namespace transept::html
