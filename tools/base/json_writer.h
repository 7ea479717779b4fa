// JsonWriter: one JSON value, written from left to right into a string.
//
//   JsonWriter json;
//   json.begin_object().key("line").value(3).key("ids").value(ids).end_object();
//
// Numbers are in the shortest form that reads back to the same bits; what JSON has no number for
// (infinity, NaN) is null. Bytes of strings that are not UTF-8, as paths may have them, become U+FFFD.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace transept::tools {

class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(std::int32_t number) { return value(std::int64_t{number}); }
  JsonWriter& value(float number);
  JsonWriter& value(double number);
  JsonWriter& null();

  template <class Range>
  JsonWriter& array(const Range& values) {
    begin_array();
    for (const auto& one : values) value(one);
    return end_array();
  }

  const std::string& text() const { return text_; }

 private:
  void separate();
  template <class Number>
  JsonWriter& number(Number number);

  std::string text_;
  bool comma_ = false;  // the next value or key needs one in front
};

}  // namespace transept::tools
