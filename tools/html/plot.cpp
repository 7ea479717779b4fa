#include "tools/html/plot.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include "tools/base/numbers.h"

namespace transept::html {
namespace {

constexpr double kGap = 7.0;    // between labels and axis
constexpr double kLine = 16.0;  // height of a line of text
constexpr double kTilt = 35.0;  // degrees of tilted category names
constexpr double kMaxNameWidth = 290.0;
constexpr double kMaxTiltedWidth = 120.0;

Scale category_scale(std::size_t count) {
  return Scale::exact(ScaleKind::linear, -0.5, static_cast<double>(count) - 0.5, 1);
}

double widest(const std::vector<std::string>& texts) {
  double width = 0.0;
  for (const std::string& text : texts) width = std::max(width, text_width(text, kFontSize));
  return width;
}

std::vector<std::string> tick_texts(const Scale& scale) {
  std::vector<std::string> texts;
  for (const Tick& tick : scale.ticks()) texts.push_back(tick.text);
  return texts;
}

// A label at a guide, and how many lines below the first it has to stand to be readable.
struct GuideLabel {
  double x = 0.0;
  std::size_t level = 0;
  Anchor anchor = Anchor::start;
};

// Labels of vertical guides stand right of their line, left where there is no room.
std::vector<GuideLabel> place_labels(const std::vector<Guide>& guides, const Scale& scale,
                                     double right) {
  std::vector<GuideLabel> labels(guides.size());
  std::vector<std::size_t> order(guides.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return guides[a].value < guides[b].value; });
  std::vector<double> ends;  // of each level, where its last label ends
  for (const std::size_t i : order) {
    const double at = scale.pixel(guides[i].value);
    const double width = text_width(guides[i].label, kFontSize) + 10;
    const bool leftwards = at + width > right;
    const double begin = leftwards ? at - width : at;
    std::size_t level = 0;
    while (level < ends.size() && ends[level] > begin) ++level;
    if (level == ends.size()) ends.push_back(0.0);
    ends[level] = begin + width;
    labels[i] = {leftwards ? at - 4 : at + 4, level, leftwards ? Anchor::end : Anchor::start};
  }
  return labels;
}

std::size_t levels_of(const std::vector<GuideLabel>& labels, const std::vector<Guide>& guides) {
  std::size_t levels = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!guides[i].label.empty()) levels = std::max(levels, labels[i].level + 1);
  }
  return levels;
}

// Names below the x axis: level, tilted where they are too wide, thinned out where there are too
// many.
class CategoryNames {
 public:
  CategoryNames(const std::vector<std::string>& names, double slot) : names_(names) {
    tilted_ = widest(names) > slot - 6;
    if (tilted_ && slot < kLine) {
      stride_ = static_cast<std::size_t>(std::ceil(kLine / std::max(slot, 0.01)));
    }

    for (const std::string& name : names) {
      widest_ = std::max(widest_, text_width(shorten(name, kFontSize, kMaxTiltedWidth), kFontSize));
    }
    height_ = tilted_ ? widest_ * std::sin(kTilt * std::numbers::pi / 180) + kLine : kLine;
  }

  double height() const { return height_; }
  // How far the first name reaches to the left of its place.
  double reach() const {
    return tilted_ ? widest_ * std::cos(kTilt * std::numbers::pi / 180) : 0.0;
  }

  void draw(Svg& svg, const Scale& scale, double y) const {
    for (std::size_t i = 0; i < names_.size(); i += stride_) {
      const double x = scale.pixel(static_cast<double>(i));
      if (tilted_) {
        const std::string shown = shorten(names_[i], kFontSize, kMaxTiltedWidth);
        if (shown != names_[i]) svg.tip(names_[i]);
        svg.text(x + 4, y - 2, shown, "soft", Anchor::end, -kTilt);
      } else {
        svg.text(x, y, names_[i], "soft", Anchor::middle);
      }
    }
  }

 private:
  const std::vector<std::string>& names_;
  bool tilted_ = false;
  std::size_t stride_ = 1;
  double widest_ = 0.0;
  double height_ = kLine;
};

}  // namespace

void Range::add(double value) {
  if (!std::isfinite(value)) return;
  low_ = std::isnan(low_) ? value : std::min(low_, value);
  high_ = std::isnan(high_) ? value : std::max(high_, value);
}

void Range::add(double value, ScaleKind kind) {
  if (kind == ScaleKind::linear || value > 0.0) add(value);
}

double Range::low() const { return std::isnan(low_) ? 0.0 : low_; }
double Range::high() const { return std::isnan(high_) ? 1.0 : high_; }

double quantile(const std::vector<double>& sorted, double part) {
  const double index = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(index);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (index - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Scale axis_scale(const Axis& axis, const Range& range, int ticks) {
  if (!axis.categories.empty()) return category_scale(axis.categories.size());
  double low = range.low();
  double high = range.high();
  if (axis.scale == ScaleKind::linear && axis.from_zero) {
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
  }
  low = axis.low.value_or(low);
  high = axis.high.value_or(high);
  return Scale(axis.scale, low, high, ticks);
}

std::string value_text(const Axis& axis, double value) {
  const double index = std::round(value);
  if (!axis.categories.empty() && index >= 0 &&
      index < static_cast<double>(axis.categories.size())) {
    return axis.categories[static_cast<std::size_t>(index)];
  }
  return std::fabs(value) >= 1e6 ? tools::compact(value) : tools::readable(value);
}

std::string series_class(std::size_t index) { return "s" + std::to_string(index % 12 + 1); }

std::string range_text(const std::string& title, const Range& range) {
  return (title.empty() ? "values" : title) + " from " + tools::compact(range.low()) + " to " +
         tools::compact(range.high());
}

struct Plot::Layout {
  Layout(double height, const Axis& x_axis_in, Scale x_in, const Axis& y_axis_in, Scale y_in,
         const std::vector<Guide>& x_guides_in, const std::vector<Guide>& y_guides_in,
         double margin)
      : x_axis(x_axis_in),
        y_axis(y_axis_in),
        x(std::move(x_in)),
        y(std::move(y_in)),
        x_guides(x_guides_in),
        y_guides(y_guides_in) {
    const double names = widest(y_axis.categories.empty() ? tick_texts(y) : y_axis.categories);
    left = std::min(names, kMaxNameWidth) + kGap + 3;
    right = kChartWidth - 14 - margin;
    double below = kLine;
    if (!x_axis.categories.empty()) {
      const double slot = (right - left) / static_cast<double>(x_axis.categories.size());
      const CategoryNames below_names(x_axis.categories, slot);
      left = std::max(left, below_names.reach() - slot / 2);
      below = below_names.height();
    }
    x.place(left, right);
    labels = place_labels(x_guides, x, right);
    top = 8 + (y_axis.title.empty() ? 0 : kLine + 2) +
          kLine * static_cast<double>(levels_of(labels, x_guides));
    bottom = top + height;
    y_axis.categories.empty() ? y.place(bottom, top) : y.place(top, bottom);
    total = bottom + kGap + below + (x_axis.title.empty() ? 0 : kLine + 4) + 4;
  }

  void draw_guides(Svg& svg) const {
    for (std::size_t i = 0; i < x_guides.size(); ++i) {
      const double at = x.pixel(x_guides[i].value);
      if (at < left - 1 || at > right + 1) continue;
      const double label_y = top - 5 - kLine * static_cast<double>(labels[i].level);
      svg.line(at, x_guides[i].label.empty() ? top : label_y - 9, at, bottom, "guide");
      if (x_guides[i].label.empty()) continue;
      svg.text(labels[i].x, label_y, x_guides[i].label, "soft", labels[i].anchor);
    }
    for (const Guide& guide : y_guides) {
      const double at = y.pixel(guide.value);
      if (at < top - 1 || at > bottom + 1) continue;
      svg.line(left, at, right, at, "guide");
      if (guide.label.empty()) continue;
      svg.text(right - 4, at - 5, guide.label, "soft halo", Anchor::end);
    }
  }

  void draw_y(Svg& svg) const {
    if (!y_axis.title.empty()) svg.text(2, kLine - 3, y_axis.title, "soft");
    if (!y_axis.categories.empty()) {
      for (std::size_t i = 0; i < y_axis.categories.size(); ++i) {
        const std::string shown = shorten(y_axis.categories[i], kFontSize, kMaxNameWidth);
        if (shown != y_axis.categories[i]) svg.tip(y_axis.categories[i]);
        svg.text(left - kGap, y.pixel(static_cast<double>(i)) + 4, shown, "", Anchor::end);
      }
      svg.line(left, top, left, bottom, "axis");
      return;
    }
    for (const Tick& tick : y.ticks()) {
      const double at = y.pixel(tick.value);
      svg.line(left, at, right, at, "grid");
      svg.text(left - kGap, at + 4, tick.text, "soft", Anchor::end);
    }
  }

  void draw_x(Svg& svg) const {
    const double text_y = bottom + kGap + 11;
    double below = kLine;
    if (!x_axis.categories.empty()) {
      const CategoryNames names(x_axis.categories, x.pixel(1) - x.pixel(0));
      names.draw(svg, x, text_y);
      below = names.height();
    } else {
      double last_end = -1e9;
      for (const Tick& tick : x.ticks()) {
        const double at = x.pixel(tick.value);
        if (y_axis.categories.empty()) {
          svg.line(at, bottom, at, bottom + 4, "axis");
        } else {
          svg.line(at, top, at, bottom, "grid");
        }
        const double half = text_width(tick.text, kFontSize) / 2;
        if (at - half < last_end + 4) continue;
        last_end = at + half;
        svg.text(at, text_y, tick.text, "soft", Anchor::middle);
      }
    }
    // Where values below zero are shown, the line at zero is the axis.
    if (y_axis.categories.empty()) {
      svg.line(left, bottom, right, bottom,
               y_axis.scale == ScaleKind::linear && y.low() < 0 ? "grid" : "axis");
    }
    if (!x_axis.title.empty()) {
      svg.text((left + right) / 2, bottom + kGap + below + kLine, x_axis.title, "soft",
               Anchor::middle);
    }
  }

  Axis x_axis;
  Axis y_axis;
  Scale x;
  Scale y;
  std::vector<Guide> x_guides;
  std::vector<Guide> y_guides;
  std::vector<GuideLabel> labels;
  double left = 0.0;
  double right = 0.0;
  double top = 0.0;
  double bottom = 0.0;
  double total = 0.0;
};

Plot::Plot(std::string_view title, std::string_view description, double height, const Axis& x,
           Scale x_scale, const Axis& y, Scale y_scale, const std::vector<Guide>& x_guides,
           const std::vector<Guide>& y_guides, double margin)
    : layout_(std::make_unique<Layout>(height, x, std::move(x_scale), y, std::move(y_scale),
                                       x_guides, y_guides, margin)),
      svg_(kChartWidth, layout_->total, title, description) {
  layout_->draw_y(svg_);
  layout_->draw_x(svg_);
}

Plot::Plot(Plot&&) noexcept = default;
Plot::~Plot() = default;

double Plot::x(double value) const { return layout_->x.pixel(value); }
double Plot::y(double value) const { return layout_->y.pixel(value); }
double Plot::left() const { return layout_->left; }
double Plot::right() const { return layout_->right; }
double Plot::top() const { return layout_->top; }
double Plot::bottom() const { return layout_->bottom; }
const Scale& Plot::x_scale() const { return layout_->x; }
const Scale& Plot::y_scale() const { return layout_->y; }

void Plot::begin_data() {
  constexpr double kMargin = 6.0;
  svg_.begin_clip(left() - kMargin, top() - kMargin, right() - left() + 2 * kMargin,
                  bottom() - top() + 2 * kMargin);
}

std::string Plot::finish() && {
  layout_->draw_guides(svg_);
  return std::move(svg_).finish();
}

std::string empty_picture(std::string_view title) {
  Svg svg(kChartWidth, 60, title, "no data");
  svg.rect(0.5, 0.5, kChartWidth - 1, 59, "empty");
  svg.text(kChartWidth / 2, 34, "no data", "soft", Anchor::middle);
  return std::move(svg).finish();
}

}  // namespace transept::html
