// Unigram: the most probable segmentation (Viterbi), as SentencePiece computes it.
//
// Kudo 2018, "Subword Regularization"; arithmetic and ties as in SentencePiece 0.2.2 and 0.2.3:
// scores add up from the left in float32, a later start wins only when it is strictly better, a
// character no piece covers costs the lowest score minus 10. Up to 0.2.1 a sum was compared before
// it was rounded to float32, so that other ones of equally good pieces won ("Helllo" became
// He ll l o instead of He l ll o).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "tokenizer/segmenter.h"

namespace transept {

class Unigram : public Segmenter {
 public:
  explicit Unigram(std::shared_ptr<const PieceTable> pieces);
  std::vector<Cut> segment(std::string_view normalized) const override;

 private:
  std::shared_ptr<const PieceTable> pieces_;
  float unk_score_ = 0.0f;
  float max_score_ = 0.0f;
};

}  // namespace transept
