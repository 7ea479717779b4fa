// Counting n-grams exactly: words become small numbers, n-grams nodes of a trie.
//
// A node is found by its parent and its last symbol in a hash table of 64-bit keys, without
// collisions and without building strings. Tables are cleared in constant time, so that one serves
// all segments. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace transept::score {

inline constexpr std::uint32_t kNoId = 0xFFFFFFFF;

// Numbers 0, 1, 2, ... for words. The words must live until clear().
class WordIds {
 public:
  WordIds();
  void clear();
  std::uint32_t insert(std::string_view word);
  std::uint32_t find(std::string_view word) const;

 private:
  struct Slot {
    std::string_view word;
    std::uint64_t hash = 0;
    std::uint32_t id = 0;
    std::uint32_t generation = 0;
  };
  std::size_t slot_of(std::string_view word, std::uint64_t hash) const;
  void grow();

  std::vector<Slot> slots_;
  std::uint32_t size_ = 0;
  std::uint32_t generation_ = 1;
};

// The n-grams of reference texts, and how many of them a hypothesis has too.
//
// The trie is only as deep as n-grams occur several times: one that stands at a single place of the
// references is continued by what follows there, symbol by symbol.
class NgramMatcher {
 public:
  explicit NgramMatcher(unsigned max_order);
  void clear();
  // Adds a reference. An n-gram counts as often as in the reference that has it most often.
  // REQUIRES: no match() since clear().
  void add_reference(std::span<const std::uint32_t> symbols);
  // matches: [max_order], overwritten by the clipped number of n-grams of each order. Symbols that
  // no reference has may be given as kNoId.
  void match(std::span<const std::uint32_t> hypothesis, std::uint64_t* matches);

 private:
  struct Node {
    std::uint64_t key = 0;
    std::uint64_t text = 0;     // the last reference or hypothesis that has it
    std::uint32_t current = 0;  // occurrences there; in a hypothesis no more than `most`, and where
                                // `all` is 1 those of the n-grams that continue it, too
    std::uint32_t all = 0;      // occurrences in all references
    std::uint32_t most = 0;     // in one of them
    std::uint32_t place = 0;    // of its last symbol, the last time
  };
  // An occurrence of a node in a reference that more symbols follow.
  struct Occurrence {
    std::uint64_t text;
    std::uint32_t node;
    std::uint32_t next;  // place of the symbol that follows
  };
  std::uint32_t slot_of(std::uint64_t key) const;
  void build();
  bool fill();

  unsigned max_order_;
  std::uint64_t first_text_ = 1;  // since clear(): nodes of earlier texts are empty slots
  std::uint64_t text_ = 0;        // the last one
  bool built_ = false;
  std::vector<std::uint32_t> symbols_;  // the references, an end mark behind each
  std::vector<Node> nodes_;             // hash table: a power of two, at most half full
  int shift_;                           // 64 less the power
  std::vector<Occurrence> open_;
};

}  // namespace transept::score
