// Beam search of one segment, under any rules (rules/rules.h): each step ranks the best
// continuations of all beams by accumulated log-probability; the rules decide which of them finish,
// which run on as the next beams, and whether the search is over.
//
// * Beams with equal tokens share one row, so the network computes each distinct hypothesis once.
// * Equal scores order by beam, then by the rank in the row.
// * Continuations of -inf (banned tokens) can never finish; they are left out.
//
// With loop_guard the search also ends when the best beam goes round in circles (loop_guard.h) and
// its score is above all that has finished. By then all beams are longer than any translation of
// the source, so none of them runs on; what the best one said up to the end of its first round
// counts as finished. A loop that is not ahead does not matter, so a result that no loop would have
// won is what it is without the guard.
#include "engine/search/beam.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/try.h"
#include "engine/search/finished.h"
#include "engine/search/forced_tokens.h"
#include "engine/search/loop_guard.h"
#include "engine/search/row_columns.h"
#include "engine/search/rules/rules.h"
#include "engine/search/trellis.h"

namespace transept {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();
// Steps for which memory is reserved at first: most translations end far below max_length.
constexpr std::uint32_t kUsualLength = 64;

// A running hypothesis: a score on a row. Several beams share a row when their tokens are equal.
struct Beam {
  float score = 0.0f;
  std::uint32_t row = 0;
};

// A token in its row.
struct Scored {
  std::int32_t token = 0;
  float log_prob = 0.0f;
};

bool better(const Scored& a, const Scored& b) {
  return a.log_prob > b.log_prob || (a.log_prob == b.log_prob && a.token < b.token);
}

class BeamSearch final : public Search {
 public:
  explicit BeamSearch(const SearchOptions& options)
      : options_(options),
        rules_(make_rules(options_)),
        max_tokens_(rules_->max_tokens()),
        forced_tokens_(options_, max_tokens_),
        row_columns_(options_),
        guard_(options_),
        // Every step keeps K rows, and the last one may finish K more.
        trellis_(options.start,
                 options.beam * (std::min(max_tokens_, kUsualLength) + std::size_t{1}) + 1),
        finished_(rules_->finished()) {
    for (const float score : rules_->start()) beams_.push_back({score, 0});
    rows_.push_back({.token = options.start, .parent = -1});
    nodes_.push_back(Trellis::kRoot);
    if (options.loop_guard) history_.reserve(std::min(max_tokens_, kUsualLength) + std::size_t{1});
    ask();
  }

  std::span<const SearchRow> rows() const override { return rows_; }
  bool done() const override { return done_; }
  void advance(std::span<const RowScores> scores) override;
  std::vector<SearchHypothesis> hypotheses() override;
  std::vector<std::uint32_t> path(std::size_t hypothesis) const override {
    return trellis_.path(returned_[hypothesis]);
  }

 private:
  void ask();
  const SpecialColumns& columns(std::size_t row) {
    return row_columns_.reads_history() ? collected_[row] : row_columns_.fixed(generated_);
  }
  void rank_row(std::size_t row, const RowScores& scores);
  void rank_forced(std::span<const std::int32_t> forced);
  void find_ends(std::span<const RowScores> scores);
  void pick_continuations();
  void keep_finished();
  void keep_running();
  void leave_loop();
  bool is_end(std::int32_t token) const {
    return std::ranges::find(options_.end, token) != options_.end.end();
  }

  const SearchOptions options_;
  const std::unique_ptr<SearchRules> rules_;
  const std::uint32_t max_tokens_;
  const ForcedTokens forced_tokens_;
  RowColumns row_columns_;
  const LoopGuard guard_;
  Trellis trellis_;

  std::uint32_t generated_ = 0;
  std::size_t candidates_ = 0;  // continuations that the next step ranks
  bool done_ = false;
  bool stopped_ = false;                   // by the guard
  std::vector<Beam> beams_;                // best first
  std::vector<SearchRow> rows_;            // distinct hypotheses of beams_
  std::vector<std::uint32_t> nodes_;       // of rows_, in the trellis
  std::vector<SpecialColumns> collected_;  // of rows_, when they depend on the history
  FinishedList finished_;
  std::vector<std::uint32_t> returned_;  // nodes of hypotheses()
  std::vector<bool> ends_;  // of rows_, at the last position if the end is forced there

  // Scratch, kept so that a step does not allocate.
  std::vector<std::int32_t> history_;
  std::vector<float> changed_log_probs_;
  std::vector<Scored> changed_;  // changed columns of a row
  std::vector<Scored> ranked_;   // best tokens of every row; row r ends at ranked_end_[r]
  std::vector<std::size_t> ranked_end_;
  std::vector<std::size_t> cursor_;   // of each beam, in ranked_
  std::vector<Continuation> picked_;  // best first, at most candidates_
  std::vector<Running> running_;
  std::vector<SearchRow> old_rows_;
  std::vector<std::uint32_t> old_nodes_;
};

// Completes rows_ (token and parent are set) with what the next step must compute.
void BeamSearch::ask() {
  candidates_ = rules_->candidates(beams_.size());
  const bool free = forced_tokens_.at(generated_).empty();
  const bool looks = free || forced_tokens_.ends(generated_);
  if (looks && row_columns_.reads_history() && collected_.size() < rows_.size()) {
    collected_.resize(rows_.size());
  }
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    SearchRow& row = rows_[r];
    row.top = 0;
    row.needs_lse = looks;
    row.special = {};
    if (!looks) continue;
    if (row_columns_.reads_history()) {
      trellis_.history(nodes_[r], history_);
      row_columns_.collect(history_, collected_[r]);
    }
    row.special = columns(r).tokens;
    row.top = static_cast<std::uint32_t>(
        std::min(free ? candidates_ : std::size_t{1}, options_.vocab - row.special.size()));
  }
}

// Appends the best candidates_ tokens of a row to ranked_, by log-probability.
void BeamSearch::rank_row(std::size_t r, const RowScores& scores) {
  const SpecialColumns& special = columns(r);
  const RowLogProbs log_prob_of = rules_->log_probs(scores, special, changed_log_probs_);
  changed_.clear();
  for (std::size_t i = 0; i < special.changed.size(); ++i) {
    if (changed_log_probs_[i] > kNothing) {
      changed_.push_back({special.tokens[special.changed[i].index], changed_log_probs_[i]});
    }
  }
  std::sort(changed_.begin(), changed_.end(), better);

  auto next_changed = changed_.begin();
  auto next_clean = scores.top.begin();
  for (std::size_t count = 0; count < candidates_;) {
    const bool changed_left = next_changed != changed_.end();
    if (next_clean == scores.top.end()) {
      if (!changed_left) break;
      ranked_.push_back(*next_changed++);
      ++count;
      continue;
    }
    const Scored clean{next_clean->token, log_prob_of(next_clean->logit)};
    if (changed_left && (better(*next_changed, clean) || !(clean.log_prob > kNothing))) {
      ranked_.push_back(*next_changed++);
      ++count;
      continue;
    }
    ++next_clean;
    if (!(clean.log_prob > kNothing)) continue;
    ranked_.push_back(clean);
    ++count;
  }
  ranked_end_.push_back(ranked_.size());
}

void BeamSearch::rank_forced(std::span<const std::int32_t> forced) {
  const float log_prob = rules_->forced_log_prob(forced.size());
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (const std::int32_t token : forced) ranked_.push_back({token, log_prob});
    ranked_end_.push_back(ranked_.size());
  }
}

// Which rows would end by themselves where the end is forced.
void BeamSearch::find_ends(std::span<const RowScores> scores) {
  ends_.clear();
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    const std::size_t begin = ranked_.size();
    rank_row(r, scores[r]);
    ends_.push_back(ranked_.size() > begin && is_end(ranked_[begin].token));
  }
  ranked_.clear();
  ranked_end_.clear();
}

// Merges the ranked tokens of all beams: picked_ = the best candidates_ continuations.
void BeamSearch::pick_continuations() {
  picked_.clear();
  cursor_.clear();
  for (const Beam& beam : beams_) cursor_.push_back(beam.row == 0 ? 0 : ranked_end_[beam.row - 1]);
  while (picked_.size() < candidates_) {
    float best = kNothing;
    std::size_t from = beams_.size();
    for (std::size_t b = 0; b < beams_.size(); ++b) {
      if (cursor_[b] == ranked_end_[beams_[b].row]) continue;
      const float score = beams_[b].score + ranked_[cursor_[b]].log_prob;
      if (score > best) {
        best = score;
        from = b;
      }
    }
    if (from == beams_.size()) return;
    const Scored& scored = ranked_[cursor_[from]++];
    picked_.push_back(
        {best, scored.log_prob, beams_[from].row, scored.token, is_end(scored.token)});
  }
}

// Gives what has just finished its place in the trellis.
void BeamSearch::keep_finished() {
  for (Finished& one : finished_.all()) {
    if (one.node != Finished::kNoNode) continue;
    const Continuation& last = picked_[one.continuation];
    one.node = trellis_.add(nodes_[last.row], last.row, last.token, last.log_prob);
    one.cut = generated_ + 1 == max_tokens_ && (!last.end || (!ends_.empty() && !ends_[last.row]));
  }
}

// Makes beams_, rows_ and nodes_ of the next step.
void BeamSearch::keep_running() {
  rows_.swap(old_rows_);
  nodes_.swap(old_nodes_);
  rows_.clear();
  nodes_.clear();
  beams_.clear();
  for (const Running& one : running_) {
    const Continuation& next = picked_[one.continuation];
    const auto parent = static_cast<std::int32_t>(next.row);
    const auto same = std::find_if(rows_.begin(), rows_.end(), [&](const SearchRow& row) {
      return row.parent == parent && row.token == next.token;
    });
    beams_.push_back({one.score, static_cast<std::uint32_t>(same - rows_.begin())});
    if (same != rows_.end()) continue;
    rows_.push_back({.token = next.token, .parent = parent});
    nodes_.push_back(trellis_.add(old_nodes_[next.row], next.row, next.token, next.log_prob));
  }
}

// Ends the search if the best of all is in a loop; what is no repetition of it has finished.
void BeamSearch::leave_loop() {
  if (!(rules_->score(beams_.front().score, generated_) > finished_.best())) return;
  const std::uint32_t best = nodes_[beams_.front().row];
  trellis_.history(best, history_);
  const auto kept = guard_.stop(std::span<const std::int32_t>(history_).subspan(1));
  if (!kept) return;
  const std::uint32_t node = trellis_.ancestor(best, *kept);
  finished_.insert(
      {.score = rules_->score(trellis_.hypothesis(node).sum, static_cast<std::uint32_t>(*kept)),
       .node = node});
  done_ = stopped_ = true;
}

void BeamSearch::advance(std::span<const RowScores> scores) {
  TRANSEPT_DCHECK(!done_ && scores.size() == rows_.size());
  ranked_.clear();
  ranked_end_.clear();
  if (const auto forced = forced_tokens_.at(generated_); !forced.empty()) {
    if (forced_tokens_.ends(generated_)) find_ends(scores);
    rank_forced(forced);
  } else {
    for (std::size_t r = 0; r < rows_.size(); ++r) rank_row(r, scores[r]);
  }
  pick_continuations();
  if (picked_.empty()) {  // everything is banned
    done_ = true;
    rows_.clear();
    return;
  }
  running_.clear();
  done_ = rules_->decide({picked_, generated_ + 1}, finished_, running_);
  keep_finished();
  keep_running();
  ++generated_;
  if (!done_ && guard_.due(generated_)) leave_loop();
  if (done_) {
    rows_.clear();
  } else {
    ask();
  }
}

std::vector<SearchHypothesis> BeamSearch::hypotheses() {
  TRANSEPT_DCHECK(done_);
  std::vector<SearchHypothesis> result;
  returned_.clear();
  for (const Finished& finished : finished_.all()) {
    if (!finished.returned) continue;
    if (result.size() == options_.n_best) break;
    returned_.push_back(finished.node);
    result.push_back(trellis_.hypothesis(finished.node));
    result.back().score = finished.score;
    result.back().cut = finished.cut;
  }
  if (result.empty()) {
    returned_.push_back(nodes_.front());
    result.push_back(trellis_.hypothesis(nodes_.front()));
    const auto tokens = static_cast<std::uint32_t>(result.back().ids.size());
    result.back().score = rules_->score(result.back().sum, std::max(tokens, 1u));
    result.back().cut = tokens == max_tokens_;
  }
  for (SearchHypothesis& hypothesis : result) hypothesis.repetition = stopped_;
  return result;
}

}  // namespace

std::unique_ptr<Search> make_beam_search(const SearchOptions& options) {
  return std::make_unique<BeamSearch>(options);
}

}  // namespace transept
