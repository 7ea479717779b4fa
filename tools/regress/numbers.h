// Numbers as a regression run writes them, and their median.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace transept::tools {

// "40.17"; rounded to so many decimals.
std::string fixed(double number, int decimals);
// "+0.12", "-0.12", "+0.00".
std::string signed_fixed(double number, int decimals);
// In as few digits as read back to the same number: "0.05".
std::string shortest_decimal(double number);
// "61.3 MiB".
std::string mebibytes(std::uint64_t bytes);
// "0.041", "< 0.001".
std::string p_value_text(double p);

// REQUIRES: numbers is not empty.
double median(std::vector<double> numbers);

}  // namespace transept::tools
