// Numbers as a regression run writes them, and their median.
#pragma once

#include <string>
#include <vector>

namespace transept::tools {

// "+0.12", "-0.12", "+0.00"; rounded to so many decimals.
std::string signed_fixed(double number, int decimals);
// In as few digits as read back to the same number: "0.05".
std::string shortest_decimal(double number);
// "0.041", "< 0.001".
std::string p_value_text(double p);

// REQUIRES: numbers is not empty.
double median(std::vector<double> numbers);

}  // namespace transept::tools
