// The tokenizers of BLEU that split text into SentencePiece pieces: flores101, flores200,
// spBLEU-1K, spm.
#pragma once

#include <string>

#include "transept/scorer.h"
#include "transept/status.h"

namespace transept::tools {

struct PieceTokenizer {
  score::Segmenter segmenter;
  std::string signature;  // the name it has in signatures
};

bool is_piece_tokenizer(const std::string& name);

// `model`: the file; empty: as sacreBLEU names it in `folder`, where it puts what it downloads.
// Errors: kInput naming the file that is missing or broken. REQUIRES: is_piece_tokenizer(name).
Result<PieceTokenizer> load_piece_tokenizer(const std::string& name, const std::string& model,
                                            const std::string& folder);

}  // namespace transept::tools
