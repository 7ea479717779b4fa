// Charts: what to draw, and draw(), which gives the picture as inline SVG with the numbers behind
// it.
//
//   LineChart chart{.title = "Throughput", .x = {.title = "batch size", .scale = ScaleKind::log2},
//                   .y = {.title = "words a second"}};
//   chart.series.push_back({"int8", {{1, 3000}, {2, 5100}}});
//   page.add(draw(chart));
//
// Colours, and the signs that go with them, follow the order of series; nothing is told by colour
// alone. What is not finite is left out of the picture and shown as "–" among the numbers.
// Functions here never fail: a chart without data says so.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tools/html/page.h"
#include "tools/html/scale.h"

namespace transept::html {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Axis {
  std::string title{};  // with the unit: "latency, ms"
  ScaleKind scale = ScaleKind::linear;
  std::optional<double> low{};  // ends of the axis; by default what the data needs
  std::optional<double> high{};
  bool from_zero = true;                  // linear value axes begin at zero
  std::vector<std::string> categories{};  // names of 0, 1, 2, ... instead of numbers
};

// A line across the plot at one value, with a name: a limit, a percentile.
struct Guide {
  double value = 0.0;
  std::string label{};
};

struct Point {
  double x = 0.0;
  double y = 0.0;
  double low = kNone;  // where the spread of y is known
  double high = kNone;
  std::string label{};  // shown when the pointer rests on it
};

enum class Style { line_and_points, line, points };

struct Series {
  std::string name{};
  std::vector<Point> points{};
  Style style = Style::line_and_points;
};

// y against x; the spread of y as a band (lines) or whiskers (points).
struct LineChart {
  std::string title{};
  std::string caption{};
  Axis x{};
  Axis y{};
  std::vector<Series> series{};
  std::vector<Guide> x_guides{};
  std::vector<Guide> y_guides{};
};

struct BarSeries {
  std::string name{};
  std::vector<double> values{};  // one a category
  std::vector<double> low{};     // whiskers; empty: none
  std::vector<double> high{};
};

// Bars of categories, beside each other or stacked.
struct BarChart {
  std::string title{};
  std::string caption{};
  Axis value{};  // linear
  std::vector<std::string> categories{};
  std::vector<BarSeries> series{};
  bool stacked = false;
  bool horizontal = false;  // better where names of categories are long
  std::vector<Guide> guides{};
};

struct Sample {
  std::string name{};
  std::vector<double> values{};
};

// How values are distributed: counts in equal bins; several samples as outlines.
struct Histogram {
  std::string title{};
  std::string caption{};
  Axis x{};
  std::vector<Sample> samples{};
  std::vector<Guide> guides{};  // percentiles, zero
  std::size_t bins = 0;         // 0: as many as the data bears (Freedman and Diaconis)
};

struct Interval {
  std::string label{};
  double value = 0.0;
  double low = kNone;  // the interval; none: a point only
  double high = kNone;
  std::size_t group = 0;  // its colour, an index into groups
};

// Values with their intervals, one a row: differences with confidence intervals.
struct IntervalChart {
  std::string title{};
  std::string caption{};
  Axis value{.from_zero = false};
  std::vector<Interval> rows{};
  std::vector<std::string> groups{};  // names of the colours; may be empty
  std::vector<Guide> guides{{0.0, ""}};
};

struct BoxChart {
  std::string title{};
  std::string caption{};
  Axis value{};
  std::vector<Sample> rows{};  // box: quartiles; line: median; whiskers: 5 % and 95 %
  std::vector<Guide> guides{};
};

// Values of rows by columns as shades. Where both signs occur the shade tells the size and the hue
// the sign.
struct Heatmap {
  std::string title{};
  std::string caption{};
  std::string row_title{};
  std::string column_title{};
  std::vector<std::string> rows{};
  std::vector<std::string> columns{};
  std::vector<std::vector<double>> values{};  // [rows][columns]
  std::optional<double> low{};                // ends of the shades; by default those of the data
  std::optional<double> high{};
  std::optional<int> decimals{};  // of the numbers in cells; none: as needed
  bool show_values = true;        // where cells are large enough
};

struct Ceiling {
  std::string name{};
  double value = 0.0;  // operations a second, or bytes a second
};

struct Kernel {
  std::string name{};
  double intensity = 0.0;    // operations for each byte moved
  double performance = 0.0;  // operations a second
};

// The roofline model (Williams, Waterman and Patterson 2009): performance against operational
// intensity below the peaks of arithmetic and the slopes of memory.
struct Roofline {
  std::string title{};
  std::string caption{};
  std::string operation = "operations";  // what is counted
  std::vector<Ceiling> peaks{};          // operations a second
  std::vector<Ceiling> bandwidths{};     // bytes a second
  std::vector<Kernel> kernels{};
};

Figure draw(const LineChart& chart);
Figure draw(const BarChart& chart);
Figure draw(const Histogram& chart);
Figure draw(const IntervalChart& chart);
Figure draw(const BoxChart& chart);
Figure draw(const Heatmap& chart);
Figure draw(const Roofline& chart);

}  // namespace transept::html
