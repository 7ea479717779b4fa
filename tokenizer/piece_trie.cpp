#include "tokenizer/piece_trie.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

namespace transept {
namespace {

constexpr std::size_t kBlock = 256;
constexpr std::size_t kMaxNodes = 1u << 24;  // a base has 24 bits
// Only the newest blocks are searched for free places, which keeps building linear.
constexpr std::size_t kOpenBlocks = 16;

// An entry with its first bytes as a number that sorts like the text.
struct SortKey {
  std::uint64_t prefix = 0;
  PieceTrie::Entry entry;

  bool operator<(const SortKey& other) const {
    if (prefix != other.prefix) return prefix < other.prefix;
    return entry.text < other.entry.text;
  }
};

void sort_by_text(std::vector<PieceTrie::Entry>& entries) {
  std::vector<SortKey> keys;
  keys.reserve(entries.size());
  for (const PieceTrie::Entry& entry : entries) {
    SortKey key{0, entry};
    for (std::size_t i = 0; i < 8; ++i) {
      const char c = i < entry.text.size() ? entry.text[i] : '\0';
      key.prefix = (key.prefix << 8) | static_cast<unsigned char>(c);
    }
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  std::transform(keys.begin(), keys.end(), entries.begin(), [](const SortKey& k) { return k.entry; });
}

}  // namespace

// Places the nodes breadth first. Each parent has a base of its own, so that a child's label alone
// tells whose child it is; base 0 belongs to nobody and marks nodes without children.
class PieceTrieBuilder {
 public:
  explicit PieceTrieBuilder(const std::vector<PieceTrie::Entry>& entries) : entries_(entries) {
    add_block();
    take(0);
    base_used_[0] = true;
  }

  // False when the nodes do not fit.
  bool build() {
    std::deque<Range> waiting{{0, 0, entries_.size(), 0}};
    while (!waiting.empty()) {
      Range range = waiting.front();
      waiting.pop_front();
      if (range.begin < range.end && entries_[range.begin].text.size() == range.depth) {
        nodes_[range.node].id = entries_[range.begin].id;
        ++range.begin;
      }
      if (range.begin == range.end) continue;
      if (!place_children(range, waiting)) return false;
    }
    return true;
  }

  std::vector<PieceTrie::Node> nodes() && { return std::move(nodes_); }

 private:
  // Entries [begin, end) share their first `depth` bytes, which lead to `node`.
  struct Range {
    std::uint32_t node = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t depth = 0;
  };

  bool place_children(const Range& range, std::deque<Range>& waiting) {
    labels_.clear();
    starts_.clear();
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const auto label = static_cast<unsigned char>(entries_[i].text[range.depth]);
      if (labels_.empty() || labels_.back() != label) {
        labels_.push_back(label);
        starts_.push_back(i);
      }
    }
    starts_.push_back(range.end);

    const std::uint32_t base = find_base();
    if (base == 0) return false;
    base_used_[base] = true;
    nodes_[range.node].base_and_label |= base << 8;
    for (std::size_t k = 0; k < labels_.size(); ++k) {
      const std::uint32_t child = base ^ labels_[k];
      take(child);
      nodes_[child].base_and_label = labels_[k];
      waiting.push_back({child, starts_[k], starts_[k + 1], range.depth + 1});
    }
    return true;
  }

  // A base nobody has, whose places for labels_ are free; 0 when the nodes do not fit.
  std::uint32_t find_base() {
    std::uint32_t place = next_[kHead];
    while (true) {
      if (place == kHead) {
        const std::size_t size = nodes_.size();
        if (!add_block()) return 0;
        place = static_cast<std::uint32_t>(size);
      }
      const std::uint32_t base = place ^ labels_.front();
      const bool fits = !base_used_[base] &&
                        std::all_of(labels_.begin() + 1, labels_.end(),
                                    [&](unsigned char c) { return is_free_[base ^ c]; });
      if (fits) return base;
      place = next_[place];
    }
  }

  bool add_block() {
    const std::size_t begin = nodes_.size();
    if (begin + kBlock > kMaxNodes) return false;
    nodes_.resize(begin + kBlock);
    base_used_.resize(begin + kBlock);
    is_free_.resize(begin + kBlock, true);
    previous_.resize(begin + kBlock);
    next_.resize(begin + kBlock);
    // Place 0 is the root's and never free again, so it serves as the head of the list.
    for (std::size_t i = begin; i < begin + kBlock; ++i) {
      if (i > 0) link_last(static_cast<std::uint32_t>(i));
    }
    if (begin >= kOpenBlocks * kBlock) {
      const std::size_t closed = begin - kOpenBlocks * kBlock;
      for (std::size_t i = closed; i < closed + kBlock; ++i) {
        if (is_free_[i]) unlink(static_cast<std::uint32_t>(i));
      }
    }
    return true;
  }

  void link_last(std::uint32_t place) {
    const std::uint32_t last = previous_[kHead];
    next_[last] = place;
    previous_[place] = last;
    next_[place] = kHead;
    previous_[kHead] = place;
  }

  void unlink(std::uint32_t place) {
    next_[previous_[place]] = next_[place];
    previous_[next_[place]] = previous_[place];
  }

  void take(std::uint32_t place) {
    is_free_[place] = false;
    if (place != kHead) unlink(place);
  }

  static constexpr std::uint32_t kHead = 0;
  const std::vector<PieceTrie::Entry>& entries_;
  std::vector<PieceTrie::Node> nodes_;
  std::vector<char> base_used_;
  std::vector<char> is_free_;
  std::vector<std::uint32_t> previous_;  // circular list of free places in the open blocks
  std::vector<std::uint32_t> next_;
  std::vector<unsigned char> labels_;
  std::vector<std::size_t> starts_;
};

Result<PieceTrie> PieceTrie::build(std::vector<Entry> entries) {
  sort_by_text(entries);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].text == entries[i - 1].text) {
      return Status(Code::kCorrupt, "pieces " + std::to_string(entries[i - 1].id) + " and " +
                                        std::to_string(entries[i].id) + " are equal");
    }
  }
  PieceTrieBuilder builder(entries);
  if (!builder.build()) {
    return Status(Code::kUnsupported, "the pieces need more than 2^24 trie nodes");
  }
  PieceTrie trie;
  trie.nodes_ = std::move(builder).nodes();
  return trie;
}

std::int32_t PieceTrie::find(std::string_view text) const {
  Cursor cursor;
  for (const char byte : text) {
    if (!advance(cursor, byte)) return -1;
  }
  return id(cursor);
}

}  // namespace transept
