#include "tools/base/printable.h"

#include <algorithm>

#include "tools/scorer/text.h"

namespace transept::tools {

std::string valid_utf8(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t invalid = score::find_invalid_utf8(text);
    out += text.substr(0, invalid);
    if (invalid == std::string_view::npos) return out;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(invalid + 1);
  }
}

std::string printable(std::string_view bytes) {
  const std::string text = valid_utf8(bytes);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    const char32_t code = score::next_code_point(text, i);
    if (code == U'\n') {
      out += "\\n";
    } else if (code == U'\r') {
      out += "\\r";
    } else if (code == U'\t') {
      out += "\\t";
    } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
      out += '?';
    } else {
      out.append(text, begin, i - begin);
    }
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += printable(text.substr(0, end));
    if (end == text.size()) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

bool is_utf16(std::string_view first_line) {
  if (first_line.starts_with("\xFF\xFE") || first_line.starts_with("\xFE\xFF")) return true;
  // Little endian: the line feed's own NUL is the first byte of the next line.
  if (first_line.size() < 4) return false;
  for (const std::size_t first : {0, 1}) {
    bool all = true;
    for (std::size_t i = 0; i < first_line.size(); ++i) {
      all = all && (first_line[i] == '\0') == (i % 2 == first);
    }
    if (all) return true;
  }
  return false;
}

}  // namespace transept::tools
