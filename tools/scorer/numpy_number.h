// A number as NumPy 2 computes with it: single precision once a single-precision number takes part.
//
// Numbers written in the program are "weak": they take the precision of the other operand (NEP 50).
// With it one formula gives the scores of resamples, whose statistics are kept in single precision.
#pragma once

namespace transept::score {

class NumpyNumber {
 public:
  NumpyNumber(double weak) : value_(weak) {}  // NOLINT: implicit, as numbers in a formula are
  static NumpyNumber single_precision(float value) { return {value, true}; }

  double value() const { return value_; }
  bool single() const { return single_; }

  friend NumpyNumber operator+(NumpyNumber a, NumpyNumber b) {
    if (!(a.single_ || b.single_)) return a.value_ + b.value_;
    return single_precision(static_cast<float>(a.value_) + static_cast<float>(b.value_));
  }
  friend NumpyNumber operator*(NumpyNumber a, NumpyNumber b) {
    if (!(a.single_ || b.single_)) return a.value_ * b.value_;
    return single_precision(static_cast<float>(a.value_) * static_cast<float>(b.value_));
  }
  friend NumpyNumber operator/(NumpyNumber a, NumpyNumber b) {
    if (!(a.single_ || b.single_)) return a.value_ / b.value_;
    return single_precision(static_cast<float>(a.value_) / static_cast<float>(b.value_));
  }
  friend bool operator>(NumpyNumber a, NumpyNumber b) { return a.value_ > b.value_; }

 private:
  NumpyNumber(float value, bool single) : value_(value), single_(single) {}

  double value_;
  bool single_ = false;
};

}  // namespace transept::score
