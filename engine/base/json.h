// JSON files of a model directory, parsed without exceptions reaching the caller and with a bound on
// their depth, so that nothing that walks a tree (printing, comparing, copying) can exhaust the
// stack.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "engine/base/json_tree.h"
#include "transept/status.h"

namespace transept {

class Listing;

// Configuration files are small; anything larger is not one.
inline constexpr std::size_t kMaxConfigBytes = std::size_t{16} << 20;
// Objects and lists inside each other. No file of a model needs ten.
inline constexpr std::size_t kMaxJsonDepth = 64;

// The object that `text` holds; `name` begins the messages. NaN, Infinity and -Infinity, which
// Python writes and JSON does not have, are read as strings of these names: they do no harm where
// nobody asks for the value, and are no numbers where somebody does. Of a key that stands twice the
// last one counts, as in Python.
// Errors: kCorrupt (no JSON: what it is instead or the place; no object; too deep).
Result<JsonTree> parse_json(std::string_view text, std::string_view name);

// The object a file holds. Errors: those of parse_json; kNotFound; kCorrupt (too large).
Result<JsonTree> read_json(const std::filesystem::path& path,
                           std::size_t max_bytes = kMaxConfigBytes);

// The object in a file of a directory; an empty one where the directory has no such file. Errors:
// those of read_json.
Result<JsonTree> read_optional_json(const Listing& listing, std::string_view name);

}  // namespace transept
