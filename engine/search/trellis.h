// Trellis: all hypotheses of one search as a tree of backpointers, so that beams never copy their
// tokens.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/search/result.h"

namespace transept {

class Trellis {
 public:
  static constexpr std::uint32_t kRoot = 0;

  // `nodes`: how many to make room for at once.
  Trellis(std::int32_t start, std::size_t nodes);

  // Continues `parent`, which is row `row` of the step, by one token; log_prob is the token's
  // score.
  std::uint32_t add(std::uint32_t parent, std::uint32_t row, std::int32_t token, float log_prob);
  // The first `depth` tokens of `node`. REQUIRES: it has as many.
  std::uint32_t ancestor(std::uint32_t node, std::size_t depth) const;
  // The start token and all tokens up to `node`, overwriting `tokens`.
  void history(std::uint32_t node, std::vector<std::int32_t>& tokens) const;
  // Ids, token scores, their sum, and rows; the final score is left to the caller.
  SearchHypothesis hypothesis(std::uint32_t node) const;

 private:
  struct Node {
    std::uint32_t parent = 0;
    std::uint32_t depth = 0;  // tokens after the start token
    std::uint32_t row = 0;    // of `parent` in the step that chose the token
    std::int32_t token = 0;
    float log_prob = 0.0f;
  };
  std::vector<Node> nodes_;
};

}  // namespace transept
