#include "tools/base/one_line.h"

#include <string_view>

namespace transept::tools {
namespace {

// Bytes of the line end at the front of `text`; 0: there is none.
std::size_t line_end_length(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  const char c = text.front();
  if ((c >= '\n' && c <= '\r') || (c >= '\x1C' && c <= '\x1E')) return 1;
  if (text.starts_with("\xC2\x85")) return 2;
  if (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9")) return 3;
  return 0;
}

}  // namespace

std::string one_line(std::string text) {
  std::size_t written = 0;
  for (std::size_t read = 0; read < text.size(); ++written) {
    const std::size_t length = line_end_length(std::string_view(text).substr(read));
    text[written] = length > 0 ? ' ' : text[read];
    read += length > 0 ? length : 1;
  }
  text.resize(written);
  return text;
}

}  // namespace transept::tools
