#include "engine/search/greedy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/base/try.h"
#include "engine/search/forced_tokens.h"
#include "engine/search/log_sum.h"
#include "engine/search/loop_guard.h"
#include "engine/search/row_columns.h"
#include "engine/search/rules/rules.h"

namespace transept {
namespace {

// What a search reserves at first: most translations end far below max_length.
constexpr std::uint32_t kUsualLength = 64;

class GreedySearch final : public Search {
 public:
  explicit GreedySearch(const SearchOptions& options)
      : options_(options),
        rules_(make_rules(options_)),
        max_tokens_(rules_->max_tokens()),
        forced_tokens_(options_, max_tokens_),
        row_columns_(options_),
        guard_(options_) {
    const auto usual = std::min(max_tokens_, kUsualLength);
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
    const auto forced = forced_tokens_.at(generated());
    if (!forced.empty()) {
      if (forced_tokens_.ends(generated())) cut_ = !is_end(best_of(scores.front()).token);
      // Several forced tokens share the probability; the first of equals is taken.
      accept(forced.front(), options_.scores
                                 ? static_cast<float>(-std::log(static_cast<double>(forced.size())))
                                 : 0.0f);
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
    result.score = rules_->score(result.sum, std::max(generated(), 1u));
    result.repetition = stopped_;
    result.cut = result.ids.size() == max_tokens_ && (cut_ || !is_end(result.ids.back()));
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
    const bool forced = !forced_tokens_.at(generated()).empty();
    if (forced && !forced_tokens_.ends(generated())) return;
    if (row_columns_.reads_history()) row_columns_.collect(history_, collected_);
    row_.special = columns().tokens;
    row_.top = row_.special.size() < options_.vocab ? 1 : 0;
    row_.needs_lse = options_.scores && !forced;
  }

  const SpecialColumns& columns() {
    return row_columns_.reads_history() ? collected_ : row_columns_.fixed(generated());
  }

  bool is_end(std::int32_t token) const {
    return std::ranges::find(options_.end, token) != options_.end.end();
  }

  // The arg-max of the changed logits; token -1 when everything is banned. Fills changed_.
  Candidate best_of(const RowScores& scores) {
    constexpr float kNothing = -std::numeric_limits<float>::infinity();
    Candidate best{.token = -1, .logit = kNothing};
    if (!scores.top.empty() && scores.top.front().logit > kNothing) best = scores.top.front();
    changed_.clear();
    for (const ChangedColumn& column : columns().changed) {
      const Candidate other{.token = row_.special[column.index],
                            .logit = column.apply(scores.special_logits[column.index])};
      changed_.push_back(other.logit);
      if (other.logit > best.logit || (other.logit == best.logit && other.token < best.token)) {
        best = other;
      }
    }
    return best;
  }

  void choose(const RowScores& scores) {
    const Candidate best = best_of(scores);
    if (best.token < 0) {  // everything is banned
      done_ = true;
      return;
    }
    accept(best.token, options_.scores
                           ? static_cast<float>(best.logit - log_sum_exp(scores.lse, changed_))
                           : 0.0f);
  }

  void accept(std::int32_t token, float score) {
    history_.push_back(token);
    token_scores_.push_back(score);
    row_.parent = 0;
    done_ = generated() == max_tokens_ || is_end(token);
    if (!done_ && guard_.due(generated())) leave_loop();
  }

  void leave_loop() {
    const auto kept = guard_.stop(std::span<const std::int32_t>(history_).subspan(1));
    if (!kept) return;
    history_.resize(1 + *kept);
    token_scores_.resize(*kept);
    done_ = stopped_ = true;
  }

  const SearchOptions options_;
  const std::unique_ptr<SearchRules> rules_;
  const std::uint32_t max_tokens_;
  const ForcedTokens forced_tokens_;
  RowColumns row_columns_;
  const LoopGuard guard_;
  bool done_ = false;
  bool stopped_ = false;  // by the guard
  bool cut_ = false;      // the end was forced in place of another token
  SearchRow row_;
  SpecialColumns collected_;           // of row_, when they depend on the history
  std::vector<float> changed_;         // scratch: logits of changed columns
  std::vector<std::int32_t> history_;  // start token first
  std::vector<float> token_scores_;
};

}  // namespace

std::unique_ptr<Search> make_greedy_search(const SearchOptions& options) {
  return std::make_unique<GreedySearch>(options);
}

}  // namespace transept
