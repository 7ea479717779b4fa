#include "tools/base/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

namespace transept::tools {
namespace {

constexpr int kDigits = 3;  // significant ones that people can take in

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// Decimals after which a number of this size has kDigits significant digits.
int decimals_for(double value) {
  if (value == 0.0) return 0;
  const int exponent = static_cast<int>(std::floor(std::log10(std::fabs(value))));
  return std::clamp(kDigits - 1 - exponent, 0, 12);
}

}  // namespace

std::string fixed(double value, int decimals) {
  char digits[400];  // the largest double has 309 digits
  const auto [end, error] = std::to_chars(digits, std::end(digits), value, std::chars_format::fixed,
                                          std::clamp(decimals, 0, 60));
  return error == std::errc() ? std::string(digits, end) : "0";
}

std::string signed_fixed(double value, int decimals) {
  std::string text = fixed(value, decimals);
  // What rounds to nothing has no direction.
  if (text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')) text.erase(0, 1);
  return text.starts_with('-') ? text : "+" + text;
}

std::string shortest(double value) {
  char digits[400];
  return std::string(digits, std::to_chars(digits, std::end(digits), value).ptr);
}

std::string shortest(float value) {
  char digits[32];
  return std::string(digits, std::to_chars(digits, std::end(digits), value).ptr);
}

std::string readable(double value, int decimals) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  std::string digits = fixed(std::fabs(value), decimals);
  std::size_t point = std::min(digits.find('.'), digits.size());
  while (point > 3) {
    point -= 3;
    digits.insert(point, ",");
  }
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  return (value < 0 && !zero ? "−" : "") + digits;
}

std::string readable(double value) {
  if (!std::isfinite(value)) return readable(value, 0);
  // Beyond what decimals show, powers of ten.
  if (value != 0.0 && (std::fabs(value) < 1e-9 || std::fabs(value) >= 1e15)) {
    const double exponent = std::floor(std::log10(std::fabs(value)));
    return without_trailing_zeros(readable(value / std::pow(10.0, exponent), 2)) + "e" +
           fixed(exponent, 0);
  }
  return without_trailing_zeros(readable(value, decimals_for(value)));
}

std::string compact(double value) {
  constexpr std::pair<double, const char*> kUnits[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}};
  for (const auto& [size, unit] : kUnits) {
    if (std::isfinite(value) && std::fabs(value) >= size && std::fabs(value) < 1e15) {
      return readable(value / size) + unit;
    }
  }
  return readable(value);
}

std::string readable_bytes(double value) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (std::fabs(value) >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return readable(value) + ' ' + kUnits[unit];
}

std::string readable_duration(double seconds) {
  if (!std::isfinite(seconds)) return readable(seconds);
  const double size = std::fabs(seconds);
  if (size == 0) return "0 s";
  if (size < 1e-6) return readable(seconds * 1e9) + " ns";
  if (size < 1e-3) return readable(seconds * 1e6) + " µs";
  if (size < 1) return readable(seconds * 1e3) + " ms";
  if (size < 60) return readable(seconds) + " s";
  const double minutes = std::floor(size / 60);
  return readable(std::copysign(minutes, seconds), 0) + " min " + readable(size - 60 * minutes, 0) +
         " s";
}

std::string p_value_text(double p) { return p < 0.001 ? "< 0.001" : fixed(p, 3); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2.0;
}

}  // namespace transept::tools
