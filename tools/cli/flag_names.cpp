#include "tools/cli/flag_names.h"

#include <charconv>
#include <type_traits>

#include "transept/words.h"

namespace transept::tools {
namespace {

template <class Value>
std::string text_of(const Value& value) {
  if constexpr (std::is_enum_v<Value> || std::is_same_v<Value, bool>) {
    return std::string(word_of(value));
  } else {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
  }
}

}  // namespace

std::string flag_of(std::string_view option) {
  if (option == kBadWords.name) return "--bad-words and --suppress";
  if (option == kEndTokens.name) return "--end-token";
  std::string flag = "--" + std::string(option);
  for (char& c : flag) {
    if (c == '_' || c == '.') c = '-';
  }
  return flag;
}

std::string in_flags(const Status& status) {
  return status.message_with([](std::string_view option) { return flag_of(option); });
}

std::vector<std::string> given_flags(const TranslateOptions& request) {
  std::vector<std::string> flags;
  for_each_option([&](const auto& option) {
    const auto* value = option.given(request);
    if (value == nullptr) return;
    // What has no value on the command line takes a truth here.
    const std::string text = option.value_name.empty() ? "true" : text_of(*value);
    flags.push_back(flag_of(option.name) + "=" + text);
  });
  return flags;
}

}  // namespace transept::tools
