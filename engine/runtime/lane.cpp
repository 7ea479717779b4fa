#include "engine/runtime/lane.h"

#include <algorithm>
#include <utility>

#include "engine/base/try.h"
#include "engine/network/weights.h"
#include "engine/search/make_search.h"

namespace transept {
namespace {

// Rows of a step, and segments in flight, at most: beyond them the weights of a step are read so
// seldom that more rows gain nothing, while the keys and values of all segments, read once a step,
// outgrow the caches. On the default model 32 segments are 10 % faster than 64.
constexpr std::size_t kMaxRows = 48;
constexpr std::size_t kMaxSegments = 32;

}  // namespace

Lane::Lane(std::shared_ptr<const Network> network, std::size_t batch_tokens, ProfileTotals* profile)
    : network_(std::move(network)),
      batch_tokens_(batch_tokens),
      blocks_(make_block_pool(*network_)) {
  clock() = PhaseClock(profile);
}

Lane::~Lane() = default;

bool Lane::wants_more() const {
  return reserved_rows_ <= kMaxRows - kMaxRows / 4 &&
         live_.size() <= kMaxSegments - kMaxSegments / 4;
}

LaneRoom Lane::room() const {
  const std::size_t used = source_tokens_ + reserved_rows_;
  return {live_.empty(), kMaxSegments - std::min(kMaxSegments, live_.size()),
          kMaxRows - std::min(kMaxRows, reserved_rows_),
          batch_tokens_ - std::min(batch_tokens_, used)};
}

bool LaneRoom::take(const Segment& segment) {
  const std::size_t rows = segment.search.beam;
  const std::size_t tokens = segment.source.size() + rows;
  if (!empty_ && (segments_ == 0 || rows > rows_ || tokens > tokens_)) return false;
  empty_ = false;
  segments_ -= std::min<std::size_t>(segments_, 1);
  rows_ -= std::min(rows_, rows);
  tokens_ -= std::min(tokens_, tokens);
  return true;
}

std::unique_ptr<Lane::Live> Lane::fresh() {
  if (spare_.empty()) return std::make_unique<Live>();
  auto live = std::move(spare_.back());
  spare_.pop_back();
  return live;
}

void Lane::admit(std::list<Segment>& segments) {
  const std::size_t first_new = live_.size();
  live_.reserve(first_new + segments.size());
  // Ending a segment must not need memory.
  spare_.reserve(spare_.size() + first_new + segments.size());
  for (Segment& segment : segments) {
    auto live = fresh();
    segment.search.src_len = segment.source.size();
    live->search =
        segment.make_search ? segment.make_search(segment.search) : make_search(segment.search);
    if (!segment.candidates.empty()) {
      choose_outputs(network_->weights().head, segment.candidates, live->columns.head);
    }
    if (segment.attention) {
      live->attention = std::make_unique<AttentionRecord>(network_->architecture());
    }
    source_tokens_ += segment.source.size();
    reserved_rows_ += segment.search.beam;
    live->segment = std::exchange(segment, {});
    live->columns.ids = live->segment.candidates;
    live_.push_back(std::move(live));
  }
  for (std::size_t first = first_new; first < live_.size();) {
    std::size_t last = first;
    std::size_t tokens = 0;
    while (last < live_.size() &&
           (tokens == 0 || tokens + live_[last]->segment.source.size() <= kEncodeTokens)) {
      tokens += live_[last++]->segment.source.size();
    }
    encode_group(first, last);
    first = last;
  }
}

void Lane::encode_group(std::size_t first, std::size_t last) {
  sources_.clear();
  source_lengths_.clear();
  caches_.clear();
  for (std::size_t i = first; i < last; ++i) {
    sources_.push_back({live_[i]->segment.source, live_[i]->attention.get()});
    source_lengths_.push_back(live_[i]->segment.source.size());
    caches_.push_back(&live_[i]->cache);
  }
  clock().start();
  const float* encoded = encode(*network_, sources_, encoder_scratch_);
  clock().lap(Phase::encode);
  remember_sources(*network_, encoded, caches_, source_lengths_, decoder_scratch_);
  clock().lap(Phase::source_memory);
  if (clock().on()) count_encoded();
}

void Lane::count_encoded() {
  Profile& counts = clock().counts();
  ++counts.encoder_passes;
  for (const std::size_t length : source_lengths_) {
    counts.source_tokens += length;
    counts.encoder_pairs += length * length;
  }
}

void Lane::use_team(Team* team) {
  encoder_scratch_.linear.team = team;
  decoder_scratch_.linear.team = team;
  output_scratch_.linear.team = team;
}

void Lane::step() {
  clock().start();
  prepare_step();
  const float* hidden = decode_step(*network_, step_, blocks_, decoder_scratch_);
  score_rows(hidden);
  clock().lap(Phase::output);
  if (clock().on()) count_step();
  advance_all();
  clock().lap(Phase::search);
  clock().flush();
}

void Lane::count_step() {
  Profile& counts = clock().counts();
  ++counts.steps;
  for (const StepSegment& segment : step_) {
    const std::size_t positions = segment.cache->positions();
    counts.rows += positions;
    counts.cross_pairs += positions * segment.cache->src_len();
    for (std::size_t i = 0; i < positions; ++i) counts.self_pairs += segment.cache->past(i).size();
  }
}

void Lane::prepare_step() {
  step_.clear();
  for (auto& live : live_) {
    live->tokens.clear();
    live->parents.clear();
    const std::size_t fed = live->search->rows().front().before.size() + 1;
    for (const SearchRow& row : live->search->rows()) {
      TRANSEPT_DCHECK(row.before.size() + 1 == fed);
      live->tokens.insert(live->tokens.end(), row.before.begin(), row.before.end());
      live->tokens.push_back(row.token);
      live->parents.push_back(row.parent);
    }
    live->cache.reorder(live->parents);
    live->cache.extend(blocks_, fed);
    if (live->attention) live->attention->begin_step(fed);
    step_.push_back({&live->cache, live->tokens, live->attention.get()});
  }
}

// Lays out what every row asks of the output layer, runs it, and hands the answers over in the
// search's form.
void Lane::score_rows(const float* hidden) {
  std::size_t rows = 0;
  std::size_t specials = 0;
  std::size_t tops = 0;
  for (const auto& live : live_) {
    for (const SearchRow& row : live->search->rows()) {
      ++rows;
      specials += row.special.size();
      tops += row.top;
    }
  }
  special_logits_.resize(std::max(special_logits_.size(), specials));
  top_tokens_.resize(std::max(top_tokens_.size(), tops));
  top_logits_.resize(std::max(top_logits_.size(), tops));
  candidates_.resize(std::max(candidates_.size(), tops));

  const std::size_t d_model = network_->architecture().d_model;
  output_rows_.clear();
  float* special = special_logits_.data();
  std::size_t top = 0;
  for (const auto& live : live_) {
    for (const SearchRow& row : live->search->rows()) {
      hidden += row.before.size() * d_model;
      output_rows_.push_back({.hidden = hidden,
                              .columns = live->columns.ids.empty() ? nullptr : &live->columns,
                              .special = row.special,
                              .special_logits = special,
                              .best = {.tokens = top_tokens_.data() + top,
                                       .logits = top_logits_.data() + top,
                                       .size = 0,
                                       .capacity = row.top},
                              .needs_lse = row.needs_lse,
                              .lse = 0.0f});
      hidden += d_model;
      special += row.special.size();
      top += row.top;
    }
  }
  project_rows(network_->kernels(), network_->weights().head, output_rows_, output_scratch_);

  row_scores_.clear();
  Candidate* candidate = candidates_.data();
  for (const OutputRow& row : output_rows_) {
    for (std::size_t i = 0; i < row.best.size; ++i) {
      candidate[i] = {row.best.tokens[i], row.best.logits[i]};
    }
    row_scores_.push_back({.top = {candidate, row.best.size},
                           .lse = row.lse,
                           .special_logits = {row.special_logits, row.special.size()}});
    candidate += row.best.size;
  }
}

void Lane::advance_all() {
  std::size_t row = 0;
  for (auto& live : live_) {
    const std::size_t count = live->search->rows().size();
    live->search->advance(std::span<const RowScores>(row_scores_).subspan(row, count));
    row += count;
  }
  // From the back, since the last one takes the place of the one that leaves.
  for (std::size_t i = live_.size(); i-- > 0;) {
    if (live_[i]->search->done()) finish(i, hypotheses(*live_[i]));
  }
}

std::vector<SegmentHypothesis> Lane::hypotheses(const Live& live) {
  std::vector<SegmentHypothesis> found;
  for (SearchHypothesis& one : live.search->hypotheses()) found.push_back({std::move(one), {}});
  if (live.attention) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].attention = live.attention->of(live.search->path(i), found[i].ids.size());
    }
  }
  return found;
}

void Lane::finish(std::size_t index, Result<std::vector<SegmentHypothesis>> result) noexcept {
  auto live = std::move(live_[index]);
  live_[index] = std::move(live_.back());
  live_.pop_back();
  source_tokens_ -= live->segment.source.size();
  reserved_rows_ -= live->segment.search.beam;
  live->cache.end(blocks_);
  live->search.reset();
  live->attention.reset();
  const Segment segment = std::exchange(live->segment, {});
  spare_.push_back(std::move(live));
  // Who waits for this segment finds it counted; what `done` does is not the search's time.
  clock().lap(Phase::search);
  clock().flush();
  segment.done(std::move(result));
  clock().start();
}

}  // namespace transept
