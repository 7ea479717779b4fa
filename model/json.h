// JSON files of a model directory, parsed without exceptions reaching the caller.
#pragma once

#include <cstddef>
#include <filesystem>

#include "engine/base/json_tree.h"
#include "transept/status.h"

namespace transept {

// Configuration files are small; anything larger is not one.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{16} << 20;

// The object a file holds. Errors: kNotFound; kCorrupt (no JSON, no object, too large; names the
// place).
Result<JsonTree> read_json(const std::filesystem::path& path,
                           std::size_t max_bytes = kMaxConfigBytes);

}  // namespace transept
