// What follows from the original's numbers, and is relied on here:
// * It starts with K equal beams of scores 0, -1e9, -1e9, ... The -1e9 ones, and hits that run on
//   for want of others, take part when there are fewer than K real continuations (a forced token, a
//   tiny vocabulary), so they exist here too. What they finish fills places, as there, yet is not
//   returned: it repeats better hypotheses, and what it is hangs on unspecified ties there.
// * It keeps K finished slots of score -1e9 from the start, and a sentence decoded alone stops at
//   once when it cannot improve. So no slot ever falls below -1e9, a continuation that did not
//   finish never enters one, and the worst slot is -1e9 until all are filled.
#include "engine/search/rules/transformers.h"

#include <algorithm>
#include <cmath>

#include "engine/search/log_sum.h"

namespace transept {
namespace {

constexpr float kFar = 1.0e9f;

class TransformersRules final : public SearchRules {
 public:
  explicit TransformersRules(const SearchOptions& options)
      : beam_(options.beam),
        candidates_(std::max<std::size_t>(2, 1 + options.end.size()) * options.beam),
        length_penalty_(static_cast<double>(options.length_penalty)),
        early_stopping_(options.early_stopping),
        max_length_(options.max_length),
        renormalize_(options.renormalize) {}

  float score(float sum, std::uint32_t tokens) const override {
    return sum / static_cast<float>(std::pow(static_cast<double>(tokens), length_penalty_));
  }
  std::uint32_t max_tokens() const override { return max_length_; }

  std::vector<float> start() const override {
    std::vector<float> scores(beam_, -kFar);
    scores.front() = 0.0f;
    return scores;
  }
  FinishedList finished() const override { return {beam_, -kFar}; }
  std::size_t candidates(std::size_t /*beams*/) const override { return candidates_; }

  // Of the network's distribution first, then changed, then normalised again if that is asked for.
  RowLogProbs log_probs(const RowScores& scores, const SpecialColumns& columns,
                        std::vector<float>& changed) const override {
    RowLogProbs result{.total = log_sum_exp(scores.lse, scores.special_logits)};
    changed.clear();
    for (const ChangedColumn& column : columns.changed) {
      changed.push_back(
          column.apply(static_cast<float>(scores.special_logits[column.index] - result.total)));
    }
    if (renormalize_ && !columns.tokens.empty()) {
      result.again = log_sum_exp(scores.lse - result.total, changed);
      for (float& log_prob : changed) log_prob = static_cast<float>(log_prob - result.again);
    }
    return result;
  }

  // Each has log-probability 0; only renormalisation shares it out.
  float forced_log_prob(std::size_t tokens) const override {
    return renormalize_ ? static_cast<float>(-std::log(static_cast<double>(tokens))) : 0.0f;
  }

  bool decide(const BeamStep& step, FinishedList& finished,
              std::vector<Running>& running) override {
    const bool last = step.tokens == max_length_;
    bool all_hit = last || step.ranked.size() == candidates_;
    for (std::uint32_t i = 0; i < step.ranked.size(); ++i) {
      const Continuation& one = step.ranked[i];
      const bool hit = last || one.end;
      // Only the first K may finish; a hit below is dropped for good.
      if (hit && i < beam_) {
        finished.insert({.score = score(one.score, step.tokens),
                         .continuation = i,
                         .returned = one.score > -kFar / 2});
      }
      insert_ranked(running, beam_, Running{hit ? one.score - kFar : one.score, i});
      all_hit = all_hit && hit;
    }
    return all_hit || (finished.full() && early_stopping_ == EarlyStopping::on) ||
           !can_improve(running.front().score, step.tokens, finished);
  }

 private:
  // Whether the best running beam, scored at its present length (or, with early_stopping never and
  // a penalty that favours long ones, at max_length), would beat the worst finished place.
  bool can_improve(float best, std::uint32_t tokens, const FinishedList& finished) const {
    const bool bound = early_stopping_ == EarlyStopping::never && length_penalty_ > 0.0;
    return score(best, bound ? max_length_ : tokens) > finished.worst();
  }

  const std::size_t beam_;
  const std::size_t candidates_;
  const double length_penalty_;
  const EarlyStopping early_stopping_;
  const std::uint32_t max_length_;
  const bool renormalize_;
};

}  // namespace

std::unique_ptr<SearchRules> make_transformers_rules(const SearchOptions& options) {
  return std::make_unique<TransformersRules>(options);
}

}  // namespace transept
