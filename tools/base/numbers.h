// Numbers as people read them, whatever the locale.
#pragma once

#include <string>

namespace transept::html {

// With this many decimals: "0.50", "12345.7"; no separators, an ASCII minus.
std::string fixed(double value, int decimals);

// A coordinate of a drawing: a tenth of a pixel, without trailing zeros. What is not finite becomes
// 0.
std::string coordinate(double value);

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
std::string bytes(double value);

// Seconds in the unit that fits: "12 µs", "3.4 ms", "1.2 s", "2 min 5 s".
std::string duration(double seconds);

}  // namespace transept::html
