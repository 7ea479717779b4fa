// Typed reading of config.json fields: absent and null fall back, anything else must fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "transept/status.h"

namespace transept {

class ConfigFields {
 public:
  ConfigFields(const Json& json, std::filesystem::path path)
      : json_(&json), path_(std::move(path)) {}

  // Every reader: the value, or nothing when the field is absent or null. Errors: kCorrupt naming
  // file, field and what was found.
  Result<std::optional<std::int64_t>> integer(std::string_view name) const;
  Result<std::optional<double>> number(std::string_view name) const;
  Result<std::optional<bool>> boolean(std::string_view name) const;
  Result<std::optional<std::string>> text(std::string_view name) const;
  // One id or a list of ids; empty when absent.
  Result<std::vector<std::int32_t>> ids(std::string_view name) const;

  // An integer that must be there and lie in [low, high].
  Result<std::size_t> size(std::string_view name, std::size_t low, std::size_t high) const;

  // The raw field, or nullptr when absent or null.
  const Json* find(std::string_view name) const;
  Status wrong(std::string_view name, const std::string& expected) const;
  // The field as JSON, cut to some forty characters; "nothing" when absent or null.
  std::string shown(std::string_view name) const;

  const Json& json() const { return *json_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  const Json* json_;
  std::filesystem::path path_;
};

}  // namespace transept
