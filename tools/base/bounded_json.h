// JSON that comes from outside, parsed with a bound on its depth: what walks the tree afterwards
// recurses.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace transept::tools {

// Objects and lists inside each other, far more than any file of ours has.
inline constexpr std::size_t kJsonDepth = 64;

// True when brackets outside strings open more than kJsonDepth levels.
inline bool nests_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonDepth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// Throws Json::exception, also for what is nested too deep.
template <class Json = nlohmann::json>
Json parse_bounded(std::string_view text) {
  if (nests_too_deep(text)) {
    throw Json::other_error::create(501, "nested more than 64 levels deep",
                                    static_cast<const Json*>(nullptr));
  }
  return Json::parse(text);
}

}  // namespace transept::tools
