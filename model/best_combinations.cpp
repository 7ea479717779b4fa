#include "model/best_combinations.h"

#include <algorithm>
#include <cmath>

namespace transept {
namespace {

// Keeps sums finite whatever a search scored.
constexpr double kWorst = 1.0e9;

}  // namespace

BestCombinations::BestCombinations(std::span<const std::vector<float>> scores) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i].size() < 2) continue;
    Losses losses{.list = i, .by_rank = {}};
    double last = 0.0;
    for (const float score : scores[i]) {
      const double loss = static_cast<double>(scores[i].front()) - static_cast<double>(score);
      last = std::isfinite(loss) ? std::clamp(loss, last, kWorst) : kWorst;
      losses.by_rank.push_back(last);
    }
    losses_.push_back(std::move(losses));
  }
  std::stable_sort(losses_.begin(), losses_.end(),
                   [](const Losses& a, const Losses& b) { return a.by_rank[1] < b.by_rank[1]; });
}

void BestCombinations::push(std::vector<Choice> choices) {
  double loss = 0.0;
  for (const Choice& choice : choices) loss += losses_[choice.list].by_rank[choice.rank];
  open_.push({loss, std::move(choices), pushed_++});
}

// Every combination but the best has one predecessor, which loses no more: of the last list that is
// not at its first entry, the entry before; or, where that is the first, the same change made in the
// list before, or none at all where that list has its own.
BestCombinations::Next BestCombinations::next() {
  if (!begun_) {
    begun_ = true;
    if (!losses_.empty()) push({{0, 1}});
    return {.more = true, .choices = {}};
  }
  if (open_.empty()) return {};
  std::vector<Choice> choices = open_.top().choices;
  open_.pop();
  const Choice last = choices.back();
  if (last.rank + 1 < losses_[last.list].by_rank.size()) {
    std::vector<Choice> worse = choices;
    ++worse.back().rank;
    push(std::move(worse));
  }
  if (last.list + 1 < losses_.size()) {
    std::vector<Choice> further = choices;
    further.push_back({last.list + 1, 1});
    push(std::move(further));
    if (last.rank == 1) {
      std::vector<Choice> instead = choices;
      instead.back() = {last.list + 1, 1};
      push(std::move(instead));
    }
  }
  for (Choice& choice : choices) choice.list = losses_[choice.list].list;
  return {.more = true, .choices = std::move(choices)};
}

}  // namespace transept
