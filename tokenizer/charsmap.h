// Charsmap: SentencePiece's table of character replacements (`precompiled_charsmap`).
//
// Layout: uint32 (little endian) size of the trie in bytes; a Darts-clone double-array trie of
// uint32 units whose values are offsets into what follows; replacement strings, each ended by NUL.
// Immutable and thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept {

class Charsmap {
 public:
  // No replacements at all.
  Charsmap() { plain_.fill(true); }

  // `blob` is copied. Every position the trie can reach is checked here, so that lookups need no
  // bounds. Errors: kCorrupt; `name` stands in the message.
  static Result<Charsmap> parse(std::string_view blob, std::string_view name);

  struct Match {
    std::size_t length = 0;  // bytes of the text; 0: no rule applies
    std::string_view replacement;
  };
  // The rule with the longest left side that `text` begins with.
  Match longest_prefix(std::string_view text) const;

  // True when no rule's left side is this ASCII byte alone or this byte and another ASCII byte, so
  // that in front of an ASCII byte or the end the byte stays as it is.
  bool is_plain(unsigned char ascii) const { return plain_[ascii]; }

 private:
  std::vector<std::uint32_t> units_;
  std::string replacements_;
  std::array<bool, 128> plain_{};
};

}  // namespace transept
