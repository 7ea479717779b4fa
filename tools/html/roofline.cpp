// Rooflines.
#include <algorithm>
#include <cmath>

#include "tools/base/numbers.h"
#include "tools/html/plot.h"

namespace transept::html {
namespace {

constexpr double kHeight = 360.0;

bool positive(double value) { return std::isfinite(value) && value > 0.0; }

double highest(const std::vector<Ceiling>& ceilings) {
  double value = 0.0;
  for (const Ceiling& ceiling : ceilings) {
    if (positive(ceiling.value)) value = std::max(value, ceiling.value);
  }
  return value;
}

// What limits a kernel of this intensity under these ceilings.
double roof(double intensity, double peak, double bandwidth) {
  return std::min(peak, intensity * bandwidth);
}

// A slope of memory: from the left border up to the highest peak, with its name along it.
void draw_slope(const Ceiling& ceiling, double peak, double left_intensity, double lowest,
                Plot& plot) {
  const double from = std::max(left_intensity, lowest / ceiling.value);
  const double knee = peak / ceiling.value;
  if (knee <= from) return;
  const double x1 = plot.x(from), y1 = plot.y(from * ceiling.value);
  const double x2 = plot.x(knee), y2 = plot.y(peak);
  plot.svg().line(x1, y1, x2, y2, "roof");
  const double angle = std::atan2(y2 - y1, x2 - x1) * 180 / 3.14159265358979;
  const std::string name = ceiling.name + ", " + tools::compact(ceiling.value) + "B/s";
  // In the lower third, where slopes are not yet hidden by kernels.
  const double part = 0.04;
  plot.svg().text(x1 + part * (x2 - x1), y1 + part * (y2 - y1) - 5, name, "soft halo",
                  Anchor::start, angle);
}

Table numbers_of(const Roofline& chart, double peak, double bandwidth) {
  Table numbers;
  numbers.columns = {{""},
                     {chart.operation + " a byte", true},
                     {chart.operation + " a second", true},
                     {"of the roof", true}};
  for (const Kernel& kernel : chart.kernels) {
    const double limit = roof(kernel.intensity, peak, bandwidth);
    numbers.rows.push_back(
        {{kernel.name},
         {tools::readable(kernel.intensity)},
         {tools::compact(kernel.performance)},
         {positive(limit) ? tools::readable(100 * kernel.performance / limit, 0) + " %" : "–"}});
  }
  for (const Ceiling& ceiling : chart.peaks) {
    numbers.rows.push_back({{ceiling.name}, {""}, {tools::compact(ceiling.value)}, {""}});
  }
  for (const Ceiling& ceiling : chart.bandwidths) {
    numbers.rows.push_back({{ceiling.name}, {""}, {tools::compact(ceiling.value) + "B/s"}, {""}});
  }
  return numbers;
}

// The frame that shows all knees and all kernels.
Plot frame_of(const Roofline& chart, double peak, double bandwidth) {
  Range intensities, performances;
  performances.add(1.6 * peak);
  for (const Ceiling& ceiling : chart.bandwidths) {
    if (positive(ceiling.value)) intensities.add(3 * peak / ceiling.value);
  }
  intensities.add(peak / bandwidth / 16);
  for (const Ceiling& ceiling : chart.peaks) {
    if (positive(ceiling.value)) performances.add(ceiling.value / 8);
  }
  for (const Kernel& kernel : chart.kernels) {
    intensities.add(kernel.intensity / 2, ScaleKind::log10);
    intensities.add(kernel.intensity * 2, ScaleKind::log10);
    performances.add(kernel.performance / 3, ScaleKind::log10);
  }
  Axis x{.title = chart.operation + " for each byte moved", .scale = ScaleKind::log10};
  Axis y{.title = chart.operation + " a second", .scale = ScaleKind::log10};
  return Plot(chart.title,
              std::to_string(chart.kernels.size()) + " kernels under " +
                  std::to_string(chart.peaks.size()) + " peaks and " +
                  std::to_string(chart.bandwidths.size()) + " slopes",
              kHeight, x, axis_scale(x, intensities, 8), y, axis_scale(y, performances, 8));
}

void draw_roof(const Roofline& chart, double peak, double bandwidth, Plot& plot) {
  Svg& svg = plot.svg();
  for (const Ceiling& ceiling : chart.bandwidths) {
    if (positive(ceiling.value)) {
      draw_slope(ceiling, peak, plot.x_scale().low(), plot.y_scale().low(), plot);
    }
  }
  for (const Ceiling& ceiling : chart.peaks) {
    if (!positive(ceiling.value)) continue;
    const double from = std::max(plot.x_scale().low(), ceiling.value / bandwidth);
    svg.line(plot.x(from), plot.y(ceiling.value), plot.right(), plot.y(ceiling.value), "roof");
    svg.text(plot.right() - 4, plot.y(ceiling.value) - 6,
             ceiling.name + ", " + tools::compact(ceiling.value) + "/s", "soft halo", Anchor::end);
  }
}

}  // namespace

Figure draw(const Roofline& chart) {
  Figure figure{.title = chart.title, .caption = chart.caption};
  const double peak = highest(chart.peaks);
  const double bandwidth = highest(chart.bandwidths);
  figure.numbers = numbers_of(chart, peak, bandwidth);
  if (!positive(peak) || !positive(bandwidth)) {
    figure.svg = empty_picture(chart.title);
    return figure;
  }
  Plot plot = frame_of(chart, peak, bandwidth);
  plot.begin_data();
  draw_roof(chart, peak, bandwidth, plot);
  Svg& svg = plot.svg();
  for (std::size_t i = 0; i < chart.kernels.size(); ++i) {
    const Kernel& kernel = chart.kernels[i];
    if (!positive(kernel.intensity) || !positive(kernel.performance)) continue;
    svg.begin(series_class(i));
    svg.tip(kernel.name + "\n" + tools::readable(kernel.intensity) + " " + chart.operation +
            " a byte\n" + tools::compact(kernel.performance) + " " + chart.operation + " a second")
        .mark(plot.x(kernel.intensity), plot.y(kernel.performance), i);
    svg.end();
    figure.legend.push_back({kernel.name, i});
  }
  svg.end();
  figure.svg = std::move(plot).finish();
  return figure;
}

}  // namespace transept::html
