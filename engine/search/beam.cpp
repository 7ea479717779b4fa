// Beam search of transformers, for one segment. With K beams, end tokens E and
// C = K * max(2, 1 + |E|):
//
//   each step: the C best continuations of all beams, by accumulated log-probability
//     a continuation "hits" when it ends in an end token or at max_length
//     finished = best K of the finished so far and the hits among the first K continuations, by
//                sum / length^length_penalty
//     beams    = best K continuations; a hit counts as 1e9 worse
//   until every continuation hits, or the best beam could not enter the finished any more (see
//   can_improve), or early_stopping is on and K have finished.
//
// What follows from the original's numbers, and is relied on here:
// * It starts with K equal beams of scores 0, -1e9, -1e9, ... The -1e9 ones, and hits that run on
//   for want of others, take part when there are fewer than K real continuations (a forced token, a
//   tiny vocabulary), so they exist here too; but beams with equal tokens share one row, so the
//   network computes each distinct hypothesis once. What they finish fills slots, as there, yet is
//   not returned: it repeats better hypotheses, and what it is hangs on unspecified ties there.
// * It keeps K finished slots of score -1e9 from the start, and a sentence decoded alone stops at
//   once when it cannot improve. So no slot ever falls below -1e9, a continuation that did not
//   finish never enters one, and the worst slot is -1e9 until all are filled.
// * Its ties are unspecified (torch.topk). Here equal scores order by beam, then by the rank in the
//   row.
// * Continuations of -inf (banned tokens) fill its list of C when nothing else is left. They can
//   never finish; they are left out here.
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
#include "engine/search/log_sum.h"
#include "engine/search/loop_guard.h"
#include "engine/search/processors.h"
#include "engine/search/trellis.h"

namespace transept {
namespace {

constexpr float kFar = 1.0e9f;
constexpr float kNothing = -std::numeric_limits<float>::infinity();
// Steps for which memory is reserved at first: most translations end far below max_length.
constexpr std::uint32_t kUsualLength = 64;
constexpr std::uint32_t kUnfilled = std::numeric_limits<std::uint32_t>::max();

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

// A beam with one more token.
struct Continuation {
  float score = 0.0f;
  float log_prob = 0.0f;
  std::uint32_t row = 0;
  std::int32_t token = 0;
  bool hit = false;
};

struct Finished {
  float score = -kFar;
  std::uint32_t node = kUnfilled;
  bool real = false;  // not of a beam that is -1e9 behind
  bool cut = false;   // as in SearchHypothesis
};

bool better(const Scored& a, const Scored& b) {
  return a.log_prob > b.log_prob || (a.log_prob == b.log_prob && a.token < b.token);
}

// Keeps `list` sorted by falling score, the earlier of equals first, and no longer than `limit`.
template <class T>
void insert_ranked(std::vector<T>& list, std::size_t limit, const T& item) {
  auto place = list.end();
  while (place != list.begin() && std::prev(place)->score < item.score) --place;
  if (place == list.end() && list.size() == limit) return;
  const auto index = place - list.begin();
  if (list.size() == limit) list.pop_back();
  list.insert(list.begin() + index, item);
}

class BeamSearch final : public Search {
 public:
  explicit BeamSearch(const SearchOptions& options)
      : processors_(options),
        guard_(options),
        // Every step keeps K rows, and the last one may finish K more.
        trellis_(options.start,
                 options.beam * (std::min(options.max_length, kUsualLength) + std::size_t{1}) + 1),
        end_(options.end),
        beam_(options.beam),
        n_best_(options.n_best),
        candidates_(std::max<std::size_t>(2, 1 + options.end.size()) * options.beam),
        length_penalty_(static_cast<double>(options.length_penalty)),
        early_stopping_(options.early_stopping),
        max_length_(options.max_length),
        renormalize_(options.renormalize),
        vocab_(options.vocab),
        finished_(options.beam) {
    beams_.assign(beam_, Beam{.score = -kFar});
    beams_.front().score = 0.0f;
    rows_.push_back({.token = options.start, .parent = -1});
    nodes_.push_back(Trellis::kRoot);
    if (options.loop_guard) history_.reserve(std::min(max_length_, kUsualLength) + std::size_t{1});
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
  const SpecialColumns& columns(std::size_t row) const {
    return processors_.reads_history() ? collected_[row] : processors_.fixed(generated_);
  }
  void rank_row(std::size_t row, const RowScores& scores);
  void rank_forced(std::span<const std::int32_t> forced);
  void find_ends(std::span<const RowScores> scores);
  void pick_continuations();
  void keep_finished();
  void keep_running();
  bool can_improve() const;
  void leave_loop();
  float length_factor(std::uint32_t length) const {
    return static_cast<float>(std::pow(static_cast<double>(length), length_penalty_));
  }
  bool is_end(std::int32_t token) const {
    return std::find(end_.begin(), end_.end(), token) != end_.end();
  }

  Processors processors_;
  const LoopGuard guard_;
  Trellis trellis_;
  const std::vector<std::int32_t> end_;
  const std::size_t beam_;
  const std::size_t n_best_;
  const std::size_t candidates_;
  const double length_penalty_;
  const EarlyStopping early_stopping_;
  const std::uint32_t max_length_;
  const bool renormalize_;
  const std::uint32_t vocab_;

  std::uint32_t generated_ = 0;
  bool done_ = false;
  bool stopped_ = false;                   // by the guard
  std::vector<Beam> beams_;                // best first
  std::vector<SearchRow> rows_;            // distinct hypotheses of beams_
  std::vector<std::uint32_t> nodes_;       // of rows_, in the trellis
  std::vector<SpecialColumns> collected_;  // of rows_, when they depend on the history
  std::vector<Finished> finished_;         // best first; unfilled ones last
  std::vector<std::uint32_t> returned_;    // nodes of hypotheses()
  std::vector<bool> ends_;  // of rows_, at the last position if the end is forced there

  // Scratch, kept so that a step does not allocate.
  std::vector<std::int32_t> history_;
  std::vector<Scored> changed_;  // penalised columns of a row
  std::vector<float> changed_log_probs_;
  std::vector<Scored> ranked_;  // best tokens of every row; row r ends at ranked_end_[r]
  std::vector<std::size_t> ranked_end_;
  std::vector<std::size_t> cursor_;   // of each beam, in ranked_
  std::vector<Continuation> picked_;  // best first, at most candidates_
  std::vector<Continuation> running_;
  std::vector<SearchRow> old_rows_;
  std::vector<std::uint32_t> old_nodes_;
};

// Completes rows_ (token and parent are set) with what the next step must compute.
void BeamSearch::ask() {
  const bool free = processors_.forced(generated_).empty();
  const bool looks = free || processors_.forces_end(generated_);
  if (looks && processors_.reads_history() && collected_.size() < rows_.size())
    collected_.resize(rows_.size());
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    SearchRow& row = rows_[r];
    row.top = 0;
    row.needs_lse = looks;
    row.special = {};
    if (!looks) continue;
    if (processors_.reads_history()) {
      trellis_.history(nodes_[r], history_);
      processors_.collect(history_, collected_[r]);
    }
    row.special = columns(r).tokens;
    row.top = static_cast<std::uint32_t>(
        std::min(free ? candidates_ : std::size_t{1}, vocab_ - row.special.size()));
  }
}

// Appends the best candidates_ tokens of a row to ranked_, by processed log-probability.
void BeamSearch::rank_row(std::size_t r, const RowScores& scores) {
  const std::span<const std::int32_t> special = rows_[r].special;
  // Of the network's distribution, before any processor.
  const double total = log_sum_exp(scores.lse, scores.special_logits);
  changed_.clear();
  for (const std::uint32_t i : columns(r).penalised) {
    const auto log_prob = static_cast<float>(scores.special_logits[i] - total);
    changed_.push_back({special[i], processors_.penalise(log_prob)});
  }
  double renormalizer = 0.0;
  if (renormalize_ && !special.empty()) {
    changed_log_probs_.clear();
    for (const Scored& column : changed_) changed_log_probs_.push_back(column.log_prob);
    renormalizer = log_sum_exp(scores.lse - total, changed_log_probs_);
    for (Scored& column : changed_)
      column.log_prob = static_cast<float>(column.log_prob - renormalizer);
  }
  std::erase_if(changed_, [](const Scored& column) { return !(column.log_prob > kNothing); });
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
    const Scored clean{next_clean->token,
                       static_cast<float>(next_clean->logit - total - renormalizer)};
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

// Forced tokens have log-probability 0 each; only renormalisation shares it out among several.
void BeamSearch::rank_forced(std::span<const std::int32_t> forced) {
  const double shared = renormalize_ ? -std::log(static_cast<double>(forced.size())) : 0.0;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (const std::int32_t token : forced) ranked_.push_back({token, static_cast<float>(shared)});
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
    picked_.push_back({best, scored.log_prob, beams_[from].row, scored.token,
                       generated_ + 1 == max_length_ || is_end(scored.token)});
  }
}

// Only the first K continuations may finish; a hit below is dropped for good.
void BeamSearch::keep_finished() {
  const float factor = length_factor(generated_ + 1);
  for (std::size_t j = 0; j < std::min(beam_, picked_.size()); ++j) {
    if (!picked_[j].hit) continue;
    const float score = picked_[j].score / factor;
    if (!(score > finished_.back().score)) continue;
    const std::uint32_t node =
        trellis_.add(nodes_[picked_[j].row], picked_[j].row, picked_[j].token, picked_[j].log_prob);
    const bool cut = generated_ + 1 == max_length_ &&
                     (!is_end(picked_[j].token) || (!ends_.empty() && !ends_[picked_[j].row]));
    insert_ranked(finished_, beam_, Finished{score, node, picked_[j].score > -kFar / 2, cut});
  }
}

// Makes beams_, rows_ and nodes_ of the next step.
void BeamSearch::keep_running() {
  running_.clear();
  for (const Continuation& picked : picked_) {
    Continuation next = picked;
    if (next.hit) next.score -= kFar;
    insert_ranked(running_, beam_, next);
  }
  rows_.swap(old_rows_);
  nodes_.swap(old_nodes_);
  rows_.clear();
  nodes_.clear();
  beams_.clear();
  for (const Continuation& next : running_) {
    const auto parent = static_cast<std::int32_t>(next.row);
    const auto same = std::find_if(rows_.begin(), rows_.end(), [&](const SearchRow& row) {
      return row.parent == parent && row.token == next.token;
    });
    beams_.push_back({next.score, static_cast<std::uint32_t>(same - rows_.begin())});
    if (same != rows_.end()) continue;
    rows_.push_back({.token = next.token, .parent = parent});
    nodes_.push_back(trellis_.add(old_nodes_[next.row], next.row, next.token, next.log_prob));
  }
}

// Whether the best running beam, scored at its present length (or, with early_stopping never and a
// penalty that favours long ones, at max_length), would beat the worst finished slot.
bool BeamSearch::can_improve() const {
  const bool bound = early_stopping_ == EarlyStopping::never && length_penalty_ > 0.0;
  return beams_.front().score / length_factor(bound ? max_length_ : generated_) >
         finished_.back().score;
}

// Ends the search if the best of all is in a loop; what is no repetition of it has finished.
void BeamSearch::leave_loop() {
  if (!(beams_.front().score / length_factor(generated_) > finished_.front().score)) return;
  const std::uint32_t best = nodes_[beams_.front().row];
  trellis_.history(best, history_);
  const auto kept = guard_.stop(std::span<const std::int32_t>(history_).subspan(1));
  if (!kept) return;
  const std::uint32_t node = trellis_.ancestor(best, *kept);
  const float score =
      trellis_.hypothesis(node).sum / length_factor(static_cast<std::uint32_t>(*kept));
  insert_ranked(finished_, beam_, Finished{score, node, true, false});
  done_ = stopped_ = true;
}

void BeamSearch::advance(std::span<const RowScores> scores) {
  TRANSEPT_DCHECK(!done_ && scores.size() == rows_.size());
  ranked_.clear();
  ranked_end_.clear();
  if (const auto forced = processors_.forced(generated_); !forced.empty()) {
    if (processors_.forces_end(generated_)) find_ends(scores);
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
  keep_finished();
  const bool all_hit =
      std::all_of(picked_.begin(), picked_.end(), [](const Continuation& c) { return c.hit; }) &&
      (picked_.size() == candidates_ || generated_ + 1 == max_length_);
  keep_running();
  ++generated_;
  const bool full = finished_.back().node != kUnfilled;
  done_ = all_hit || (full && early_stopping_ == EarlyStopping::on) || !can_improve();
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
  for (const Finished& finished : finished_) {
    if (!finished.real) continue;
    if (result.size() == n_best_) break;
    returned_.push_back(finished.node);
    result.push_back(trellis_.hypothesis(finished.node));
    result.back().score = finished.score;
    result.back().cut = finished.cut;
  }
  if (result.empty()) {
    returned_.push_back(nodes_.front());
    result.push_back(trellis_.hypothesis(nodes_.front()));
    const auto length =
        static_cast<std::uint32_t>(std::max<std::size_t>(result.back().ids.size(), 1));
    result.back().score = result.back().sum / length_factor(length);
    result.back().cut = result.back().ids.size() == max_length_;
  }
  for (SearchHypothesis& hypothesis : result) hypothesis.repetition = stopped_;
  return result;
}

}  // namespace

std::unique_ptr<Search> make_beam_search(const SearchOptions& options) {
  return std::make_unique<BeamSearch>(options);
}

}  // namespace transept
