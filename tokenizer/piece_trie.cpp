#include "tokenizer/piece_trie.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

namespace transept {
namespace {

constexpr std::size_t kMaxNodes = 1u << 31;
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
  std::transform(keys.begin(), keys.end(), entries.begin(),
                 [](const SortKey& k) { return k.entry; });
}

}  // namespace

// Places the nodes breadth first, each node's children together where their places are free.
class PieceTrieBuilder {
 public:
  explicit PieceTrieBuilder(const std::vector<PieceTrie::Entry>& entries) : entries_(entries) {
    add_block();
    is_free_[kHead] = false;
  }

  // False when the nodes do not fit.
  bool build() {
    std::deque<Range> waiting{{0, 0, entries_.size(), 0}};
    while (!waiting.empty()) {
      Range range = waiting.front();
      waiting.pop_front();
      if (range.begin < range.end && entries_[range.begin].text.size() == range.depth) {
        ids_[range.node] = entries_[range.begin].id;
        ++range.begin;
      }
      if (range.begin == range.end) continue;
      if (!place_children(range, waiting)) return false;
    }
    return true;
  }

  PieceTrie trie() && {
    PieceTrie trie;
    trie.nodes_ = std::move(nodes_);
    trie.ids_ = std::move(ids_);
    return trie;
  }

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

    std::uint32_t base = 0;
    if (!find_base(base)) return false;
    nodes_[range.node].base = base;
    for (std::size_t k = 0; k < labels_.size(); ++k) {
      const std::uint32_t child = base ^ labels_[k];
      is_free_[child] = false;
      unlink(child);
      nodes_[child].parent = range.node;
      waiting.push_back({child, starts_[k], starts_[k + 1], range.depth + 1});
    }
    return true;
  }

  // A base whose places for labels_ are free. False when the nodes do not fit.
  bool find_base(std::uint32_t& base) {
    for (std::uint32_t place = next_[kHead];; place = next_[place]) {
      if (place == kHead) {
        place = static_cast<std::uint32_t>(nodes_.size());
        if (!add_block()) return false;
      }
      const std::uint32_t candidate = place ^ labels_.front();
      if (std::all_of(labels_.begin() + 1, labels_.end(),
                      [&](unsigned char c) { return is_free_[candidate ^ c] != 0; })) {
        base = candidate;
        return true;
      }
    }
  }

  bool add_block() {
    const std::size_t begin = nodes_.size();
    const std::size_t end = begin + PieceTrie::kBlock;
    if (end > kMaxNodes) return false;
    nodes_.resize(end);
    ids_.resize(end, -1);
    is_free_.resize(end, 1);
    previous_.resize(end);
    next_.resize(end);
    // Place 0 is the root's and never free again, so it serves as the head of the list.
    for (std::size_t i = begin; i < end; ++i) {
      if (i > 0) link_last(static_cast<std::uint32_t>(i));
    }
    if (begin >= kOpenBlocks * PieceTrie::kBlock) {
      const std::size_t closed = begin - kOpenBlocks * PieceTrie::kBlock;
      for (std::size_t i = closed; i < closed + PieceTrie::kBlock; ++i) {
        if (is_free_[i] != 0) unlink(static_cast<std::uint32_t>(i));
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

  static constexpr std::uint32_t kHead = 0;
  const std::vector<PieceTrie::Entry>& entries_;
  std::vector<PieceTrie::Node> nodes_;
  std::vector<std::int32_t> ids_;
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
    return Status(Code::kUnsupported, "the pieces need more than 2^31 trie nodes");
  }
  return std::move(builder).trie();
}

std::int32_t PieceTrie::find(std::string_view text) const {
  Cursor cursor;
  for (const char byte : text) {
    if (!advance(cursor, byte)) return -1;
  }
  return id(cursor);
}

}  // namespace transept
