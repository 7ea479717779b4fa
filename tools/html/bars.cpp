// Bars: beside each other or stacked, upright or lying.
#include <algorithm>
#include <cmath>

#include "tools/base/numbers.h"
#include "tools/html/plot.h"

namespace transept::html {
namespace {

constexpr double kHeight = 300.0;  // of upright bars
constexpr double kBar = 20.0;      // thickness of lying ones
constexpr double kMaxBar = 56.0;
constexpr double kNumberRoom = 44.0;  // beyond lying bars

double at(const std::vector<double>& values, std::size_t i) {
  return i < values.size() ? values[i] : kNone;
}

double total(const BarChart& chart, std::size_t category) {
  double sum = 0.0;
  for (const BarSeries& series : chart.series) {
    const double value = at(series.values, category);
    if (std::isfinite(value)) sum += value;
  }
  return sum;
}

Range range_of(const BarChart& chart) {
  Range range;
  for (std::size_t c = 0; c < chart.categories.size(); ++c) {
    double positive = 0.0;
    double negative = 0.0;
    for (const BarSeries& series : chart.series) {
      const double value = at(series.values, c);
      if (std::isfinite(value)) (value < 0 ? negative : positive) += value;
      if (chart.stacked) continue;
      range.add(value);
      range.add(at(series.low, c));
      range.add(at(series.high, c));
    }
    if (chart.stacked) {
      range.add(positive);
      range.add(negative);
    }
  }
  for (const Guide& guide : chart.guides) range.add(guide.value);
  return range;
}

Table numbers_of(const BarChart& chart) {
  Table table;
  table.columns.push_back({""});
  for (const BarSeries& series : chart.series) {
    table.columns.push_back({series.name.empty() ? chart.value.title : series.name, true});
  }
  if (chart.stacked && chart.series.size() > 1) table.columns.push_back({"total", true});
  for (std::size_t c = 0; c < chart.categories.size(); ++c) {
    auto& row = table.rows.emplace_back();
    row.push_back({chart.categories[c]});
    for (const BarSeries& series : chart.series) {
      std::string text = value_text(chart.value, at(series.values, c));
      if (std::isfinite(at(series.low, c)) && std::isfinite(at(series.high, c))) {
        text += " (" + value_text(chart.value, at(series.low, c)) + " to " +
                value_text(chart.value, at(series.high, c)) + ')';
      }
      row.push_back({text});
    }
    if (chart.stacked && chart.series.size() > 1) {
      row.push_back({value_text(chart.value, total(chart, c))});
    }
  }
  return table;
}

// Draws bars without asking which way they stand: a bar has a place across and a length along the
// value axis.
class Bars {
 public:
  Bars(const BarChart& chart, Plot& plot) : chart_(chart), plot_(plot) {
    slot_ = chart.horizontal ? plot.y_slot() : plot.x_slot();
    const std::size_t beside = chart.stacked ? 1 : std::max<std::size_t>(1, chart.series.size());
    thickness_ = std::min(kMaxBar, slot_ * (beside > 1 ? 0.8 : 0.68) / static_cast<double>(beside));
    first_ = -0.5 * thickness_ * static_cast<double>(beside);
  }

  void draw(std::size_t category, std::size_t series) {
    const double value = at(chart_.series[series].values, category);
    if (!std::isfinite(value)) return;
    double from = 0.0;
    if (chart_.stacked) {
      for (std::size_t s = 0; s < series; ++s) {
        const double below = at(chart_.series[s].values, category);
        if (std::isfinite(below) && (below < 0) == (value < 0)) from += below;
      }
    }
    const double across = middle(category) + first_ +
                          (chart_.stacked ? 0.0 : thickness_ * static_cast<double>(series));
    std::string tip = chart_.categories[category];
    if (!chart_.series[series].name.empty()) tip += "\n" + chart_.series[series].name;
    tip += ": " + value_text(chart_.value, value);
    if (chart_.stacked && total(chart_, category) > 0) {
      tip += " (" + tools::readable(100 * value / total(chart_, category), 1) + " %)";
    }
    plot_.svg().tip(tip);
    const double a = along(from);
    const double b = along(from + value);
    // A hair of ground between neighbours.
    if (chart_.horizontal) {
      const double gap = chart_.stacked ? 1.0 : 0.0;
      plot_.svg().rect(std::min(a, b), across + 0.5, std::fabs(b - a) - gap, thickness_ - 1,
                       "fill");
    } else {
      const double gap = chart_.stacked ? 1.0 : 0.0;
      plot_.svg().rect(across + 0.5, std::min(a, b) + gap, thickness_ - 1, std::fabs(b - a) - gap,
                       "fill");
    }
    if (chart_.stacked) {
      label_segment(value, a, b, across);
    } else {
      label_bar(category, series, value, b, across);
    }
  }

  void label_total(std::size_t category) {
    const double sum = total(chart_, category);
    const std::string text = value_text(chart_.value, sum);
    if (chart_.horizontal) {
      plot_.svg().text(along(sum) + 6, middle(category) + 4, text, "halo");
    } else {
      plot_.svg().text(middle(category), along(sum) - 6, text, "halo", Anchor::middle);
    }
  }

 private:
  double middle(std::size_t category) const {
    const auto c = static_cast<double>(category);
    return chart_.horizontal ? plot_.y(c) : plot_.x(c);
  }
  double along(double value) const { return chart_.horizontal ? plot_.x(value) : plot_.y(value); }

  // Inside the segment, where there is room.
  void label_segment(double value, double a, double b, double across) {
    const std::string text = value_text(chart_.value, value);
    const double width = text_width(text, kFontSize) + 8;
    const double mid = (a + b) / 2;
    const bool fits = chart_.horizontal ? std::fabs(b - a) > width && thickness_ > 14
                                        : std::fabs(b - a) > 15 && thickness_ > width;
    if (!fits) return;
    if (chart_.horizontal) {
      plot_.svg().text(mid, across + thickness_ / 2 + 4, text, "on", Anchor::middle);
    } else {
      plot_.svg().text(across + thickness_ / 2, mid + 4, text, "on", Anchor::middle);
    }
  }

  // The whisker, and the number beyond the bar.
  void label_bar(std::size_t category, std::size_t series, double value, double end,
                 double across) {
    const double centre = across + thickness_ / 2;
    const double low = at(chart_.series[series].low, category);
    const double high = at(chart_.series[series].high, category);
    double beyond = end;
    if (std::isfinite(low) && std::isfinite(high)) {
      const double a = along(low);
      const double b = along(high);
      const double arm = std::min(4.0, thickness_ / 4);
      Svg& svg = plot_.svg();
      if (chart_.horizontal) {
        svg.line(a, centre, b, centre, "error");
        svg.line(a, centre - arm, a, centre + arm, "error");
        svg.line(b, centre - arm, b, centre + arm, "error");
        beyond = value < 0 ? a : b;
      } else {
        svg.line(centre, a, centre, b, "error");
        svg.line(centre - arm, a, centre + arm, a, "error");
        svg.line(centre - arm, b, centre + arm, b, "error");
        beyond = value < 0 ? a : b;
      }
    }
    const std::string text = value_text(chart_.value, value);
    if (chart_.horizontal) {
      if (thickness_ < 12) return;
      plot_.svg().text(beyond + (value < 0 ? -5 : 5), centre + 4, text, "halo",
                       value < 0 ? Anchor::end : Anchor::start);
    } else if (text_width(text, kFontSize) < thickness_ + 6) {
      plot_.svg().text(centre, beyond + (value < 0 ? 15 : -5), text, "halo", Anchor::middle);
    }
  }

  const BarChart& chart_;
  Plot& plot_;
  double slot_ = 0.0;
  double thickness_ = 0.0;
  double first_ = 0.0;
};

}  // namespace

Figure draw(const BarChart& chart) {
  Figure figure{.title = chart.title, .caption = chart.caption};
  figure.numbers = numbers_of(chart);
  if (chart.categories.empty() || chart.series.empty()) {
    figure.svg = empty_picture(chart.title);
    return figure;
  }

  Range range = range_of(chart);
  Axis names;
  names.categories = chart.categories;
  const std::string description = std::to_string(chart.categories.size()) + " categories; " +
                                  range_text(chart.value.title, range);
  // Room for the numbers beyond the bars: above upright ones on the scale, beside lying ones in the
  // margin.
  if (!chart.horizontal) range.add(range.high() + 0.04 * (range.high() - range.low()));
  const Scale values = axis_scale(chart.value, range, chart.horizontal ? 8 : 6);
  const auto beside = static_cast<double>(chart.stacked ? 1 : chart.series.size());
  const double lying = static_cast<double>(chart.categories.size()) * (kBar * beside + 12);
  Plot plot = chart.horizontal
                  ? Plot(chart.title, description, lying, chart.value, values, names,
                         axis_scale(names, {}, 0), chart.guides, {}, kNumberRoom)
                  : Plot(chart.title, description, kHeight, names, axis_scale(names, {}, 0),
                         chart.value, values, {}, chart.guides);
  Bars bars(chart, plot);
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    plot.svg().begin(series_class(s));
    for (std::size_t c = 0; c < chart.categories.size(); ++c) bars.draw(c, s);
    plot.svg().end();
    if (chart.series.size() > 1) {
      figure.legend.push_back({chart.series[s].name, s, Figure::Key::Sign::box});
    }
  }
  if (chart.stacked && chart.series.size() > 1) {
    for (std::size_t c = 0; c < chart.categories.size(); ++c) bars.label_total(c);
  }
  // The zero line once more, above the bars.
  if (chart.horizontal) {
    plot.svg().line(plot.x(0), plot.top(), plot.x(0), plot.bottom(), "axis");
  } else {
    plot.svg().line(plot.left(), plot.y(0), plot.right(), plot.y(0), "axis");
  }
  figure.svg = std::move(plot).finish();
  return figure;
}

}  // namespace transept::html
