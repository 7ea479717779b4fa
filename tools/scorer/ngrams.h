// Counting n-grams exactly: words and n-grams become small numbers that stand for them.
//
// An n-gram is the number of its first n-1 symbols together with its last symbol, so one look-up in
// a hash table of 64-bit keys extends it by a symbol, without collisions and without building
// strings. Tables are cleared in constant time, so that one serves all segments. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace transept::score {

inline constexpr std::uint32_t kNoId = 0xFFFFFFFF;

// Numbers 0, 1, 2, ... for 64-bit keys.
class KeyIds {
 public:
  KeyIds();
  void clear();
  std::uint32_t size() const { return size_; }
  // The number of `key`; a new one when it is not there yet.
  std::uint32_t insert(std::uint64_t key);
  // The number of `key`, or kNoId.
  std::uint32_t find(std::uint64_t key) const;

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t id = 0;
    std::uint32_t generation = 0;  // filled in this generation of the table, or empty
  };
  std::size_t slot_of(std::uint64_t key) const;
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::uint32_t size_ = 0;
  std::uint32_t generation_ = 1;
};

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
class NgramMatcher {
 public:
  explicit NgramMatcher(unsigned max_order);
  void clear();
  // Adds a reference. An n-gram counts as often as in the reference that has it most often.
  void add_reference(std::span<const std::uint32_t> symbols);
  // matches: [max_order], overwritten by the clipped number of n-grams of each order. Symbols that
  // no reference has may be given as kNoId.
  void match(std::span<const std::uint32_t> hypothesis, std::uint64_t* matches);

 private:
  struct Count {
    std::uint32_t most = 0;     // in one reference
    std::uint32_t current = 0;  // in the text numbered `text`, a reference or hypothesis
    std::uint32_t text = 0;
  };
  unsigned max_order_;
  std::uint32_t text_ = 0;
  KeyIds ids_;
  std::vector<Count> counts_;  // by n-gram
  std::vector<std::uint32_t>
      grams_;  // the n-gram that begins at each position, of the order at hand
};

}  // namespace transept::score
