#include "engine/search/greedy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/base/try.h"
#include "engine/search/log_sum.h"
#include "engine/search/loop_guard.h"
#include "engine/search/processors.h"

namespace transept {
namespace {

// What a search reserves at first: most translations end far below max_length.
constexpr std::uint32_t kUsualLength = 64;

class GreedySearch final : public Search {
 public:
  explicit GreedySearch(const SearchOptions& options)
      : processors_(options),
        guard_(options),
        end_(options.end),
        length_penalty_(options.length_penalty),
        max_length_(options.max_length),
        vocab_(options.vocab),
        scores_(options.scores) {
    const auto usual = std::min(max_length_, kUsualLength);
    history_.reserve(usual + 1);
    token_scores_.reserve(usual);
    history_.push_back(options.start);
    row_.parent = -1;
    ask();
  }

  std::span<const SearchRow> rows() const override { return {&row_, done_ ? 0u : 1u}; }
  bool done() const override { return done_; }

  void advance(std::span<const RowScores> scores) override {
    TRANSEPT_DCHECK(!done_ && scores.size() == 1);
    const auto forced = processors_.forced(generated());
    if (!forced.empty()) {
      if (processors_.forces_end(generated())) cut_ = !is_end(best_of(scores.front()).token);
      // Several forced tokens share the probability; the first of equals is taken.
      accept(forced.front(),
             scores_ ? static_cast<float>(-std::log(static_cast<double>(forced.size()))) : 0.0f);
    } else {
      choose(scores.front());
    }
    if (!done_) ask();
  }

  std::vector<SearchHypothesis> hypotheses() override {
    TRANSEPT_DCHECK(done_);
    SearchHypothesis result;
    result.ids.assign(history_.begin() + 1, history_.end());
    result.token_scores = token_scores_;
    for (const float score : token_scores_) result.sum += score;
    const auto length = static_cast<double>(std::max<std::size_t>(result.ids.size(), 1));
    result.score =
        result.sum / static_cast<float>(std::pow(length, static_cast<double>(length_penalty_)));
    result.repetition = stopped_;
    result.cut = result.ids.size() == max_length_ && (cut_ || !is_end(result.ids.back()));
    std::vector<SearchHypothesis> all;
    all.push_back(std::move(result));
    return all;
  }

  std::vector<std::uint32_t> path(std::size_t /*hypothesis*/) const override {
    return std::vector<std::uint32_t>(generated(), 0);
  }

 private:
  std::uint32_t generated() const { return static_cast<std::uint32_t>(history_.size() - 1); }

  void ask() {
    row_.token = history_.back();
    row_.top = 0;
    row_.needs_lse = false;
    row_.special = {};
    const bool forced = !processors_.forced(generated()).empty();
    if (forced && !processors_.forces_end(generated())) return;
    if (processors_.reads_history()) processors_.collect(history_, collected_);
    row_.special = columns().tokens;
    row_.top = row_.special.size() < vocab_ ? 1 : 0;
    row_.needs_lse = scores_ && !forced;
  }

  const SpecialColumns& columns() const {
    return processors_.reads_history() ? collected_ : processors_.fixed(generated());
  }

  bool is_end(std::int32_t token) const {
    return std::find(end_.begin(), end_.end(), token) != end_.end();
  }

  // The arg-max of the processed logits; token -1 when everything is banned. Fills penalised_.
  Candidate best_of(const RowScores& scores) {
    constexpr float kNothing = -std::numeric_limits<float>::infinity();
    Candidate best{.token = -1, .logit = kNothing};
    if (!scores.top.empty() && scores.top.front().logit > kNothing) best = scores.top.front();
    penalised_.clear();
    for (const std::uint32_t i : columns().penalised) {
      const Candidate other{.token = row_.special[i],
                            .logit = processors_.penalise(scores.special_logits[i])};
      penalised_.push_back(other.logit);
      if (other.logit > best.logit || (other.logit == best.logit && other.token < best.token))
        best = other;
    }
    return best;
  }

  void choose(const RowScores& scores) {
    const Candidate best = best_of(scores);
    if (best.token < 0) {  // everything is banned
      done_ = true;
      return;
    }
    accept(best.token,
           scores_ ? static_cast<float>(best.logit - log_sum_exp(scores.lse, penalised_)) : 0.0f);
  }

  void accept(std::int32_t token, float score) {
    history_.push_back(token);
    token_scores_.push_back(score);
    row_.parent = 0;
    done_ = generated() == max_length_ || is_end(token);
    if (!done_ && guard_.due(generated())) leave_loop();
  }

  void leave_loop() {
    const auto kept = guard_.stop(std::span<const std::int32_t>(history_).subspan(1));
    if (!kept) return;
    history_.resize(1 + *kept);
    token_scores_.resize(*kept);
    done_ = stopped_ = true;
  }

  Processors processors_;
  const LoopGuard guard_;
  const std::vector<std::int32_t> end_;
  const float length_penalty_;
  const std::uint32_t max_length_;
  const std::uint32_t vocab_;
  const bool scores_;
  bool done_ = false;
  bool stopped_ = false;  // by the guard
  bool cut_ = false;      // the end was forced in place of another token
  SearchRow row_;
  SpecialColumns collected_;           // of row_, when they depend on the history
  std::vector<float> penalised_;       // scratch: processed logits of penalised columns
  std::vector<std::int32_t> history_;  // start token first
  std::vector<float> token_scores_;
};

}  // namespace

std::unique_ptr<Search> make_greedy_search(const SearchOptions& options) {
  return std::make_unique<GreedySearch>(options);
}

}  // namespace transept
