#include "tokenizer/charsmap.h"

namespace transept {
namespace {

// A unit of Darts-clone's double array. A unit with the top bit holds a value and is never walked
// into.
std::uint32_t label(std::uint32_t unit) { return unit & 0x800000FFu; }
std::uint32_t offset(std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200u) >> 6); }
std::uint32_t value(std::uint32_t unit) { return unit & 0x7FFFFFFFu; }
bool has_leaf(std::uint32_t unit) { return (unit & 0x100u) != 0; }
bool is_value(std::uint32_t unit) { return (unit & 0x80000000u) != 0; }

std::uint32_t read_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return word;
}

}  // namespace

Result<Charsmap> Charsmap::parse(std::string_view blob, std::string_view name) {
  const auto corrupt = [name](const char* reason) {
    return Status(Code::kCorrupt, std::string(name) + ": precompiled_charsmap: " + reason);
  };
  if (blob.size() < 4) return corrupt("it is shorter than its header");
  const std::size_t trie_bytes = read_u32(blob, 0);
  if (trie_bytes > blob.size() - 4) return corrupt("the trie is longer than the table");
  if (trie_bytes == 0 || trie_bytes % 1024 != 0) {
    return corrupt("the trie is not made of blocks of 256 units");
  }

  Charsmap map;
  map.units_.resize(trie_bytes / 4);
  for (std::size_t i = 0; i < map.units_.size(); ++i) map.units_[i] = read_u32(blob, 4 + 4 * i);
  map.replacements_ = blob.substr(4 + trie_bytes);
  if (map.replacements_.empty() || map.replacements_.back() != '\0') {
    return corrupt("the replacement strings are not ended by NUL");
  }

  // Children of unit i lie in one block of 256 units, the one that holds i ^ offset.
  for (std::size_t i = 0; i < map.units_.size(); ++i) {
    const std::uint32_t unit = map.units_[i];
    if (is_value(unit) && i > 0) continue;
    const std::size_t children = i ^ offset(unit);
    if (children >= map.units_.size()) return corrupt("the trie points outside of itself");
    if (has_leaf(unit) && value(map.units_[children]) >= map.replacements_.size()) {
      return corrupt("the trie points outside of the replacement strings");
    }
  }

  for (std::size_t c = 0; c < 128; ++c) {
    const std::size_t first = offset(map.units_[0]) ^ c;
    if (label(map.units_[first]) != c) {
      map.plain_[c] = true;
      continue;
    }
    const std::size_t second = first ^ offset(map.units_[first]);
    map.plain_[c] = !has_leaf(map.units_[first]);
    for (std::size_t next = 0; next < 128; ++next) {
      if (label(map.units_[second ^ next]) == next) map.plain_[c] = false;
    }
  }
  return map;
}

Charsmap::Match Charsmap::longest_prefix(std::string_view text) const {
  Match match;
  if (units_.empty()) return match;
  std::size_t node = offset(units_[0]);
  std::size_t found = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    node ^= byte;
    const std::uint32_t unit = units_[node];
    if (label(unit) != byte) break;
    node ^= offset(unit);
    if (has_leaf(unit)) {
      match.length = i + 1;
      found = value(units_[node]);
    }
  }
  if (match.length > 0) match.replacement = replacements_.c_str() + found;
  return match;
}

}  // namespace transept
