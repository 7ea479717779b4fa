// PieceTrie: which pieces of a vocabulary a text begins with, as a double array.
//
// A node is 8 bytes: where its children are, the byte that leads to it and the piece that ends there.
// Immutable after building; safe to use from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept {

class PieceTrie {
 public:
  struct Entry {
    std::string_view text;
    std::int32_t id = -1;
  };

  PieceTrie() : nodes_(256) {}  // holds nothing

  // REQUIRES: texts are not empty and without NUL bytes; ids are not negative.
  // Errors: kCorrupt when two texts are equal, kUnsupported beyond 2^24 nodes.
  static Result<PieceTrie> build(std::vector<Entry> entries);

  // A place in the trie; starts at the root.
  struct Cursor {
    std::uint32_t node = 0;
  };
  // Follows one byte. False when no piece continues so; the cursor must not be used further then.
  bool advance(Cursor& cursor, char byte) const {
    const auto label = static_cast<unsigned char>(byte);
    cursor.node = (nodes_[cursor.node].base_and_label >> 8) ^ label;
    // Free nodes have label 0, which no piece contains.
    return (nodes_[cursor.node].base_and_label & 0xFFu) == label && label != 0;
  }
  // The id of the piece that ends here, -1 when none does.
  std::int32_t id(Cursor cursor) const { return nodes_[cursor.node].id; }

  // The id of exactly this text, -1 when there is none.
  std::int32_t find(std::string_view text) const;

 private:
  friend class PieceTrieBuilder;
  struct Node {
    std::uint32_t base_and_label = 0;  // base << 8 | label; the child for byte c is node base ^ c
    std::int32_t id = -1;
  };
  std::vector<Node> nodes_;
};

}  // namespace transept
