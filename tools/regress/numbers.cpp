#include "tools/regress/numbers.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "tools/base/numbers.h"

namespace transept::tools {

std::string signed_fixed(double number, int decimals) {
  std::string text = html::fixed(number, decimals);
  // What rounds to nothing has no direction.
  if (text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')) text.erase(0, 1);
  return text.starts_with('-') ? text : "+" + text;
}

std::string shortest_decimal(double number) {
  char digits[400];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::string p_value_text(double p) { return p < 0.001 ? "< 0.001" : html::fixed(p, 3); }

double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  if (numbers.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(numbers.begin(), middle)) / 2.0;
}

}  // namespace transept::tools
