#include "model/families/config_fields.h"

#include <limits>

#include "engine/base/try.h"

namespace transept {

const Json* ConfigFields::find(std::string_view name) const {
  const auto found = json_->find(name);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

std::string ConfigFields::shown(std::string_view name) const {
  const Json* found = find(name);
  if (found == nullptr) return "nothing";
  std::string text = found->dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

Status ConfigFields::wrong(std::string_view name, const std::string& expected) const {
  return Status(Code::kCorrupt, path_.string() + ": " + std::string(name) + ": expected " +
                                    expected + ", found " + shown(name));
}

Result<std::optional<std::int64_t>> ConfigFields::integer(std::string_view name) const {
  const Json* found = find(name);
  if (found == nullptr) return std::optional<std::int64_t>();
  constexpr std::int64_t kLimit = std::int64_t{1} << 53;
  if (found->is_number_unsigned() &&
      found->get<std::uint64_t>() > static_cast<std::uint64_t>(kLimit)) {
    return wrong(name, "a smaller integer");
  }
  if (found->is_number_integer()) return std::optional(found->get<std::int64_t>());
  // Some tools write 512.0.
  if (found->is_number_float()) {
    const double value = found->get<double>();
    if (value >= -static_cast<double>(kLimit) && value <= static_cast<double>(kLimit) &&
        value == static_cast<double>(static_cast<std::int64_t>(value))) {
      return std::optional(static_cast<std::int64_t>(value));
    }
  }
  return wrong(name, "an integer");
}

Result<std::optional<double>> ConfigFields::number(std::string_view name) const {
  const Json* found = find(name);
  if (found == nullptr) return std::optional<double>();
  if (!found->is_number()) return wrong(name, "a number");
  return std::optional(found->get<double>());
}

Result<std::optional<bool>> ConfigFields::boolean(std::string_view name) const {
  const Json* found = find(name);
  if (found == nullptr) return std::optional<bool>();
  if (!found->is_boolean()) return wrong(name, "true or false");
  return std::optional(found->get<bool>());
}

Result<std::optional<std::string>> ConfigFields::text(std::string_view name) const {
  const Json* found = find(name);
  if (found == nullptr) return std::optional<std::string>();
  if (!found->is_string()) return wrong(name, "a string");
  return std::optional(found->get<std::string>());
}

Result<std::vector<std::int32_t>> ConfigFields::ids(std::string_view name) const {
  std::vector<std::int32_t> ids;
  const Json* found = find(name);
  if (found == nullptr) return ids;
  const auto add = [&](const Json& id) {
    if (!id.is_number_integer() || id < 0 || id > std::numeric_limits<std::int32_t>::max()) {
      return false;
    }
    ids.push_back(id.get<std::int32_t>());
    return true;
  };
  if (found->is_array()) {
    for (const Json& id : *found) {
      if (!add(id)) return wrong(name, "a token id or a list of them");
    }
  } else if (!add(*found)) {
    return wrong(name, "a token id or a list of them");
  }
  return ids;
}

Result<std::size_t> ConfigFields::size(std::string_view name, std::size_t low,
                                       std::size_t high) const {
  TRANSEPT_ASSIGN_OR_RETURN(const auto value, integer(name));
  const std::string range =
      "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  if (!value || *value < static_cast<std::int64_t>(low) ||
      *value > static_cast<std::int64_t>(high)) {
    return wrong(name, range);
  }
  return static_cast<std::size_t>(*value);
}

}  // namespace transept
