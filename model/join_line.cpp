#include "model/join_line.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "engine/base/phase_clock.h"
#include "engine/base/thrown.h"
#include "engine/base/try.h"
#include "engine/search/rules/rules.h"
#include "model/best_combinations.h"
#include "model/guarded.h"
#include "tokenizer/tokenizer.h"

namespace transept {
namespace {

// Combinations that may be passed over for one that is kept, because their text is there already.
constexpr std::size_t kRepeatsPerHypothesis = 16;

// The score that the rules give `tokens` tokens with this sum.
float score_of(const SearchOptions& search, float sum, std::size_t tokens) {
  return make_rules(search)->score(sum,
                                   static_cast<std::uint32_t>(std::max<std::size_t>(tokens, 1)));
}

template <class T>
void append_to(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// One hypothesis of each segment as one of the line.
class Combiner {
 public:
  Combiner(const std::vector<TranslatedSegment>& segments, const std::vector<std::string>& gaps,
           const SearchOptions& search)
      : segments_(segments), gaps_(gaps), search_(search) {
    for (const TranslatedSegment& segment : segments) columns_ += segment.source_ids.size();
  }

  // The `count` best, see Translation::hypotheses.
  std::vector<Hypothesis> best(std::size_t count, bool repeated_texts) const {
    std::vector<std::vector<std::size_t>> entries;  // of each segment: which hypotheses to combine
    std::vector<std::vector<float>> scores;         // parallel
    for (const TranslatedSegment& segment : segments_) {
      entries.push_back(entries_of(segment, count, repeated_texts));
      std::vector<float>& list = scores.emplace_back();
      for (const std::size_t entry : entries.back()) {
        list.push_back(segment.hypotheses[entry].score);
      }
    }
    BestCombinations combinations(scores);
    std::vector<Hypothesis> found;
    std::unordered_set<std::string> texts;
    std::vector<std::size_t> chosen(segments_.size(), 0);
    for (std::size_t tries = kRepeatsPerHypothesis * count; found.size() < count && tries > 0;
         --tries) {
      const BestCombinations::Next next = combinations.next();
      if (!next.more) break;
      for (const auto& [list, rank] : next.choices) chosen[list] = entries[list][rank];
      std::string text = text_of(chosen);
      if (repeated_texts || texts.insert(text).second) {
        found.push_back(combine(chosen, std::move(text)));
      }
      for (const auto& choice : next.choices) chosen[choice.list] = 0;
    }
    if (found.size() > 2) {
      std::stable_sort(found.begin() + 1, found.end(),
                       [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
    }
    return found;
  }

 private:
  static std::vector<std::size_t> entries_of(const TranslatedSegment& segment, std::size_t count,
                                             bool repeated_texts) {
    std::vector<std::size_t> entries;
    for (std::size_t i = 0; i < segment.hypotheses.size() && entries.size() < count; ++i) {
      const bool repeated = std::any_of(entries.begin(), entries.end(), [&](std::size_t other) {
        return segment.hypotheses[other].text == segment.hypotheses[i].text;
      });
      if (!repeated || repeated_texts) entries.push_back(i);
    }
    return entries;
  }

  std::string text_of(const std::vector<std::size_t>& chosen) const {
    std::string text;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      text += gaps_[i];
      text += segments_[i].hypotheses[chosen[i]].text;
    }
    return text + gaps_.back();
  }

  Hypothesis combine(const std::vector<std::size_t>& chosen, std::string text) const {
    Hypothesis line;
    line.text = std::move(text);
    std::size_t first_column = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const Hypothesis& one = segments_[i].hypotheses[chosen[i]];
      append_to(line.ids, one.ids);
      append_to(line.tokens, one.tokens);
      append_to(line.token_scores, one.token_scores);
      line.sum += one.sum;
      append_wide(line.attention, one.attention, first_column);
      first_column += segments_[i].source_ids.size();
    }
    line.score = score_of(search_, line.sum, line.ids.size());
    return line;
  }

  // Adds rows of a segment whose first column is `first` of the line.
  void append_wide(Matrix& line, const Matrix& segment, std::size_t first) const {
    if (segment.empty()) return;
    line.cols = columns_;
    line.values.resize((line.rows + segment.rows) * columns_);
    for (std::size_t r = 0; r < segment.rows; ++r, ++line.rows) {
      std::ranges::copy(segment.row(r), line.row(line.rows).subspan(first).begin());
    }
  }

  const std::vector<TranslatedSegment>& segments_;
  const std::vector<std::string>& gaps_;
  const SearchOptions& search_;
  std::size_t columns_ = 0;  // source tokens of all segments
};

}  // namespace

// What the scheduler holds of a segment: tells the line of its end, by whichever way it comes.
class LineInFlight::Ticket {
 public:
  Ticket(std::shared_ptr<LineInFlight> line, std::size_t index, PreparedSegment segment,
         SegmentEnded ended)
      : line_(std::move(line)),
        index_(index),
        tokens_(segment.source.ids.size()),
        gap_(std::move(segment.gap)),
        ended_(std::move(ended)) {
    source_ = std::move(segment.source);
    // Of long lines all segments may be here at once.
    if (line_->options_.returns.text_only && source_.symbols.empty()) source_.ids = {};
    line_->remaining_.fetch_add(1, std::memory_order_relaxed);
  }
  // Segments are dropped where memory for their way to the scheduler ran out.
  ~Ticket() {
    if (line_ != nullptr) end(out_of_memory());
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  void end(Result<std::vector<SegmentHypothesis>> found) noexcept {
    if (line_ == nullptr) return;
    const std::shared_ptr<LineInFlight> line = std::move(line_);
    line->end_segment(index_, gap_, std::move(source_), std::move(found));
    if (ended_) ended_(tokens_);
    line->release();
  }

 private:
  std::shared_ptr<LineInFlight> line_;  // null: told
  const std::size_t index_;
  const std::size_t tokens_;
  const std::string gap_;
  const SegmentEnded ended_;
  SourceSegment source_;
};

LineInFlight::LineInFlight(const LineRun& run, std::vector<std::string> flags, Done done)
    : model_(run.model),
      search_(run.search),
      options_(run.options),
      cancelled_(run.cancelled),
      deadline_(run.deadline),
      done_(std::move(done)) {
  result_.flags = std::move(flags);
}

std::optional<Segment> LineInFlight::add(const std::shared_ptr<LineInFlight>& line,
                                         PreparedSegment prepared, SegmentEnded ended) {
  Segment segment;
  const bool runs = !prepared.source.copy;
  if (runs) {
    segment.source = prepared.source.ids;
    segment.search = line->search_;
    segment.search.loop_guard = prepared.loop_guard;
    if (line->model_.shortlist) {
      segment.candidates = line->model_.shortlist->candidates(segment.source, line->search_.end);
    }
    segment.attention = line->options_.returns.attention || !prepared.source.symbols.empty();
    segment.cancelled = line->cancelled_;
    segment.deadline = line->deadline_;
  }
  std::size_t index = 0;
  {
    const std::lock_guard lock(line->mutex_);
    index = line->added_;
    // What is left behind when one of these throws is part of a line that fails.
    line->parts_.resize(index + 1 - line->joined_);
    if (!line->options_.returns.text_only) {
      line->gaps_.resize(index);
      line->gaps_.push_back(prepared.gap);
      line->result_.segments.resize(index + 1);
    }
    line->truncated_ |= prepared.truncated;
    line->unknown_ |= prepared.source.unknown;
    ++line->added_;
  }
  auto ticket = std::make_shared<Ticket>(line, index, std::move(prepared), std::move(ended));
  if (!runs) {
    ticket->end(std::vector<SegmentHypothesis>());
    return std::nullopt;
  }
  segment.done = [ticket = std::move(ticket)](Result<std::vector<SegmentHypothesis>> found) {
    ticket->end(std::move(found));
  };
  return segment;
}

// found: empty for a segment that was not run.
void LineInFlight::end_segment(std::size_t index, const std::string& gap, SourceSegment source,
                               Result<std::vector<SegmentHypothesis>> found) {
  Status status = guarded([&]() -> Status {
    TRANSEPT_RETURN_IF_ERROR(found.status());
    const PhaseSpan span(model_.profile.get(), Phase::detokenize);
    bool at_bound = false;
    bool repetition = false;
    Part part;
    if (!found->empty()) {
      const SegmentHypothesis& best = found->front();
      at_bound = best.cut;
      repetition = best.repetition;
      part.sum = best.sum;
      part.score = best.score;
      part.tokens = best.ids.size();
    }
    TranslatedSegment segment;
    if (options_.returns.text_only) {
      part.text = gap + (source.copy ? *source.copy : text_of(source, found->front()));
    } else {
      describe(std::move(source), *std::move(found), segment);
      part.text = gap + segment.hypotheses.front().text;
    }
    const std::lock_guard lock(mutex_);
    at_bound_ |= at_bound;
    repetition_ |= repetition;
    if (!options_.returns.text_only) result_.segments[index] = std::move(segment);
    append(index, std::move(part));
    return Status();
  });
  if (!status.ok()) fail(std::move(status));
}

std::string LineInFlight::text_of(const SourceSegment& source,
                                  const SegmentHypothesis& found) const {
  const Tokenizer& tokenizer = *model_.files.tokenizer;
  std::string text = tokenizer.decode_target(found.ids);
  if (source.symbols.empty()) return text;
  return with_symbols(tokenizer, source, tokenizer.source_specials().size(), found.ids,
                      found.attention, text);
}

// Fills in what was found for `source`.
void LineInFlight::describe(SourceSegment source, std::vector<SegmentHypothesis> found,
                            TranslatedSegment& segment) const {
  const Tokenizer& tokenizer = *model_.files.tokenizer;
  segment.source_tokens.reserve(source.ids.size());
  for (const std::int32_t id : source.ids) {
    segment.source_tokens.emplace_back(tokenizer.source_token(id));
  }
  if (source.copy) segment.hypotheses.emplace_back().text = *source.copy;
  segment.hypotheses.reserve(found.size());
  for (SegmentHypothesis& one : found) {
    Hypothesis& hypothesis = segment.hypotheses.emplace_back();
    hypothesis.text = text_of(source, one);
    hypothesis.tokens.reserve(one.ids.size());
    for (const std::int32_t id : one.ids) {
      hypothesis.tokens.emplace_back(tokenizer.target_token(id));
    }
    hypothesis.ids = std::move(one.ids);
    hypothesis.token_scores = std::move(one.token_scores);
    hypothesis.sum = one.sum;
    hypothesis.score = one.score;
    if (options_.returns.attention) hypothesis.attention = std::move(one.attention);
  }
  segment.source_ids = std::move(source.ids);
}

// Adds to the text what is complete from its front on. REQUIRES: the lock is held.
void LineInFlight::append(std::size_t index, Part part) {
  Part& place = parts_[index - joined_];
  place = std::move(part);
  place.done = true;
  while (!parts_.empty() && parts_.front().done) {
    const Part& first = parts_.front();
    result_.text += first.text;
    result_.tokens += first.tokens;
    sum_ += first.sum;
    score_ = first.score;
    parts_.pop_front();
    ++joined_;
  }
}

void LineInFlight::fail(Status status) {
  const std::lock_guard lock(mutex_);
  if (error_.ok()) error_ = std::move(status);
}

bool LineInFlight::failed() {
  const std::lock_guard lock(mutex_);
  return !error_.ok();
}

void LineInFlight::close(std::string gap, std::vector<std::string> flags, Status status) noexcept {
  if (!status.ok()) {
    fail(std::move(status));
  } else {
    end_gap_ = std::move(gap);
    late_flags_ = std::move(flags);
  }
  release();
}

void LineInFlight::release() noexcept {
  if (remaining_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (error_.ok()) {
    error_ = guarded([&] {
      join();
      return Status();
    });
  }
  if (!error_.ok()) return done_(std::move(error_));
  done_(std::move(result_));
}

// Completes result_. REQUIRES: no segment is left.
void LineInFlight::join() {
  result_.text += end_gap_;
  if (added_ > 1) result_.flags.emplace_back("split");
  if (unknown_) result_.flags.emplace_back("unknown_source");
  for (std::string& flag : late_flags_) {
    if (flag != "unknown_source" || !unknown_) result_.flags.push_back(std::move(flag));
  }
  if (truncated_) result_.flags.emplace_back("truncated");
  if (at_bound_) result_.flags.emplace_back("max-length");
  if (repetition_) result_.flags.emplace_back("repetition");
  if (options_.returns.text_only) {
    Hypothesis& best = result_.hypotheses.emplace_back();
    best.sum = sum_;
    best.score = added_ == 1 ? score_ : score_of(search_, sum_, result_.tokens);
  } else if (added_ == 0) {
    result_.hypotheses.emplace_back().text = result_.text;
  } else if (added_ == 1) {
    join_only_segment();
  } else {
    join_segments();
  }
}

void LineInFlight::join_only_segment() {
  TranslatedSegment& only = result_.segments.front();
  result_.source_ids = std::move(only.source_ids);
  result_.source_tokens = std::move(only.source_tokens);
  result_.hypotheses = std::move(only.hypotheses);
  result_.segments.clear();
  const std::string& gap = gaps_.front();
  if (gap.empty() && end_gap_.empty()) return;
  for (Hypothesis& one : result_.hypotheses) one.text = gap + one.text + end_gap_;
}

void LineInFlight::join_segments() {
  for (const TranslatedSegment& segment : result_.segments) {
    append_to(result_.source_ids, segment.source_ids);
    append_to(result_.source_tokens, segment.source_tokens);
  }
  gaps_.push_back(end_gap_);
  result_.hypotheses = Combiner(result_.segments, gaps_, search_)
                           .best(search_.n_best, options_.returns.n_best_repeats);
}

}  // namespace transept
