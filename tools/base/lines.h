// The lines of a text file, plain or compressed.
//
// Only "\n" ends a line; a last line without one counts, too. White space at the end of a line goes
// (what Python calls white space, so a carriage return, too); a byte-order mark stays, as sacreBLEU
// has it. One thing is not as there: sacreBLEU reads files like this, but cuts standard input at a
// carriage return inside a line as well, so that the same lines score or fail by how they come.
#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept::tools {

// Decompresses files whose names end in .gz or .zst. Errors: kInput naming the file, and the line
// and byte that are not UTF-8, or that all of it is UTF-16.
Result<std::vector<std::string>> read_lines(const std::string& path);
// `name` stands in messages.
Result<std::vector<std::string>> read_lines(std::istream& stream, const std::string& name);

// What to say of lines that hold a byte-order mark (U+FEFF), which counts as part of a word; "" when
// none does.
std::string warning_of_marks(const std::vector<std::string>& lines, const std::string& name);

// The fields between tabs.
std::vector<std::string> split_tabs(std::string_view line);

}  // namespace transept::tools
