#include "engine/search/trellis.h"

namespace transept {

Trellis::Trellis(std::int32_t start, std::size_t nodes) {
  nodes_.reserve(nodes);
  nodes_.push_back({.token = start});
}

std::uint32_t Trellis::add(std::uint32_t parent, std::uint32_t row, std::int32_t token,
                           float log_prob) {
  nodes_.push_back({parent, nodes_[parent].depth + 1, row, token, log_prob});
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t Trellis::ancestor(std::uint32_t node, std::size_t depth) const {
  while (nodes_[node].depth > depth) node = nodes_[node].parent;
  return node;
}

void Trellis::history(std::uint32_t node, std::vector<std::int32_t>& tokens) const {
  tokens.resize(nodes_[node].depth + 1);
  for (std::size_t i = tokens.size(); i-- > 0; node = nodes_[node].parent) {
    tokens[i] = nodes_[node].token;
  }
}

SearchHypothesis Trellis::hypothesis(std::uint32_t node) const {
  SearchHypothesis result;
  result.ids.resize(nodes_[node].depth);
  result.token_scores.resize(result.ids.size());
  for (std::size_t i = result.ids.size(); i-- > 0; node = nodes_[node].parent) {
    result.ids[i] = nodes_[node].token;
    result.token_scores[i] = nodes_[node].log_prob;
  }
  for (const float score : result.token_scores) result.sum += score;
  return result;
}

std::vector<std::uint32_t> Trellis::path(std::uint32_t node) const {
  std::vector<std::uint32_t> rows(nodes_[node].depth);
  for (std::size_t i = rows.size(); i-- > 0; node = nodes_[node].parent) rows[i] = nodes_[node].row;
  return rows;
}

}  // namespace transept
