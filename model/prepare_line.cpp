#include "model/prepare_line.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "engine/base/try.h"
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
              std::span<const std::int32_t> specials) {
  if (limit == 0 || ids.size() <= limit) return false;
  const auto [end, unused] =
      std::mismatch(ids.rbegin(), ids.rend(), specials.rbegin(), specials.rend());
  const auto at_end = static_cast<std::size_t>(std::distance(ids.rbegin(), end));
  const std::size_t kept = limit - std::min(limit, at_end);
  ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(kept),
            ids.end() - static_cast<std::ptrdiff_t>(at_end));
  return true;
}

SourceText source_text(const OpenModel& model, const TranslateOptions& options) {
  return {*model.files.tokenizer, model.files.unk_id,
          options.text.special_tokens ? Specials::as_tokens : Specials::as_text,
          options.text.copy_unknown};
}

// A segment, its encoder input cut if the options ask for it; what the model is not asked about may
// be long. Errors: kInput when it is too long.
Result<PreparedSegment> whole(const OpenModel& model, const TranslateOptions& options,
                              SourceSegment source) {
  PreparedSegment segment;
  if (!source.copy) {
    segment.truncated = truncate(source.ids, options.text.truncate_input.value_or(0),
                                 model.files.tokenizer->source_specials());
    if (!fits(model, source.ids.size())) return too_long(source.ids.size(), model.files.max_source);
  }
  segment.source = std::move(source);
  return segment;
}

Result<PreparedLine> one_segment(const OpenModel& model, const TranslateOptions& options,
                                 std::vector<std::int32_t> ids, std::vector<std::string> flags) {
  SourceSegment source;
  source.unknown = all_unknown(source_text(model, options), ids);
  source.ids = std::move(ids);
  TRANSEPT_ASSIGN_OR_RETURN(PreparedSegment segment, whole(model, options, std::move(source)));
  segment.loop_guard = options.search.loop_guard.value_or(false);
  PreparedLine line(std::move(segment));
  line.flags = std::move(flags);
  return line;
}

// Takes the first line off `text`, its end ("\n", "\r\n", or nothing at the end of the text) apart.
std::pair<std::string_view, std::string_view> take_line(std::string_view& text) {
  const std::size_t feed = std::min(text.find('\n'), text.size());
  const std::size_t size =
      feed < text.size() && feed > 0 && text[feed - 1] == '\r' ? feed - 1 : feed;
  const std::string_view line = text.substr(0, size);
  const std::string_view end = text.substr(size, feed + 1 - size);
  text.remove_prefix(line.size() + end.size());
  return {line, end};
}

// Texts of more bytes a token than this are not counted: they are longer than any limit.
constexpr std::size_t kBytesPerToken = 256;

// How a request wants its lines split by this model.
Split resolve_split(const OpenModel& model, const TranslateOptions& options) {
  if (options.text.split != Split::automatic) return options.text.split;
  return model.files.single_sentences ? Split::sentences : Split::long_lines;
}

// The smaller of two limits, of which 0 is none.
std::size_t smaller(std::size_t a, std::size_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

}  // namespace

// A text on its way: line by line, and of each line segment by segment.
class PreparedLine::Walk {
 public:
  Walk(const OpenModel& model, const TranslateOptions& options, std::string_view text)
      : model_(model),
        options_(options),
        source_text_(source_text(model, options)),
        mode_(resolve_split(model, options)),
        line_limit_(smaller(model.files.max_source, options.text.max_segment.value_or(0))),
        segment_limit_(options.text.max_segment
                           ? line_limit_
                           : smaller(model.files.max_source, model.files.usual_segment)),
        text_(text) {}

  // Takes the place of the text, which this is a copy of with its errors repaired.
  void own(std::string repaired) {
    owned_ = std::move(repaired);
    text_ = owned_;
  }

  Result<std::optional<PreparedSegment>> next() {
    const PhaseSpan span(model_.profile.get(), Phase::tokenize);
    while (pieces_ || !done_) {
      if (!pieces_) TRANSEPT_RETURN_IF_ERROR(begin_line());
      const auto piece = pieces_->next();
      if (!piece) {
        pieces_.reset();
        gap_ += line_end_;
        continue;
      }
      if (!at_start_) gap_ += piece->gap;
      at_start_ = false;
      SourceSegment source = encode(piece->segment);
      if (is_empty(source)) {
        passed_unknown_ |= source.unknown;
        continue;
      }
      TRANSEPT_ASSIGN_OR_RETURN(PreparedSegment segment,
                                whole(model_, options_, std::move(source)));
      segment.gap = take_gap();
      segment.loop_guard = options_.search.loop_guard.value_or(true);
      return std::optional<PreparedSegment>(std::move(segment));
    }
    return std::optional<PreparedSegment>();
  }

  std::string take_gap() { return std::exchange(gap_, {}); }
  bool passed_unknown() const { return passed_unknown_; }
  bool unknown_language() const { return unknown_language_; }

 private:
  // Nothing that the vocabulary knows of, but for a code that was put in front of it.
  bool is_empty(const SourceSegment& source) const {
    if (source.copy) return false;
    const std::size_t codes = prefix_.added.empty() ? 0 : source.codes;
    return std::ranges::equal(std::span(source.ids).subspan(codes),
                              model_.files.tokenizer->source_specials());
  }

  Status begin_line() {
    std::string_view line = std::exchange(text_, {});
    line_end_ = {};
    if (mode_ != Split::none) {
      text_ = line;
      std::tie(line, line_end_) = take_line(text_);
    }
    done_ = text_.empty();
    at_start_ = true;
    TRANSEPT_ASSIGN_OR_RETURN(prefix_, language_prefix(model_, options_, line));
    unknown_language_ |= prefix_.is_unknown;
    line.remove_prefix(prefix_.taken);
    const bool as_it_is =
        mode_ == Split::none ||
        (options_.text.split == Split::automatic && options_.text.truncate_input.value_or(0) > 0) ||
        (mode_ == Split::long_lines &&
         (line_limit_ == 0 || count(line, line_limit_) <= line_limit_));
    pieces_.emplace(model_.splitter.walk(
        line, as_it_is ? Split::none : Split::sentences, segment_limit_,
        [this](std::string_view part) { return count(part, segment_limit_); },
        model_.text_language(options_)));
    return Status();
  }

  // The number of tokens of `part`, at least up to `limit`.
  std::size_t count(std::string_view part, std::size_t limit) {
    if (limit > 0 && part.size() / kBytesPerToken > limit) return limit + 1;
    if (part.data() != counted_.data() || part.size() != counted_.size()) {
      counted_segment_ = prefix_.text.empty()
                             ? source_segment(source_text_, part)
                             : source_segment(source_text_, prefix_.text + std::string(part));
      counted_ = part;
    }
    return counted_segment_.ids.size();
  }

  // What was counted last is mostly what becomes a segment.
  SourceSegment encode(std::string_view part) {
    count(part, 0);
    counted_ = {};
    return std::move(counted_segment_);
  }

  const OpenModel& model_;
  const TranslateOptions& options_;
  const SourceText source_text_;
  const Split mode_;
  const std::size_t line_limit_;     // tokens of a line that is not split; 0: no limit
  const std::size_t segment_limit_;  // tokens of what is cut; 0: no limit
  std::string owned_;
  std::string_view text_;  // what has not been begun
  bool done_ = false;      // there is no further line
  std::string_view line_end_;
  LanguagePrefix prefix_;              // of the line that is begun
  std::optional<SegmentWalk> pieces_;  // of it
  bool at_start_ = true;               // of it: no segment yet
  std::string gap_;                    // what was passed since the last segment
  bool passed_unknown_ = false;
  bool unknown_language_ = false;
  std::string_view counted_;  // what counted_segment_ is of
  SourceSegment counted_segment_;
};

PreparedLine::PreparedLine(std::optional<PreparedSegment> only) : ready_(std::move(only)) {}
PreparedLine::~PreparedLine() = default;
PreparedLine::PreparedLine(PreparedLine&&) noexcept = default;
PreparedLine& PreparedLine::operator=(PreparedLine&&) noexcept = default;

Result<std::optional<PreparedSegment>> PreparedLine::next() {
  if (ready_) return std::exchange(ready_, std::nullopt);
  if (walk_ == nullptr) return std::optional<PreparedSegment>();
  return walk_->next();
}

std::string PreparedLine::take_gap() { return walk_ != nullptr ? walk_->take_gap() : ""; }

std::vector<std::string> PreparedLine::late_flags() const {
  std::vector<std::string> late;
  if (walk_ != nullptr && walk_->passed_unknown()) late.emplace_back("unknown_source");
  if (walk_ != nullptr && walk_->unknown_language()) late.emplace_back("unknown-language");
  return late;
}

Result<PreparedLine> prepare_text(const OpenModel& model, const TranslateOptions& options,
                                  std::string_view text) {
  if (!model.reads_text) return no_tokenizer();
  PreparedLine line;
  line.walk_ = std::make_unique<PreparedLine::Walk>(model, options, text);
  if (utf8_valid_prefix(text) < text.size()) {
    std::size_t replaced = 0;
    line.walk_->own(utf8_repair(text, replaced));
    line.flags.push_back("invalid-utf8");
  }
  // So that an error is found before anything is run; mostly this is all there is.
  TRANSEPT_ASSIGN_OR_RETURN(line.ready_, line.walk_->next());
  return line;
}

Result<PreparedLine> prepare_tokens(const OpenModel& model, const TranslateOptions& options,
                                    std::span<const std::string> tokens) {
  if (!model.reads_text) return no_tokenizer();
  const PhaseSpan span(model.profile.get(), Phase::tokenize);
  if (tokens.empty()) return PreparedLine();
  std::vector<std::string> flags;
  std::vector<std::int32_t> ids;
  const auto specials = model.files.tokenizer->source_specials();
  ids.reserve(tokens.size() + specials.size() + 1);
  TRANSEPT_ASSIGN_OR_RETURN(const LanguagePrefix prefix,
                            language_prefix(model, options, tokens.front()));
  if (!prefix.added.empty()) ids.push_back(model.files.tokenizer->source_id(prefix.added));
  bool is_invalid = false;
  for (const std::string& token : tokens) {
    // No vocabulary has such a piece: it is unknown, and counted as in a text.
    is_invalid |= utf8_valid_prefix(token) < token.size();
    const std::int32_t id = model.files.tokenizer->source_id(token);
    ids.push_back(id >= 0 ? id : model.files.unk_id);
  }
  if (is_invalid) flags.push_back("invalid-utf8");
  if (prefix.is_unknown) flags.push_back("unknown-language");
  // The special tokens of an empty text follow the pieces.
  ids.insert(ids.end(), specials.begin(), specials.end());
  return one_segment(model, options, std::move(ids), std::move(flags));
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
  if (ids.empty()) return PreparedLine();
  TRANSEPT_RETURN_IF_ERROR(check_source_ids(model, ids));
  return one_segment(model, options, {ids.begin(), ids.end()}, {});
}

}  // namespace transept
