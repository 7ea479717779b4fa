#include "tools/scorer/print.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace transept::score {
namespace {

// Python prints numbers below 1e-4 and from 1e16 on with an exponent of at least two digits.
template <class Number>
std::string python_repr(Number value) {
  std::array<char, 64> digits{};
  const auto print = [&](std::chars_format format) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, format);
    return std::string(digits.data(), end.ptr);
  };
  const std::string scientific = print(std::chars_format::scientific);
  const std::size_t exponent_at = scientific.find('e');
  if (exponent_at == std::string::npos) return scientific;  // inf, nan
  const int exponent = std::atoi(scientific.c_str() + exponent_at + 1);
  if (exponent < -4 || exponent >= 16) return scientific;
  std::string out = print(std::chars_format::fixed);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

}  // namespace

std::string fixed(double value, int decimals) {
  // The longest number with one digit before the point has 309 of them.
  std::string out(static_cast<std::size_t>(decimals) + 320, '\0');
  const auto end =
      std::to_chars(out.data(), out.data() + out.size(), value, std::chars_format::fixed, decimals);
  out.resize(static_cast<std::size_t>(end.ptr - out.data()));
  return out;
}

std::string shortest(double value) { return python_repr(value); }
std::string shortest(float value) { return python_repr(value); }

}  // namespace transept::score
