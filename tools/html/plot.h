// Plot: the frame that charts with two axes share: margins, grid, ticks, titles, guides.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/html/charts.h"
#include "tools/html/markup.h"
#include "tools/html/scale.h"

namespace transept::html {

// Pixels of the viewBox of every chart.
inline constexpr double kChartWidth = 760.0;
inline constexpr double kFontSize = 12.0;

// The ends of finite numbers; none seen: 0 and 1.
class Range {
 public:
  void add(double value);
  // Only for logarithmic axes: what has no logarithm does not count.
  void add(double value, ScaleKind kind);
  double low() const;
  double high() const;

 private:
  double low_ = kNone;
  double high_ = kNone;
};

// The value below which this part of the values lies; between two of them, in proportion.
// REQUIRES: `sorted` ascending and not empty, `part` in [0, 1].
double quantile(const std::vector<double>& sorted, double part);

// The scale `axis` asks for when the data lies in `range`, with about so many ticks.
Scale axis_scale(const Axis& axis, const Range& range, int ticks);

// How a value is said in tips and tables: the name of a category, or the number.
std::string value_text(const Axis& axis, double value);

// The class that gives the colour of a series.
std::string series_class(std::size_t index);

// Where data lies, for the description of a picture: "words a second from 12 to 3,400".
std::string range_text(const std::string& title, const Range& range);

class Plot {
 public:
  // Lays out and draws the frame. `height` is that of the data alone, `margin` what stays free on
  // its right. Where an axis has categories its scale gives every category the same room; on the y
  // axis the first is on top.
  Plot(std::string_view title, std::string_view description, double height, const Axis& x,
       Scale x_scale, const Axis& y, Scale y_scale, const std::vector<Guide>& x_guides = {},
       const std::vector<Guide>& y_guides = {}, double margin = 0.0);
  Plot(Plot&&) noexcept;
  ~Plot();

  double x(double value) const;
  double y(double value) const;
  // Pixels a category of the x or y axis has.
  double x_slot() const { return x(1) - x(0); }
  double y_slot() const { return y(1) - y(0); }
  double left() const;
  double right() const;
  double top() const;
  double bottom() const;
  const Scale& x_scale() const;
  const Scale& y_scale() const;
  Svg& svg() { return svg_; }

  // Until svg().end(): drawings are cut off at the frame, with room for marks on its border.
  void begin_data();
  // Draws the guides above the data.
  std::string finish() &&;

 private:
  struct Layout;
  std::unique_ptr<const Layout> layout_;
  Svg svg_;
};

// The picture of a chart that has nothing to show.
std::string empty_picture(std::string_view title);

}  // namespace transept::html
