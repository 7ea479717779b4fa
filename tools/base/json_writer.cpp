#include "tools/base/json_writer.h"

#include <charconv>
#include <cmath>
#include <type_traits>

#include "tools/base/printable.h"
#include "tools/scorer/text.h"

namespace transept::tools {

void JsonWriter::separate() {
  if (comma_) text_ += ',';
  comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  text_ += '{';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  text_ += '}';
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  text_ += '[';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  text_ += ']';
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  value(name);
  text_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  if (score::find_invalid_utf8(text) != std::string_view::npos) return value(valid_utf8(text));
  separate();
  text_ += '"';
  for (const char c : text) {
    switch (c) {
      case '"': text_ += "\\\""; break;
      case '\\': text_ += "\\\\"; break;
      case '\n': text_ += "\\n"; break;
      case '\r': text_ += "\\r"; break;
      case '\t': text_ += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr std::string_view kHex = "0123456789abcdef";
          text_ += "\\u00";
          text_ += kHex[static_cast<unsigned char>(c) >> 4];
          text_ += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          text_ += c;
        }
    }
  }
  text_ += '"';
  return *this;
}

template <class Number>
JsonWriter& JsonWriter::number(Number number) {
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(number)) return null();
  }
  separate();
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text_.append(digits, end);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t value) { return number(value); }
JsonWriter& JsonWriter::value(std::uint64_t value) { return number(value); }
JsonWriter& JsonWriter::value(float value) { return number(value); }
JsonWriter& JsonWriter::value(double value) { return number(value); }

JsonWriter& JsonWriter::value(bool truth) {
  separate();
  text_ += truth ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  text_ += "null";
  return *this;
}

}  // namespace transept::tools
