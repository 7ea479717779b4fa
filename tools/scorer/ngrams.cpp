#include "tools/scorer/ngrams.h"

#include <algorithm>

namespace transept::score {
namespace {

constexpr std::size_t kFirstSlots = 1024;

// The finaliser of splitmix64: spreads keys that differ in few bits over the whole table.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ x >> 27) * 0x94D049BB133111EBULL;
  return x ^ x >> 31;
}

std::uint64_t hash_of(std::string_view word) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
  for (const char byte : word) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  }
  return mix(hash);
}

// The order-n gram that continues n-gram `prefix` with `symbol`; kNoId as prefix: the symbol alone.
std::uint64_t key_of(std::uint32_t prefix, std::uint32_t symbol) {
  return static_cast<std::uint64_t>(prefix + 1) << 32 | symbol;
}

}  // namespace

KeyIds::KeyIds() : slots_(kFirstSlots) {}

void KeyIds::clear() {
  size_ = 0;
  if (++generation_ == 0) {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    generation_ = 1;
  }
}

std::size_t KeyIds::slot_of(std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = mix(key) & mask;
  while (slots_[slot].generation == generation_ && slots_[slot].key != key)
    slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t KeyIds::find(std::uint64_t key) const {
  const Slot& slot = slots_[slot_of(key)];
  return slot.generation == generation_ ? slot.id : kNoId;
}

std::uint32_t KeyIds::insert(std::uint64_t key) {
  Slot& slot = slots_[slot_of(key)];
  if (slot.generation == generation_) return slot.id;
  slot = {key, size_, generation_};
  const std::uint32_t id = size_++;
  if (size_ * std::size_t{2} > slots_.size()) grow();
  return id;
}

void KeyIds::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.generation == generation_) slots_[slot_of(slot.key)] = slot;
  }
}

WordIds::WordIds() : slots_(kFirstSlots) {}

void WordIds::clear() {
  size_ = 0;
  if (++generation_ == 0) {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    generation_ = 1;
  }
}

std::size_t WordIds::slot_of(std::string_view word, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot].generation == generation_ &&
         (slots_[slot].hash != hash || slots_[slot].word != word)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::uint32_t WordIds::find(std::string_view word) const {
  const Slot& slot = slots_[slot_of(word, hash_of(word))];
  return slot.generation == generation_ ? slot.id : kNoId;
}

std::uint32_t WordIds::insert(std::string_view word) {
  const std::uint64_t hash = hash_of(word);
  Slot& slot = slots_[slot_of(word, hash)];
  if (slot.generation == generation_) return slot.id;
  slot = {word, hash, size_, generation_};
  const std::uint32_t id = size_++;
  if (size_ * std::size_t{2} > slots_.size()) grow();
  return id;
}

void WordIds::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.generation == generation_) slots_[slot_of(slot.word, slot.hash)] = slot;
  }
}

NgramMatcher::NgramMatcher(unsigned max_order) : max_order_(max_order) {}

void NgramMatcher::clear() {
  ids_.clear();
  counts_.clear();
  text_ = 0;
}

void NgramMatcher::add_reference(std::span<const std::uint32_t> symbols) {
  ++text_;
  grams_.assign(symbols.size(), kNoId);
  for (unsigned order = 1; order <= max_order_ && order <= symbols.size(); ++order) {
    for (std::size_t i = 0; i + order <= symbols.size(); ++i) {
      const std::uint32_t id = ids_.insert(key_of(grams_[i], symbols[i + order - 1]));
      grams_[i] = id;
      if (id == counts_.size()) counts_.emplace_back();
      Count& count = counts_[id];
      count.current = count.text == text_ ? count.current + 1 : 1;
      count.text = text_;
      count.most = std::max(count.most, count.current);
    }
  }
}

void NgramMatcher::match(std::span<const std::uint32_t> hypothesis, std::uint64_t* matches) {
  std::fill_n(matches, max_order_, 0);
  ++text_;
  // Positions whose (order - 1)-gram is in no reference cannot match any more: they drop out.
  grams_.assign(hypothesis.size(), kNoId);
  std::vector<std::uint32_t>& grams = grams_;
  for (unsigned order = 1; order <= max_order_ && order <= hypothesis.size(); ++order) {
    for (std::size_t i = 0; i + order <= hypothesis.size(); ++i) {
      const std::uint32_t symbol = hypothesis[i + order - 1];
      if ((order > 1 && grams[i] == kNoId) || symbol == kNoId) {
        grams[i] = kNoId;
        continue;
      }
      const std::uint32_t id = ids_.find(key_of(grams[i], symbol));
      grams[i] = id;
      if (id == kNoId) continue;
      Count& count = counts_[id];
      if (count.text != text_) count.current = 0;
      count.text = text_;
      if (count.current < count.most) {
        ++count.current;
        ++matches[order - 1];
      }
    }
  }
}

}  // namespace transept::score
