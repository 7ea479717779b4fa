#include "model/line.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "engine/base/try.h"
#include "model/guarded.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

Status no_tokenizer() {
  return Status(Code::kNotFound, "the model directory has no tokenizer: it takes ids only");
}

Status too_long(std::size_t tokens, std::size_t limit) {
  return Status(Code::kInput, "the line has " + std::to_string(tokens) +
                                  " tokens, the model takes " + std::to_string(limit) + " at most");
}

bool fits(const OpenModel& model, std::size_t tokens) {
  return model.files.max_source == 0 || tokens <= model.files.max_source;
}

// Cuts an encoder input to `limit` ids (0: none), special tokens at its end stay. True when it was
// longer.
bool truncate(std::vector<std::int32_t>& ids, std::size_t limit,
              const std::vector<std::int32_t>& empty_source) {
  if (limit == 0 || ids.size() <= limit) return false;
  const auto [end, unused] =
      std::mismatch(ids.rbegin(), ids.rend(), empty_source.rbegin(), empty_source.rend());
  const auto specials = static_cast<std::size_t>(std::distance(ids.rbegin(), end));
  const std::size_t kept = limit - std::min(limit, specials);
  ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(kept),
            ids.end() - static_cast<std::ptrdiff_t>(specials));
  return true;
}

SourceText source_text(const OpenModel& model, const TranslateOptions& options) {
  return {*model.files.tokenizer, model.files.unk_id, model.empty_source,
          options.special_tokens ? Specials::as_tokens : Specials::as_text, options.copy_unknown};
}

void add_flag(std::vector<std::string>& flags, const char* flag) {
  if (std::find(flags.begin(), flags.end(), flag) == flags.end()) flags.emplace_back(flag);
}

// Appends a segment, cut if the options ask for it. What the model is not asked about may be long.
Status add_segment(const OpenModel& model, const TranslateOptions& options, SourceSegment segment,
                   PreparedLine& line) {
  if (segment.unknown) add_flag(line.flags, "unknown_source");
  if (!segment.copy) {
    if (truncate(segment.ids, options.truncate_input, model.empty_source))
      add_flag(line.flags, "truncated");
    if (!fits(model, segment.ids.size()))
      return too_long(segment.ids.size(), model.files.max_source);
  }
  line.segments.push_back(std::move(segment));
  return Status();
}

// One segment, as a line of tokens or ids is.
Result<PreparedLine> whole(const OpenModel& model, const TranslateOptions& options,
                           std::vector<std::int32_t> ids, PreparedLine line) {
  SourceSegment segment;
  segment.unknown = all_unknown(source_text(model, options), ids);
  segment.ids = std::move(ids);
  TRANSEPT_RETURN_IF_ERROR(add_segment(model, options, std::move(segment), line));
  return line;
}

// Segments of a text that is too long, or is to be split at each sentence.
Result<PreparedLine> split(const OpenModel& model, const TranslateOptions& options,
                           std::string_view text, PreparedLine line) {
  const SourceText source = source_text(model, options);
  const SplitLine parts =
      model.splitter.split(text, options.split, model.files.max_source, [&](std::string_view part) {
        return source.tokenizer.encode_source(part, Detail::ids_only, source.specials).ids.size();
      });
  const bool is_split = parts.segments.size() > 1 ||
                        (parts.segments.size() == 1 && parts.segments[0].size() < text.size());
  if (parts.segments.size() > 1) line.flags.push_back("split");
  for (const std::string_view part : parts.segments) {
    TRANSEPT_RETURN_IF_ERROR(add_segment(model, options, source_segment(source, part), line));
  }
  if (is_split) line.gaps.assign(parts.gaps.begin(), parts.gaps.end());
  return line;
}

// Fills in what was found for `source`.
void describe(const OpenModel& model, const SourceSegment& source, bool attention,
              std::vector<SearchHypothesis> found, TranslatedSegment& segment) {
  const Tokenizer& tokenizer = *model.files.tokenizer;
  segment.source_ids = source.ids;
  segment.source_tokens.reserve(source.ids.size());
  for (const std::int32_t id : source.ids)
    segment.source_tokens.emplace_back(tokenizer.source_token(id));
  if (source.copy) segment.hypotheses.emplace_back().text = *source.copy;
  segment.hypotheses.reserve(found.size());
  for (SearchHypothesis& one : found) {
    Hypothesis& hypothesis = segment.hypotheses.emplace_back();
    hypothesis.text = tokenizer.decode_target(one.ids);
    if (!source.symbols.empty()) {
      hypothesis.text = with_symbols(tokenizer, source, model.empty_source.size(), one.ids,
                                     one.attention, hypothesis.text);
    }
    hypothesis.tokens.reserve(one.ids.size());
    for (const std::int32_t id : one.ids)
      hypothesis.tokens.emplace_back(tokenizer.target_token(id));
    hypothesis.ids = std::move(one.ids);
    hypothesis.token_scores = std::move(one.token_scores);
    hypothesis.sum = one.sum;
    hypothesis.score = one.score;
    if (attention) hypothesis.attention = std::move(one.attention);
  }
}

// One line while its segments are with the scheduler; shared by their callbacks.
class LineInFlight {
 public:
  LineInFlight(const LineRun& run, PreparedLine line, std::function<void(Result<Translation>)> done)
      : model_(run.model),
        attention_(run.attention),
        max_length_(run.search.max_length),
        sources_(std::move(line.segments)),
        gaps_(std::move(line.gaps)),
        done_(std::move(done)),
        remaining_(sources_.size()) {
    result_.flags = std::move(line.flags);
    result_.segments.resize(sources_.size());
  }

  // Segments end in any order, on any thread.
  void segment_done(std::size_t index, Result<std::vector<SearchHypothesis>> found) {
    Status status = found.status();
    if (status.ok()) {
      const PhaseSpan span(model_.profile.get(), Phase::detokenize);
      status = guarded([&] {
        describe(model_, sources_[index], attention_, *std::move(found), result_.segments[index]);
        return Status();
      });
    }
    if (!status.ok()) {
      const std::lock_guard lock(mutex_);
      if (error_.ok()) error_ = std::move(status);
    }
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) == 1) finish();
  }

  // Hands over the line. REQUIRES: no segment is left.
  void finish() {
    if (error_.ok())
      error_ = guarded([&] {
        join();
        return Status();
      });
    if (!error_.ok()) return done_(std::move(error_));
    done_(std::move(result_));
  }

  const std::vector<SourceSegment>& sources() const { return sources_; }

 private:
  void join() {
    bool at_bound = false;
    for (std::size_t i = 0; i < result_.segments.size(); ++i) {
      if (!gaps_.empty()) result_.text += gaps_[i];
      const std::vector<Hypothesis>& hypotheses = result_.segments[i].hypotheses;
      if (hypotheses.empty()) continue;
      result_.text += hypotheses.front().text;
      at_bound = at_bound || hypotheses.front().ids.size() >= max_length_;
    }
    if (!gaps_.empty()) result_.text += gaps_.back();
    if (at_bound) result_.flags.push_back("max-length");
  }

  const OpenModel& model_;
  const bool attention_;
  const std::size_t max_length_;
  const std::vector<SourceSegment> sources_;
  const std::vector<std::string> gaps_;
  const std::function<void(Result<Translation>)> done_;
  std::atomic<std::size_t> remaining_;
  Translation result_;
  std::mutex mutex_;
  Status error_;  // the first one
};

}  // namespace

Result<PreparedLine> prepare_text(const OpenModel& model, const TranslateOptions& options,
                                  std::string_view text) {
  if (!model.reads_text) return no_tokenizer();
  const PhaseSpan span(model.profile.get(), Phase::tokenize);
  PreparedLine line;
  std::string repaired;
  if (utf8_valid_prefix(text) < text.size()) {
    std::size_t replaced = 0;
    repaired = utf8_repair(text, replaced);
    text = repaired;
    line.flags.push_back("invalid-utf8");
  }

  if (options.split != Split::sentences) {
    SourceSegment segment = source_segment(source_text(model, options), text);
    if (segment.ids == model.empty_source && !segment.copy) {
      if (segment.unknown) add_flag(line.flags, "unknown_source");
      return line;
    }
    if (options.split == Split::none || options.truncate_input > 0 || segment.copy ||
        fits(model, segment.ids.size())) {
      TRANSEPT_RETURN_IF_ERROR(add_segment(model, options, std::move(segment), line));
      return line;
    }
  }
  return split(model, options, text, std::move(line));
}

Result<PreparedLine> prepare_tokens(const OpenModel& model, const TranslateOptions& options,
                                    std::span<const std::string> tokens) {
  if (!model.reads_text) return no_tokenizer();
  const PhaseSpan span(model.profile.get(), Phase::tokenize);
  if (tokens.empty()) return PreparedLine{};
  PreparedLine line;
  std::vector<std::int32_t> ids;
  ids.reserve(tokens.size() + model.empty_source.size());
  for (const std::string& token : tokens) {
    // No vocabulary has such a piece: it is unknown, and counted as in a text.
    if (line.flags.empty() && utf8_valid_prefix(token) < token.size())
      line.flags.push_back("invalid-utf8");
    const std::int32_t id = model.files.tokenizer->source_id(token);
    ids.push_back(id >= 0 ? id : model.files.unk_id);
  }
  // The special tokens of an empty text follow the pieces.
  ids.insert(ids.end(), model.empty_source.begin(), model.empty_source.end());
  return whole(model, options, std::move(ids), std::move(line));
}

Status check_source_ids(const OpenModel& model, std::span<const std::int32_t> ids) {
  const std::size_t vocab = model.files.architecture.src_vocab;
  for (const std::int32_t id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= vocab) {
      return Status(Code::kInput, "id " + std::to_string(id) + " is outside the vocabulary of " +
                                      std::to_string(vocab) + " ids");
    }
  }
  return Status();
}

Result<PreparedLine> prepare_ids(const OpenModel& model, const TranslateOptions& options,
                                 std::span<const std::int32_t> ids) {
  if (ids.empty()) return PreparedLine{};
  TRANSEPT_RETURN_IF_ERROR(check_source_ids(model, ids));
  return whole(model, options, {ids.begin(), ids.end()}, {});
}

void add_segments(const LineRun& run, PreparedLine line,
                  std::function<void(Result<Translation>)> done, std::vector<Segment>& out) {
  const auto in_flight = std::make_shared<LineInFlight>(run, std::move(line), std::move(done));
  if (in_flight->sources().empty()) return in_flight->finish();
  for (std::size_t i = 0; i < in_flight->sources().size(); ++i) {
    const SourceSegment& source = in_flight->sources()[i];
    if (source.copy) {
      in_flight->segment_done(i, std::vector<SearchHypothesis>());
      continue;
    }
    Segment& segment = out.emplace_back();
    segment.source = source.ids;
    segment.search = run.search;
    if (run.model.shortlist)
      segment.candidates = run.model.shortlist->candidates(segment.source, run.search.end);
    segment.attention = run.attention || !source.symbols.empty();
    segment.cancelled = run.cancelled;
    segment.done = [in_flight, i](Result<std::vector<SearchHypothesis>> found) {
      in_flight->segment_done(i, std::move(found));
    };
  }
}

}  // namespace transept
