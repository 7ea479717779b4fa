// PieceTrie: which pieces of a vocabulary a text begins with, as a double array.
//
// A node is 8 bytes: where its children are and whose child it is.
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

  PieceTrie() : nodes_(kBlock), ids_(kBlock, -1) {}  // holds nothing

  // REQUIRES: texts are not empty and without NUL bytes; ids are not negative.
  // Errors: kCorrupt when two texts are equal, kUnsupported beyond 2^31 nodes.
  static Result<PieceTrie> build(std::vector<Entry> entries);

  // A place in the trie; starts at the root.
  struct Cursor {
    std::uint32_t node = 0;
  };
  // Follows one byte. False when no piece continues so; the cursor must not be used further then.
  bool advance(Cursor& cursor, char byte) const {
    const std::uint32_t parent = cursor.node;
    cursor.node = nodes_[parent].base ^ static_cast<unsigned char>(byte);
    return nodes_[cursor.node].parent == parent;
  }
  // The id of the piece that ends here, -1 when none does.
  std::int32_t id(Cursor cursor) const { return ids_[cursor.node]; }

  // The id of exactly this text, -1 when there is none.
  std::int32_t find(std::string_view text) const;

 private:
  friend class PieceTrieBuilder;
  static constexpr std::size_t kBlock = 256;
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  struct Node {
    std::uint32_t base = 0;  // the child for byte c, where there is one, is node base ^ c
    std::uint32_t parent = kNobody;
  };
  std::vector<Node> nodes_;        // whole blocks, so that base ^ c always exists
  std::vector<std::int32_t> ids_;  // by node
};

}  // namespace transept
