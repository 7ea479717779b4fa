// JsonTree: a parsed JSON text whose end needs no memory.
//
// The destructor of nlohmann::json first puts what is inside a value on a list, so as not to
// recurse; where there is no memory for the list, it ends the process. A JsonTree is taken apart
// from its leaves on instead, also where parsing stops half-way.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace transept {

using Json = nlohmann::json;

class JsonTree : public Json {
 public:
  // Throws Json::parse_error, Json::out_of_range and std::bad_alloc.
  static JsonTree parse(std::string_view text) {
    JsonTree tree;
    nlohmann::detail::json_sax_dom_parser<Json> builder(tree);
    Json::sax_parse(text.begin(), text.end(), &builder);
    return tree;
  }

  JsonTree() = default;
  JsonTree(JsonTree&& other) noexcept { swap(other); }
  JsonTree& operator=(JsonTree&& other) noexcept {
    swap(other);
    return *this;
  }
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;
  ~JsonTree() { take_apart(*this); }

 private:
  // A list or object without content leaves nothing to be put on a list.
  static void take_apart(Json& value) noexcept {
    if (!value.is_structured()) return;
    for (Json& inner : value) take_apart(inner);
    value.clear();
  }
};

}  // namespace transept
