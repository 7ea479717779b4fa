// Histograms: counts of values in bins.
#include <algorithm>
#include <cmath>

#include "tools/base/numbers.h"
#include "tools/html/plot.h"

namespace transept::html {
namespace {

constexpr double kHeight = 240.0;
constexpr std::size_t kMaxBins = 200;

// Values that the axis can show, sorted.
std::vector<double> shown(const Sample& sample, const Axis& x) {
  std::vector<double> values;
  for (const double value : sample.values) {
    if (std::isfinite(value) && (x.scale == ScaleKind::linear || value > 0.0)) {
      values.push_back(value);
    }
  }
  std::sort(values.begin(), values.end());
  return values;
}

// Equal bins of the axis: of values, or of their logarithms.
class Bins {
 public:
  Bins(const Histogram& chart, const std::vector<std::vector<double>>& samples)
      : kind_(chart.x.scale) {
    Range range;
    double width = 0.0;
    for (const std::vector<double>& sorted : samples) {
      if (sorted.empty()) continue;
      range.add(to(sorted.front()));
      range.add(to(sorted.back()));
      // Freedman and Diaconis, On the histogram as a density estimator, 1981.
      const double quartiles = to(quantile(sorted, 0.75)) - to(quantile(sorted, 0.25));
      const double own = 2 * quartiles / std::cbrt(static_cast<double>(sorted.size()));
      if (own > 0 && (width == 0.0 || own < width)) width = own;
    }
    if (chart.x.low) range.add(to(*chart.x.low));
    if (chart.x.high) range.add(to(*chart.x.high));
    low_ = range.low();
    const double spread = range.high() - range.low();
    count_ = chart.bins;
    if (count_ == 0) {
      count_ = width > 0 && spread > 0
                   ? static_cast<std::size_t>(std::clamp(spread / width + 1, 8.0, 60.0))
                   : 10;
    }
    count_ = std::clamp<std::size_t>(count_, 1, kMaxBins);
    width_ = (spread > 0 ? spread : 1.0) / static_cast<double>(count_);
  }

  std::size_t count() const { return count_; }
  double edge(std::size_t i) const { return from(low_ + width_ * static_cast<double>(i)); }

  std::vector<double> counts(const std::vector<double>& values) const {
    std::vector<double> result(count_);
    for (const double value : values) {
      const double place =
          std::clamp((to(value) - low_) / width_, 0.0, static_cast<double>(count_) - 0.5);
      ++result[static_cast<std::size_t>(place)];
    }
    return result;
  }

 private:
  double to(double value) const { return kind_ == ScaleKind::linear ? value : std::log(value); }
  double from(double value) const { return kind_ == ScaleKind::linear ? value : std::exp(value); }

  ScaleKind kind_;
  double low_ = 0.0;
  double width_ = 1.0;
  std::size_t count_ = 1;
};

std::string interval(const Bins& bins, std::size_t i) {
  return tools::readable(bins.edge(i)) + " to " + tools::readable(bins.edge(i + 1));
}

// The bins of one sample: bars where it is alone, else its outline.
void draw_sample(const Histogram& chart, const Bins& bins, const std::vector<double>& counts,
                 std::size_t index, Plot& plot) {
  Svg& svg = plot.svg();
  const bool alone = chart.samples.size() == 1;
  svg.begin(series_class(index));
  Path outline;
  outline.move(plot.x(bins.edge(0)), plot.bottom());
  for (std::size_t i = 0; i < bins.count(); ++i) {
    const double left = plot.x(bins.edge(i));
    const double right = plot.x(bins.edge(i + 1));
    const double top = plot.y(counts[i]);
    outline.line(left, top).line(right, top);
    if (!alone || counts[i] == 0) continue;
    svg.tip(interval(bins, i) + ": " + tools::readable(counts[i]));
    svg.rect(left + 0.5, top, right - left - 1, plot.bottom() - top, "fill");
  }
  outline.line(plot.x(bins.edge(bins.count())), plot.bottom());
  if (!alone) {
    svg.path(outline.data(), "band");
    svg.tip(chart.samples[index].name).path(outline.data(), "curve");
  }
  svg.end();
}

Table numbers_of(const Histogram& chart, const Bins& bins,
                 const std::vector<std::vector<double>>& counts) {
  Table numbers;
  numbers.columns.push_back({chart.x.title.empty() ? "values" : chart.x.title});
  for (const Sample& sample : chart.samples) {
    numbers.columns.push_back({sample.name.empty() ? "count" : sample.name, true});
  }
  for (std::size_t i = 0; i < bins.count(); ++i) {
    auto& row = numbers.rows.emplace_back();
    row.push_back({interval(bins, i)});
    for (const auto& of_sample : counts) row.push_back({tools::readable(of_sample[i])});
  }
  return numbers;
}

}  // namespace

Figure draw(const Histogram& chart) {
  Figure figure{.title = chart.title, .caption = chart.caption};
  std::vector<std::vector<double>> samples;
  std::size_t total = 0;
  for (const Sample& sample : chart.samples) {
    samples.push_back(shown(sample, chart.x));
    total += samples.back().size();
  }
  if (total == 0) {
    figure.svg = empty_picture(chart.title);
    return figure;
  }

  const Bins bins(chart, samples);
  std::vector<std::vector<double>> counts;
  Range y_range;
  for (const std::vector<double>& values : samples) {
    counts.push_back(bins.counts(values));
    for (const double count : counts.back()) y_range.add(count);
  }
  Range x_range;
  x_range.add(bins.edge(0));
  x_range.add(bins.edge(bins.count()));
  for (const Guide& guide : chart.guides) x_range.add(guide.value, chart.x.scale);
  Axis y;
  y.title = "count";
  Axis x = chart.x;
  x.from_zero = false;

  Plot plot(chart.title,
            tools::readable(static_cast<double>(total)) + " values; " +
                range_text(chart.x.title, x_range),
            kHeight, x, axis_scale(x, x_range, 8), y, axis_scale(y, y_range, 4), chart.guides);
  plot.begin_data();
  for (std::size_t s = 0; s < counts.size(); ++s) {
    draw_sample(chart, bins, counts[s], s, plot);
    if (counts.size() > 1) {
      figure.legend.push_back({chart.samples[s].name, s, Figure::Key::Sign::line});
    }
  }
  plot.svg().end();
  figure.svg = std::move(plot).finish();
  figure.numbers = numbers_of(chart, bins, counts);
  return figure;
}

}  // namespace transept::html
