#include "model/line.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "engine/base/try.h"
#include "model/guarded.h"
#include "model/language_prefix.h"
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

// One segment, cut if the options ask for it.
Result<PreparedLine> whole(const OpenModel& model, const TranslateOptions& options,
                           std::vector<std::int32_t> ids, PreparedLine line) {
  if (truncate(ids, options.truncate_input, model.empty_source)) line.flags.push_back("truncated");
  if (!fits(model, ids.size())) return too_long(ids.size(), model.files.max_source);
  line.segments.push_back(std::move(ids));
  return line;
}

// With what tells the language in front.
std::vector<std::int32_t> encode_segment(const OpenModel& model, const LanguagePrefix& prefix,
                                         std::string_view text) {
  const Tokenizer& tokenizer = *model.files.tokenizer;
  if (prefix.text.empty()) return tokenizer.encode_source(text, Detail::ids_only).ids;
  return tokenizer.encode_source(prefix.text + std::string(text), Detail::ids_only).ids;
}

// Nothing is in the text but what was put in front of it, which made `tokens` of both.
bool is_blank(const OpenModel& model, std::string_view text, std::size_t tokens) {
  return tokens <= model.empty_source.size() + 1 &&
         model.files.tokenizer->encode_source(text, Detail::ids_only).ids == model.empty_source;
}

// Segments of a text that is too long, or is to be split at each sentence.
Result<PreparedLine> split(const OpenModel& model, const TranslateOptions& options,
                           const LanguagePrefix& prefix, std::string_view text, PreparedLine line) {
  const auto encode = [&](std::string_view part) { return encode_segment(model, prefix, part); };
  const SplitLine parts =
      model.splitter.split(text, options.split, model.files.max_source,
                           [&](std::string_view part) { return encode(part).size(); });
  const bool is_split = parts.segments.size() > 1 ||
                        (parts.segments.size() == 1 && parts.segments[0].size() < text.size());
  bool cut = false;
  for (std::size_t i = 0; i < parts.segments.size(); ++i) {
    std::vector<std::int32_t> ids = encode(parts.segments[i]);
    cut |= truncate(ids, options.truncate_input, model.empty_source);
    if (!fits(model, ids.size())) return too_long(ids.size(), model.files.max_source);
    line.segments.push_back(std::move(ids));
  }
  if (is_split) {
    line.gaps.assign(parts.gaps.begin(), parts.gaps.end());
    if (parts.segments.size() > 1) line.flags.push_back("split");
  }
  if (cut) line.flags.push_back("truncated");
  return line;
}

// Fills in what was found for segment.source_ids.
void describe(const Tokenizer& tokenizer, std::vector<SearchHypothesis> found,
              TranslatedSegment& segment) {
  segment.source_tokens.reserve(segment.source_ids.size());
  for (const std::int32_t id : segment.source_ids) {
    segment.source_tokens.emplace_back(tokenizer.source_token(id));
  }
  segment.hypotheses.reserve(found.size());
  for (SearchHypothesis& one : found) {
    Hypothesis& hypothesis = segment.hypotheses.emplace_back();
    hypothesis.text = tokenizer.decode_target(one.ids);
    hypothesis.tokens.reserve(one.ids.size());
    for (const std::int32_t id : one.ids)
      hypothesis.tokens.emplace_back(tokenizer.target_token(id));
    hypothesis.ids = std::move(one.ids);
    hypothesis.token_scores = std::move(one.token_scores);
    hypothesis.sum = one.sum;
    hypothesis.score = one.score;
    hypothesis.attention = std::move(one.attention);
  }
}

// One line while its segments are with the scheduler; shared by their callbacks.
class LineInFlight {
 public:
  LineInFlight(const LineRun& run, PreparedLine line, std::function<void(Result<Translation>)> done)
      : tokenizer_(*run.model.files.tokenizer),
        profile_(run.model.profile.get()),
        max_length_(run.search.max_length),
        gaps_(std::move(line.gaps)),
        done_(std::move(done)),
        remaining_(line.segments.size()) {
    result_.flags = std::move(line.flags);
    result_.segments.resize(line.segments.size());
    for (std::size_t i = 0; i < line.segments.size(); ++i) {
      result_.segments[i].source_ids = std::move(line.segments[i]);
    }
  }

  // Segments end in any order, on any thread.
  void segment_done(std::size_t index, Result<std::vector<SearchHypothesis>> found) {
    Status status = found.status();
    if (status.ok()) {
      if (found->front().repetition) repetition_.store(true, std::memory_order_relaxed);
      const PhaseSpan span(profile_, Phase::detokenize);
      status = guarded([&] {
        describe(tokenizer_, *std::move(found), result_.segments[index]);
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

  const std::vector<TranslatedSegment>& segments() const { return result_.segments; }

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
    if (repetition_) result_.flags.push_back("repetition");
  }

  const Tokenizer& tokenizer_;
  ProfileTotals* const profile_;
  const std::size_t max_length_;
  const std::vector<std::string> gaps_;
  const std::function<void(Result<Translation>)> done_;
  std::atomic<std::size_t> remaining_;
  std::atomic<bool> repetition_ = false;  // of the best hypothesis of a segment
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
  line.loop_guard = options.loop_guard.value_or(true);
  std::string repaired;
  if (utf8_valid_prefix(text) < text.size()) {
    std::size_t replaced = 0;
    repaired = utf8_repair(text, replaced);
    text = repaired;
    line.flags.push_back("invalid-utf8");
  }

  TRANSEPT_ASSIGN_OR_RETURN(const LanguagePrefix prefix, language_prefix(model, options, text));
  if (prefix.is_unknown) line.flags.push_back("unknown-language");
  text.remove_prefix(prefix.taken);
  if (options.split != Split::sentences) {
    std::vector<std::int32_t> ids = encode_segment(model, prefix, text);
    const bool blank =
        prefix.added.empty() ? ids == model.empty_source : is_blank(model, text, ids.size());
    if (blank) return line;
    if (options.split == Split::none || options.truncate_input > 0 || fits(model, ids.size())) {
      return whole(model, options, std::move(ids), std::move(line));
    }
  }
  return split(model, options, prefix, text, std::move(line));
}

Result<PreparedLine> prepare_tokens(const OpenModel& model, const TranslateOptions& options,
                                    std::span<const std::string> tokens) {
  if (!model.reads_text) return no_tokenizer();
  const PhaseSpan span(model.profile.get(), Phase::tokenize);
  if (tokens.empty()) return PreparedLine{};
  PreparedLine line;
  line.loop_guard = options.loop_guard.value_or(false);
  std::vector<std::int32_t> ids;
  ids.reserve(tokens.size() + model.empty_source.size() + 1);
  TRANSEPT_ASSIGN_OR_RETURN(const LanguagePrefix prefix,
                            language_prefix(model, options, tokens.front()));
  if (prefix.is_unknown) line.flags.push_back("unknown-language");
  if (!prefix.added.empty()) ids.push_back(model.files.tokenizer->source_id(prefix.added));
  bool is_invalid = false;
  for (const std::string& token : tokens) {
    // No vocabulary has such a piece: it is unknown, and counted as in a text.
    is_invalid |= utf8_valid_prefix(token) < token.size();
    const std::int32_t id = model.files.tokenizer->source_id(token);
    ids.push_back(id >= 0 ? id : model.files.unk_id);
  }
  if (is_invalid) line.flags.push_back("invalid-utf8");
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
  PreparedLine line;
  line.loop_guard = options.loop_guard.value_or(false);
  return whole(model, options, {ids.begin(), ids.end()}, std::move(line));
}

void add_segments(const LineRun& run, PreparedLine line,
                  std::function<void(Result<Translation>)> done, std::vector<Segment>& out) {
  const bool loop_guard = line.loop_guard;
  const auto in_flight = std::make_shared<LineInFlight>(run, std::move(line), std::move(done));
  if (in_flight->segments().empty()) return in_flight->finish();
  for (std::size_t i = 0; i < in_flight->segments().size(); ++i) {
    Segment& segment = out.emplace_back();
    segment.source = in_flight->segments()[i].source_ids;
    segment.search = run.search;
    segment.search.loop_guard = loop_guard;
    if (run.model.shortlist)
      segment.candidates = run.model.shortlist->candidates(segment.source, run.search.end);
    segment.attention = run.attention;
    segment.cancelled = run.cancelled;
    segment.done = [in_flight, i](Result<std::vector<SearchHypothesis>> found) {
      in_flight->segment_done(i, std::move(found));
    };
  }
}

}  // namespace transept
