#include "tokenizer/unigram.h"

#include <algorithm>
#include <cfloat>
#include <cstddef>
#include <utility>

#include "tokenizer/utf8.h"

namespace transept {
namespace {

constexpr float kUnkPenalty = 10.0f;

// The best way to segment the text up to here.
struct BestPath {
  float score = 0.0f;
  std::int32_t id = -1;      // last piece
  std::uint32_t length = 0;  // of the last piece; 0: not reached yet
};

}  // namespace

Unigram::Unigram(std::shared_ptr<const PieceTable> pieces) : pieces_(std::move(pieces)) {
  float min_score = FLT_MAX;
  // FLT_MIN, the smallest positive number, is what SentencePiece starts from, too.
  max_score_ = FLT_MIN;
  for (std::size_t id = 0; id < pieces_->scores.size(); ++id) {
    if (pieces_->types[id] != SpmPieceType::normal) continue;
    min_score = std::min(min_score, pieces_->scores[id]);
    max_score_ = std::max(max_score_, pieces_->scores[id]);
  }
  unk_score_ = min_score - kUnkPenalty;
}

std::vector<Cut> Unigram::segment(std::string_view normalized) const {
  const std::size_t size = normalized.size();
  std::vector<BestPath> best(size + 1);  // by end
  const auto offer = [&best](std::size_t end, std::size_t begin, float score, std::int32_t id) {
    BestPath& path = best[end];
    if (path.length == 0 || score > path.score) {
      path = {score, id, static_cast<std::uint32_t>(end - begin)};
    }
  };

  std::size_t begin = 0;
  while (begin < size) {
    const float score = best[begin].score;
    const std::size_t character = std::min(utf8_announced_length(normalized[begin]), size - begin);
    bool covered = false;
    PieceTrie::Cursor cursor;
    for (std::size_t end = begin; end < size && pieces_->trie.advance(cursor, normalized[end]);) {
      ++end;
      const std::int32_t id = pieces_->trie.id(cursor);
      if (id < 0) continue;
      const SpmPieceType type = pieces_->types[static_cast<std::size_t>(id)];
      if (type == SpmPieceType::unused) continue;
      const std::size_t length = end - begin;
      // A user-defined piece gets a bonus that grows with its length, so that it is always taken.
      const float piece_score = type == SpmPieceType::user_defined
                                    ? static_cast<float>(length) * max_score_ - 0.1f
                                    : pieces_->scores[static_cast<std::size_t>(id)];
      offer(end, begin, piece_score + score, id);
      covered = covered || length == character;
    }
    if (!covered) {
      offer(begin + character, begin, unk_score_ + score, pieces_->unk_id);
    }
    begin += character;
  }

  std::vector<Cut> cuts;
  for (std::size_t end = size; end > 0; end -= best[end].length) {
    cuts.push_back({best[end].id, best[end].length});
  }
  std::reverse(cuts.begin(), cuts.end());
  return cuts;
}

}  // namespace transept
