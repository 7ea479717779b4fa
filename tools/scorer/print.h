// Numbers as text, as Python prints them, whatever the locale.
#pragma once

#include <string>

namespace transept::score {

// f"{value:.{decimals}f}".
std::string fixed(double value, int decimals);

// repr(value): the shortest digits that read back to the same number, "1e-05", "73.0", "1e+16".
std::string shortest(double value);
std::string shortest(float value);

}  // namespace transept::score
