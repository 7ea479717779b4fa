// Bpe: byte-pair encoding as SentencePiece applies it: the neighbours whose join has the best score
// are joined first, of equal ones the leftmost.
//
// Time O(n log n). Source: SentencePiece 0.2, bpe::Model::SampleEncode without dropout.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "tokenizer/segmenter.h"

namespace transept {

class Bpe : public Segmenter {
 public:
  // user_defined: texts that are one symbol from the start and never joined with another.
  // reserved: the names of unknown, control and byte pieces; a symbol so named gets their id.
  Bpe(std::shared_ptr<const PieceTable> pieces, PieceTrie user_defined, PieceTrie reserved);
  std::vector<Cut> segment(std::string_view normalized) const override;

 private:
  struct Work;
  std::int32_t id_of(std::string_view symbol) const;

  std::shared_ptr<const PieceTable> pieces_;
  PieceTrie user_defined_;
  PieceTrie reserved_;
};

}  // namespace transept
