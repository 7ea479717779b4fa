// Segmenter: cuts a normalised text into pieces; one implementation for each kind of model.
//
// Implementations are immutable and safe to use from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tokenizer/piece_trie.h"
#include "tokenizer/spm_model.h"

namespace transept {

// The next `length` bytes of the text are piece `id`.
struct Cut {
  std::int32_t id = 0;
  std::uint32_t length = 0;
};

class Segmenter {
 public:
  virtual ~Segmenter() = default;
  // Lengths add up to normalized.size(). Text that no piece covers is cut into single characters
  // with the id of the unknown piece. REQUIRES: normalized.size() < 2^32.
  virtual std::vector<Cut> segment(std::string_view normalized) const = 0;
};

// What both kinds need of a model: which pieces a text begins with, and what each of them is.
struct PieceTable {
  explicit PieceTable(const SpmModel& model, PieceTrie text_pieces);

  PieceTrie trie;                   // pieces with is_text()
  std::vector<float> scores;        // by id
  std::vector<SpmPieceType> types;  // by id
  std::int32_t unk_id = -1;
};

}  // namespace transept
