#include "tools/html/scale.h"

#include <algorithm>
#include <cmath>

#include "tools/base/numbers.h"

namespace transept::html {
namespace {

// Of logarithmic scales: far from where quotients overflow.
constexpr double kSmallest = 1e-150;
constexpr double kLargest = 1e150;

// The step of 1, 2 or 5 times a power of ten that cuts `range` in about `wanted` parts.
double round_step(double range, int wanted) {
  const double raw = range / std::max(1, wanted);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double part = raw / power;
  return power * (part <= 1.0 + 1e-9 ? 1 : part <= 2.0 + 1e-9 ? 2 : part <= 5.0 + 1e-9 ? 5 : 10);
}

std::string tick_text(double value, int decimals) {
  return std::fabs(value) >= 1e6 ? tools::compact(value) : tools::readable(value, decimals);
}

}  // namespace

Scale::Scale(ScaleKind kind, double low, double high, int ticks)
    : kind_(kind), low_(low), high_(high) {
  if (!std::isfinite(low_)) low_ = 0.0;
  if (!std::isfinite(high_)) high_ = low_;
  if (high_ < low_) std::swap(low_, high_);
  if (kind_ == ScaleKind::linear) {
    if (low_ == high_) {
      const double half = low_ == 0.0 ? 1.0 : 0.5 * std::fabs(low_);
      if (low_ != 0.0) low_ -= half;
      high_ += half;
    }
    make_linear_ticks(ticks, true);
  } else {
    low_ = std::clamp(low_, kSmallest, kLargest);
    high_ = std::clamp(high_, low_, kLargest);
    const double margin = low_ == high_ ? 2.0 : std::pow(high_ / low_, 0.03);
    low_ /= margin;
    high_ *= margin;
    make_log_ticks(ticks);
  }
}

Scale Scale::exact(ScaleKind kind, double low, double high, int ticks) {
  Scale scale;
  scale.kind_ = kind;
  const bool log = kind != ScaleKind::linear;
  scale.low_ = log ? std::clamp(low, kSmallest, kLargest) : low;
  scale.high_ = log ? std::clamp(high, 2 * scale.low_, 2 * kLargest) : std::max(high, low + 1e-9);
  if (kind == ScaleKind::linear) {
    scale.make_linear_ticks(ticks, false);
  } else {
    scale.make_log_ticks(ticks);
  }
  return scale;
}

void Scale::make_linear_ticks(int wanted, bool widen) {
  const double step = round_step(high_ - low_, wanted);
  if (!(step > 0.0) || !std::isfinite(step)) return;
  const double first = widen ? std::floor(low_ / step + 1e-9) : std::ceil(low_ / step - 1e-9);
  const double last = widen ? std::ceil(high_ / step - 1e-9) : std::floor(high_ / step + 1e-9);
  if (widen) {
    low_ = first * step;
    high_ = last * step;
  }
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 12);
  for (double i = first; i <= last && ticks_.size() < 100; ++i) {
    ticks_.push_back({i * step, tick_text(i * step, decimals)});
  }
}

void Scale::make_log_ticks(int wanted) {
  const double base = kind_ == ScaleKind::log2 ? 2.0 : 10.0;
  const double first = std::log(low_) / std::log(base);
  const double last = std::log(high_) / std::log(base);
  const double powers = last - first;
  // Every power; every other one, ...; or 1, 2 and 5 times each power of ten where there are few.
  const double stride = std::max(1.0, std::ceil(powers / std::max(1, wanted)));
  const bool fine = kind_ == ScaleKind::log10 && 3 * powers <= wanted + 3;
  for (double power = std::floor(first); power <= last + 1e-9; ++power) {
    if (std::fmod(power, stride) != 0.0) continue;
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1.0 && !fine) break;
      const double value = factor * std::pow(base, power);
      if (value < low_ * (1 - 1e-9) || value > high_ * (1 + 1e-9)) continue;
      ticks_.push_back({value, tools::compact(value)});
    }
  }
}

void Scale::place(double begin, double end) {
  begin_ = begin;
  end_ = end;
}

double Scale::pixel(double value) const {
  double part = 0.0;
  if (kind_ == ScaleKind::linear) {
    part = (value - low_) / (high_ - low_);
  } else {
    part = std::log(std::clamp(value, kSmallest, kLargest) / low_) / std::log(high_ / low_);
  }
  return begin_ + part * (end_ - begin_);
}

}  // namespace transept::html
