#include "tokenizer/bpe.h"

#include <algorithm>
#include <cstddef>
#include <queue>
#include <unordered_map>
#include <utility>

#include "tokenizer/utf8.h"

namespace transept {
namespace {

constexpr std::int32_t kNone = -1;

// A stretch of the text that is one symbol so far, linked with its neighbours; empty when it became
// part of the one on its left.
struct Symbol {
  std::string_view text;
  std::int32_t previous = kNone;
  std::int32_t next = kNone;
  bool frozen = false;
};

// Two neighbours that could be joined. Out of date when their lengths no longer add up to `length`.
struct Join {
  float score = 0.0f;
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::size_t length = 0;

  bool operator<(const Join& other) const {
    return score < other.score || (score == other.score && left > other.left);
  }
};

}  // namespace

// One text being segmented.
struct Bpe::Work {
  const PieceTable& pieces;
  std::vector<Symbol> symbols;
  std::priority_queue<Join> joins;
  // Pieces marked unused take part in joining but must be cut again at the end: where their parts
  // meet.
  std::unordered_map<std::string_view, std::size_t> unused_left_length;

  void consider(std::int32_t left, std::int32_t right) {
    if (left == kNone || right == kNone) return;
    const Symbol& a = symbols[static_cast<std::size_t>(left)];
    const Symbol& b = symbols[static_cast<std::size_t>(right)];
    if (a.frozen || b.frozen) return;
    const std::string_view joined(a.text.data(), a.text.size() + b.text.size());
    const std::int32_t id = pieces.trie.find(joined);
    if (id < 0) return;
    joins.push({pieces.scores[static_cast<std::size_t>(id)], left, right, joined.size()});
    if (pieces.types[static_cast<std::size_t>(id)] == SpmPieceType::unused) {
      unused_left_length[joined] = a.text.size();
    }
  }

  void join_all() {
    while (!joins.empty()) {
      const Join best = joins.top();
      joins.pop();
      Symbol& left = symbols[static_cast<std::size_t>(best.left)];
      Symbol& right = symbols[static_cast<std::size_t>(best.right)];
      if (left.text.empty() || right.text.empty() ||
          left.text.size() + right.text.size() != best.length) {
        continue;
      }
      left.text = {left.text.data(), best.length};
      right.text = {};
      left.next = right.next;
      if (right.next != kNone) symbols[static_cast<std::size_t>(right.next)].previous = best.left;
      consider(left.previous, best.left);
      consider(best.left, left.next);
    }
  }
};

Bpe::Bpe(std::shared_ptr<const PieceTable> pieces, PieceTrie user_defined, PieceTrie reserved)
    : pieces_(std::move(pieces)),
      user_defined_(std::move(user_defined)),
      reserved_(std::move(reserved)) {}

std::int32_t Bpe::id_of(std::string_view symbol) const {
  if (const std::int32_t id = reserved_.find(symbol); id >= 0) return id;
  const std::int32_t id = pieces_->trie.find(symbol);
  return id >= 0 ? id : pieces_->unk_id;
}

std::vector<Cut> Bpe::segment(std::string_view normalized) const {
  Work work{*pieces_, {}, {}, {}};
  work.symbols.reserve(normalized.size());
  while (!normalized.empty()) {
    PieceTrie::Cursor cursor;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < normalized.size() && user_defined_.advance(cursor, normalized[i]);
         ++i) {
      if (user_defined_.id(cursor) >= 0) longest = i + 1;
    }
    const std::size_t length =
        longest > 0 ? longest
                    : std::min(utf8_announced_length(normalized.front()), normalized.size());
    const auto index = static_cast<std::int32_t>(work.symbols.size());
    work.symbols.push_back({normalized.substr(0, length), index == 0 ? kNone : index - 1,
                            length == normalized.size() ? kNone : index + 1, longest > 0});
    normalized.remove_prefix(length);
  }
  for (std::size_t i = 1; i < work.symbols.size(); ++i) {
    work.consider(static_cast<std::int32_t>(i - 1), static_cast<std::int32_t>(i));
  }
  work.join_all();

  std::vector<Cut> cuts;
  std::vector<std::string_view> waiting;  // parts still to be cut, the leftmost last
  std::int32_t at = work.symbols.empty() ? kNone : 0;
  while (at != kNone) {
    const Symbol& symbol = work.symbols[static_cast<std::size_t>(at)];
    waiting.push_back(symbol.text);
    while (!waiting.empty()) {
      const std::string_view text = waiting.back();
      waiting.pop_back();
      const std::int32_t id = id_of(text);
      const auto parts = pieces_->types[static_cast<std::size_t>(id)] == SpmPieceType::unused
                             ? work.unused_left_length.find(text)
                             : work.unused_left_length.end();
      if (parts == work.unused_left_length.end()) {
        cuts.push_back({id, static_cast<std::uint32_t>(text.size())});
      } else {
        waiting.push_back(text.substr(parts->second));
        waiting.push_back(text.substr(0, parts->second));
      }
    }
    at = symbol.next;
  }
  return cuts;
}

}  // namespace transept
