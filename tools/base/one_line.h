// one_line: a text as a line of a file.
#pragma once

#include <string>

namespace transept::tools {

// The text with a blank for each character, or pair "\r\n", that some reader takes for the end of a
// line: LF, VT, FF, CR, U+001C to U+001E, U+0085, U+2028, U+2029 (Python's str.splitlines). Valid
// UTF-8 is expected.
std::string one_line(std::string text);

}  // namespace transept::tools
