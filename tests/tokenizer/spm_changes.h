// Ways to change a SentencePiece model so that more of the rules for ties and types are met.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/tokenizer/spm_writer.h"
#include "tokenizer/spm_model.h"
#include "tokenizer/utf8.h"

namespace transept {

enum class Change { none, rounded_scores, unused_pieces, user_defined_pieces };

struct ChangedModel {
  const char* name;
  const char* path;  // in the tests' data
  Change change;
};

// The model's file, as bytes.
inline std::string changed_model(const ChangedModel& changed) {
  auto model = read_spm(std::string(TRANSEPT_TEST_DATA "/") + changed.path);
  EXPECT_TRUE(model.ok()) << model.status().message();
  std::size_t count = 0;
  for (SpmPiece& piece : model->pieces) {
    const bool is_single = piece.text.size() == utf8_announced_length(piece.text[0]);
    if (piece.type != SpmPieceType::normal || is_single) continue;
    ++count;
    if (changed.change == Change::rounded_scores) piece.score = std::round(piece.score);
    if (changed.change == Change::unused_pieces && count % 3 == 0) {
      piece.type = SpmPieceType::unused;
    }
    if (changed.change == Change::user_defined_pieces && count % 11 == 0) {
      piece.type = SpmPieceType::user_defined;
      piece.score = 0.0f;
    }
  }
  return write_spm(*model);
}

inline constexpr ChangedModel kUnigramModels[] = {
    {"source", "fixtures/marian/source.spm", Change::none},
    {"target", "fixtures/marian/target.spm", Change::none},
    {"source_rounded", "fixtures/marian/source.spm", Change::rounded_scores},
    {"source_unused", "fixtures/marian/source.spm", Change::unused_pieces},
    {"source_user_defined", "fixtures/marian/source.spm", Change::user_defined_pieces},
    {"bytes", "tokenizer/bytes.model", Change::none},
    {"bytes_rounded", "tokenizer/bytes.model", Change::rounded_scores},
    {"suffix", "tokenizer/suffix.model", Change::none},
    {"suffix_rounded", "tokenizer/suffix.model", Change::rounded_scores},
};
inline constexpr ChangedModel kBpeModels[] = {
    {"bpe", "tokenizer/bpe.model", Change::none},
    {"bpe_rounded", "tokenizer/bpe.model", Change::rounded_scores},
    {"bpe_unused", "tokenizer/bpe.model", Change::unused_pieces},
    {"bpe_bytes", "tokenizer/bpe_bytes.model", Change::none},
    {"bpe_bytes_user_defined", "tokenizer/bpe_bytes.model", Change::user_defined_pieces},
};

}  // namespace transept
