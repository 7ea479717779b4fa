#include "tools/regress/numbers.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace transept::tools {

std::string fixed(double number, int decimals) {
  char digits[400];  // the largest double has 309 in front of the point
  const auto end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed, decimals).ptr;
  std::string text(digits, end);
  // What rounds to nothing has no sign.
  if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string signed_fixed(double number, int decimals) {
  const std::string text = fixed(number, decimals);
  return text.starts_with('-') ? text : "+" + text;
}

std::string shortest_decimal(double number) {
  char digits[400];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::string mebibytes(std::uint64_t bytes) { return fixed(static_cast<double>(bytes) / (1024.0 * 1024.0), 1) + " MiB"; }

std::string p_value_text(double p) { return p < 0.001 ? "< 0.001" : fixed(p, 3); }

double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  if (numbers.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(numbers.begin(), middle)) / 2.0;
}

}  // namespace transept::tools
