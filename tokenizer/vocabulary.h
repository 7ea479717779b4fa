// Vocabulary: the names of a model's ids, as `vocab.json` of Hugging Face directories lists them.
//
// Immutable and thread-safe. Ids need not be in any order and may have gaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept {

class Vocabulary {
 public:
  // Errors: those of parse, kNotFound.
  static Result<Vocabulary> read(const std::filesystem::path& path);
  // One JSON object, names to ids: {"</s>": 0, ...}. `name` stands in messages. Errors: kCorrupt
  // for anything else, for a name or an id that comes twice, and for ids far beyond the number of
  // names.
  static Result<Vocabulary> parse(std::span<const std::byte> json, std::string_view name);

  // -1 when there is no such token.
  std::int32_t id(std::string_view token) const;
  // "" when there is no such id.
  std::string_view token(std::int32_t id) const;
  // One past the largest id.
  std::size_t size() const { return tokens_.size(); }

 private:
  struct Slice {
    std::uint32_t begin = 0;
    std::uint32_t length = 0;  // 0: a gap
  };
  std::string_view view(Slice slice) const {
    return std::string_view(names_).substr(slice.begin, slice.length);
  }
  std::size_t slot_of(std::string_view token) const;

  std::string names_;          // all names, one after the other
  std::vector<Slice> tokens_;  // by id
  std::vector<std::int32_t>
      slots_;  // hash table of ids, -1: free; a power of two, at most half full
};

}  // namespace transept
