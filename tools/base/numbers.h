// Numbers as text, whatever the locale: exact, and as people read them; and their median.
#pragma once

#include <string>
#include <vector>

namespace transept::tools {

// With this many decimals: "0.50", "12345.7"; no separators, an ASCII minus.
std::string fixed(double value, int decimals);
// The same with its sign: "+0.12", "-0.12", "+0.00".
std::string signed_fixed(double value, int decimals);

// In the fewest digits that read back to the same bits: "0.05"; "inf", "-inf", "nan".
std::string shortest(double value);
std::string shortest(float value);

// Decimals as given, thousands separated by commas, a true minus sign: "12,345.7", "−0.3". Infinity
// and NaN are "∞", "−∞" and "–".
std::string readable(double value, int decimals);

// As few digits as tell values of this size apart: at least `digits` significant ones of the
// number, never zeros behind the last decimal that counts. 1234.56 -> "1,235", 0.012345 ->
// "0.0123", 2 -> "2".
std::string readable(double value);

// Millions and more in short: "1.5 M", "20 G"; others as readable().
std::string compact(double value);

// Bytes in binary units: "512 B", "1.5 MiB".
std::string readable_bytes(double value);

// Seconds in the unit that fits: "12 µs", "3.4 ms", "1.2 s", "2 min 5 s".
std::string readable_duration(double seconds);

// "0.041", "< 0.001".
std::string p_value_text(double p);

// REQUIRES: values is not empty.
double median(std::vector<double> values);

}  // namespace transept::tools
