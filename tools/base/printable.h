// Printable: bytes of files, paths and arguments made fit for a terminal, for JSON and for messages;
// text that is no UTF-8 at all.
#pragma once

#include <string>
#include <string_view>

namespace transept::tools {

// Bytes that are not UTF-8 become U+FFFD, one each.
std::string valid_utf8(std::string_view text);

// The same, and control characters, which a terminal would obey, become visible: "\n", "\r" and "\t"
// as they are written in C, others (C0, DEL and C1) "?".
std::string printable(std::string_view text);

// The same for a text of several lines, whose line feeds stay.
std::string printable_lines(std::string_view text);

// True when the first line of a file shows that it is UTF-16: by its byte-order mark, or because every
// other byte is NUL, which no text in UTF-8 has.
bool is_utf16(std::string_view first_line);
constexpr std::string_view kUtf16 =
    "it is UTF-16, not UTF-8 (iconv -f UTF-16 -t UTF-8 converts it)";

}  // namespace transept::tools
