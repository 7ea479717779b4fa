// SearchHypothesis: one of the translations a search found.
#pragma once

#include <cstdint>
#include <vector>

namespace transept {

struct SearchHypothesis {
  std::vector<std::int32_t> ids;  // generated: end token and forced tokens included, start excluded
  std::vector<float> token_scores;  // log-probabilities after the processors, parallel to ids
  // ids[t] continued rows()[rows[t]] of step t, so a caller finds what it kept of that row's step.
  std::vector<std::uint32_t> rows;
  float sum = 0.0f;    // of token_scores, added in order in float32
  float score = 0.0f;  // final score of the rules
  // The loop guard ended the search: this hypothesis was cut back to its first round, or is there
  // although one that went round in circles had a better score than all.
  bool repetition = false;
  // max_length ended it: its last token is no end token, or is one that was forced there in place of
  // another.
  bool cut = false;
  // [ids][source]: the runtime's to fill in, for segments that ask for it (Segment::attention).
  std::vector<std::vector<float>> attention = {};
};

}  // namespace transept
