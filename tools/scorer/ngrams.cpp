#include "tools/scorer/ngrams.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace transept::score {
namespace {

constexpr std::size_t kFirstSlots = 1024;

std::uint64_t hash_of(std::string_view word) {
  std::uint64_t hash = word.size();
  const auto add = [&hash](std::uint64_t bytes) {
    hash = (hash ^ bytes) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32;
  };
  for (; word.size() >= sizeof(std::uint64_t); word.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t bytes;
    std::memcpy(&bytes, word.data(), sizeof(bytes));
    add(bytes);
  }
  std::uint64_t rest = 0;
  for (const char byte : word) rest = rest << 8 | static_cast<unsigned char>(byte);
  add(rest);
  return hash;
}

// Ends references: no symbol, and not what stands for one that is in none of them.
constexpr std::uint32_t kEnd = 0xFFFFFFFE;

// The order-n gram that continues n-gram `prefix` with `symbol`; kNoId as prefix: the symbol alone.
std::uint64_t key_of(std::uint32_t prefix, std::uint32_t symbol) {
  return static_cast<std::uint64_t>(prefix + 1) << 32 | symbol;
}

}  // namespace

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

NgramMatcher::NgramMatcher(unsigned max_order)
    : max_order_(max_order), nodes_(kFirstSlots), shift_(64 - std::countr_zero(kFirstSlots)) {}

void NgramMatcher::clear() {
  symbols_.clear();
  first_text_ = text_ + 1;
  built_ = false;
}

void NgramMatcher::add_reference(std::span<const std::uint32_t> symbols) {
  ++text_;
  symbols_.insert(symbols_.end(), symbols.begin(), symbols.end());
  symbols_.push_back(kEnd);
}

std::uint32_t NgramMatcher::slot_of(std::uint64_t key) const {
  // Fibonacci hashing: the upper bits of the product depend on all of the key's.
  std::uint64_t slot = (key * 0x9E3779B97F4A7C15ULL) >> shift_;
  while (nodes_[slot].text >= first_text_ && nodes_[slot].key != key) {
    slot = (slot + 1) & (nodes_.size() - 1);
  }
  return static_cast<std::uint32_t>(slot);
}

void NgramMatcher::build() {
  while (!fill()) {
    nodes_.assign(nodes_.size() * 2, Node{});
    --shift_;
  }
  built_ = true;
}

// Order by order, since what occurs once needs no children. False: the table is too small.
bool NgramMatcher::fill() {
  open_.clear();
  std::uint64_t text = first_text_;
  for (std::uint32_t place = 0; place < symbols_.size(); ++place) {
    if (symbols_[place] == kEnd) {
      ++text;
    } else {
      open_.push_back({text, kNoId, place});
    }
  }
  std::size_t used = 0;
  for (unsigned order = 1; order <= max_order_ && !open_.empty(); ++order) {
    if ((used + open_.size()) * 2 > nodes_.size()) return false;
    for (Occurrence& occurrence : open_) {
      const std::uint64_t key = key_of(occurrence.node, symbols_[occurrence.next]);
      occurrence.node = slot_of(key);
      // No branches: whether the node is new is as good as random.
      Node& node = nodes_[occurrence.node];
      const bool is_new = node.text < first_text_;
      used += is_new;
      node.current = node.text == occurrence.text ? node.current + 1 : 1;
      node.all = (is_new ? 0 : node.all) + 1;
      node.most = std::max(is_new ? 0 : node.most, node.current);
      node.key = key;
      node.text = occurrence.text;
      node.place = occurrence.next;
    }
    std::size_t kept = 0;
    for (Occurrence occurrence : open_) {
      const bool keep = nodes_[occurrence.node].all > 1 && symbols_[++occurrence.next] != kEnd;
      open_[kept] = occurrence;
      kept += keep;
    }
    open_.resize(kept);
  }
  return true;
}

void NgramMatcher::match(std::span<const std::uint32_t> hypothesis, std::uint64_t* matches) {
  if (!built_) build();
  std::fill_n(matches, max_order_, 0);
  ++text_;
  for (std::size_t begin = 0; begin < hypothesis.size(); ++begin) {
    const std::span<const std::uint32_t> gram =
        hypothesis.subspan(begin, std::min<std::size_t>(max_order_, hypothesis.size() - begin));
    std::uint32_t id = kNoId;
    for (std::size_t i = 0; i < gram.size(); ++i) {
      id = slot_of(key_of(id, gram[i]));
      Node& node = nodes_[id];
      if (node.text < first_text_) break;
      const std::uint32_t counted = node.text == text_ ? node.current : 0;
      node.text = text_;
      if (node.all > 1) {
        const bool counts = counted < node.most;
        node.current = counted + counts;
        matches[i] += counts;
        continue;
      }
      const std::uint32_t* next = &symbols_[node.place + 1];
      std::size_t end = i + 1;
      while (end < gram.size() && gram[end] == *next) ++end, ++next;
      // Another place of the hypothesis may have counted the first of them.
      for (std::size_t k = i + counted; k < end; ++k) ++matches[k];
      node.current = std::max(counted, static_cast<std::uint32_t>(end - i));
      break;
    }
  }
}

}  // namespace transept::score
