// Scale: values to pixels of one axis, linear or logarithmic, with ticks at round numbers.
#pragma once

#include <string>
#include <vector>

namespace transept::html {

enum class ScaleKind { linear, log10, log2 };

struct Tick {
  double value = 0.0;
  std::string text;
};

class Scale {
 public:
  // A scale on which `low`..`high` fits, widened to round ends where it is linear. On a logarithmic
  // one what is not positive counts as the smallest positive value that fits. `ticks`: about how
  // many.
  Scale(ScaleKind kind, double low, double high, int ticks);
  // The same range without widening.
  static Scale exact(ScaleKind kind, double low, double high, int ticks);

  // From here on `pixel()` runs from `begin` to `end`.
  void place(double begin, double end);

  double pixel(double value) const;
  double low() const { return low_; }
  double high() const { return high_; }
  const std::vector<Tick>& ticks() const { return ticks_; }

 private:
  Scale() = default;
  void make_linear_ticks(int wanted, bool widen);
  void make_log_ticks(int wanted);

  ScaleKind kind_ = ScaleKind::linear;
  double low_ = 0.0;
  double high_ = 1.0;
  double begin_ = 0.0;
  double end_ = 1.0;
  std::vector<Tick> ticks_;
};

}  // namespace transept::html
