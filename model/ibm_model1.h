// IBM Model 1: how likely a source word becomes each target word, from sentences and their
// translations.
//
// Every target word is explained by one of the source words or by none (NULL), each as likely as
// the other before the words are known. Source: Brown et al., The Mathematics of Statistical
// Machine Translation (1993), section 4.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/team.h"
#include "model/shortlist.h"

namespace transept {

// Sentences as ids, one behind the other.
class IdSentences {
 public:
  void add(std::span<const std::int32_t> ids) {
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    ends_.push_back(ids_.size());
  }
  std::size_t size() const { return ends_.size(); }
  std::size_t begin_of(std::size_t i) const { return i == 0 ? 0 : ends_[i - 1]; }
  std::span<const std::int32_t> operator[](std::size_t i) const {
    return std::span(ids_).subspan(begin_of(i), ends_[i] - begin_of(i));
  }
  std::size_t ids() const { return ids_.size(); }

 private:
  std::vector<std::int32_t> ids_;
  std::vector<std::size_t> ends_;
};

// t(target | source) for each source id, targets ascending, after so many iterations of expectation
// maximisation from equal probabilities; nothing when go_on(i), asked before iteration i, says no.
// Sums are in double and in an order of their own: the result does not depend on the team.
// REQUIRES: as many sources as targets, fewer than 2^32; ids inside the vocabularies.
std::optional<std::vector<std::vector<WeightedTarget>>> train_ibm_model1(
    const IdSentences& sources, const IdSentences& targets, std::size_t source_vocab,
    std::size_t target_vocab, std::uint32_t iterations, Team& team,
    const std::function<bool(std::uint32_t)>& go_on);

}  // namespace transept
