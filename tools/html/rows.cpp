// Charts with one name a row: intervals and boxes.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "tools/base/numbers.h"
#include "tools/html/plot.h"

namespace transept::html {
namespace {

constexpr double kRow = 28.0;

double height_of(std::size_t rows) { return kRow * static_cast<double>(rows) + 8; }

void draw_whisker(Svg& svg, double from, double to, double y) {
  constexpr double kArm = 4.5;
  svg.line(from, y, to, y, "whisker");
  svg.line(from, y - kArm, from, y + kArm, "whisker");
  svg.line(to, y - kArm, to, y + kArm, "whisker");
}

constexpr double kBoxParts[] = {0.05, 0.25, 0.5, 0.75, 0.95};

// The values of a sample at kBoxParts; kNone: it has none.
struct Box {
  double marks[std::size(kBoxParts)];
};

Box box_of(const Sample& sample) {
  std::vector<double> sorted;
  std::copy_if(sample.values.begin(), sample.values.end(), std::back_inserter(sorted),
               [](double value) { return std::isfinite(value); });
  std::sort(sorted.begin(), sorted.end());
  Box box;
  for (std::size_t i = 0; i < std::size(kBoxParts); ++i) {
    box.marks[i] = sorted.empty() ? kNone : quantile(sorted, kBoxParts[i]);
  }
  return box;
}

void draw_box(const BoxChart& chart, const std::string& name, const Box& box, double y,
              Plot& plot) {
  constexpr double kHalf = 8.0;
  const auto& marks = box.marks;
  Svg& svg = plot.svg();
  svg.begin(series_class(0));
  draw_whisker(svg, plot.x(marks[0]), plot.x(marks[1]), y);
  draw_whisker(svg, plot.x(marks[3]), plot.x(marks[4]), y);
  svg.tip(name + ": median " + value_text(chart.value, marks[2]) + ", quartiles " +
          value_text(chart.value, marks[1]) + " and " + value_text(chart.value, marks[3]) +
          ", 5 % and 95 % " + value_text(chart.value, marks[0]) + " and " +
          value_text(chart.value, marks[4]));
  svg.rect(plot.x(marks[1]), y - kHalf, plot.x(marks[3]) - plot.x(marks[1]), 2 * kHalf, "pale");
  svg.line(plot.x(marks[2]), y - kHalf, plot.x(marks[2]), y + kHalf, "median");
  svg.end();
}

}  // namespace

Figure draw(const IntervalChart& chart) {
  Figure figure{.title = chart.title, .caption = chart.caption};
  if (chart.rows.empty()) {
    figure.svg = empty_picture(chart.title);
    return figure;
  }
  Range range;
  Axis names;
  for (const Interval& row : chart.rows) {
    range.add(row.value);
    range.add(row.low);
    range.add(row.high);
    names.categories.push_back(row.label);
  }
  for (const Guide& guide : chart.guides) range.add(guide.value);

  Plot plot(chart.title,
            std::to_string(chart.rows.size()) + " rows; " + range_text(chart.value.title, range),
            height_of(chart.rows.size()), chart.value, axis_scale(chart.value, range, 8), names,
            axis_scale(names, {}, 0), chart.guides);
  Svg& svg = plot.svg();
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const Interval& row = chart.rows[i];
    if (!std::isfinite(row.value)) continue;
    const double y = plot.y(static_cast<double>(i));
    std::string tip = row.label + ": " + value_text(chart.value, row.value);
    svg.begin(series_class(row.group));
    if (std::isfinite(row.low) && std::isfinite(row.high)) {
      draw_whisker(svg, plot.x(row.low), plot.x(row.high), y);
      tip += " (" + value_text(chart.value, row.low) + " to " + value_text(chart.value, row.high) +
             ')';
    }
    svg.tip(tip).mark(plot.x(row.value), y, row.group);
    svg.end();
  }
  figure.svg = std::move(plot).finish();
  for (std::size_t g = 0; g < chart.groups.size(); ++g) {
    figure.legend.push_back({chart.groups[g], g});
  }

  figure.numbers.columns = {{""},
                            {chart.value.title.empty() ? "value" : chart.value.title, true},
                            {"from", true},
                            {"to", true}};
  for (const Interval& row : chart.rows) {
    figure.numbers.rows.push_back({{row.label},
                                   {value_text(chart.value, row.value)},
                                   {value_text(chart.value, row.low)},
                                   {value_text(chart.value, row.high)}});
  }
  return figure;
}

Figure draw(const BoxChart& chart) {
  Figure figure{.title = chart.title, .caption = chart.caption};
  std::vector<Box> boxes;
  Range range;
  Axis names;
  bool any = false;
  for (const Sample& row : chart.rows) {
    names.categories.push_back(row.name);
    const Box& box = boxes.emplace_back(box_of(row));
    for (const double mark : box.marks) range.add(mark, chart.value.scale);
    any = any || !std::isnan(box.marks[0]);
  }
  if (!any) {
    figure.svg = empty_picture(chart.title);
    return figure;
  }
  for (const Guide& guide : chart.guides) range.add(guide.value, chart.value.scale);

  Plot plot(chart.title,
            std::to_string(boxes.size()) + " rows; " + range_text(chart.value.title, range),
            height_of(boxes.size()), chart.value, axis_scale(chart.value, range, 8), names,
            axis_scale(names, {}, 0), chart.guides);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!std::isnan(boxes[i].marks[0])) {
      draw_box(chart, chart.rows[i].name, boxes[i], plot.y(static_cast<double>(i)), plot);
    }
  }
  figure.svg = std::move(plot).finish();

  figure.numbers.columns = {{""},           {"5 %", true}, {"25 %", true}, {"median", true},
                            {"75 %", true}, {"95 %", true}};
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    auto& row = figure.numbers.rows.emplace_back();
    row.push_back({chart.rows[i].name});
    for (const double mark : boxes[i].marks) row.push_back({value_text(chart.value, mark)});
  }
  return figure;
}

}  // namespace transept::html
