#include "tokenizer/sentence_splitter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "tokenizer/abbreviations.h"
#include "tokenizer/one_sentence.h"
#include "tokenizer/sentence_ends.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

// Punctuation behind which a clause ends. The ASCII and Latin ones count only in front of a blank.
constexpr std::array<std::string_view, 10> kClauseEnds = {
    ",",        ";",        ":", "\xE2\x80\x93", "\xE2\x80\x94",  // , ; : en dash, em dash
    "\xD8\x8C", "\xD8\x9B",                                       // Arabic comma and semicolon
    ")",        "!",        "?"};
constexpr std::array<std::string_view, 5> kClauseEndsWithoutBlank = {
    "\xE3\x80\x81", "\xEF\xBC\x8C", "\xEF\xBC\x9B", "\xEF\xBC\x9A", "\xE3\x80\x82"};  // 、，；：。

template <std::size_t size>
bool ends_with_any(std::string_view text, const std::array<std::string_view, size>& ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [text](std::string_view e) { return text.ends_with(e); });
}

// A character boundary at or before `at`.
std::size_t align(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u) --at;
  return at;
}

// Lengths to be tried first: about as many bytes as so many tokens have, or a window.
std::size_t first_guess(std::size_t limit) {
  return std::clamp<std::size_t>(4 * std::min<std::size_t>(limit, 1u << 20), 256, 1u << 16);
}

// Cuts texts that are too long.
class Cutter {
 public:
  Cutter(std::size_t limit, const SegmentWalk::Count& count, const TextBoundaries& boundaries)
      : limit_(limit), count_(count), boundaries_(boundaries), guess_(first_guess(limit)) {}

  // How much of the text's front goes into one segment; text.size() when all of it fits.
  // REQUIRES: !text.empty().
  std::size_t next(std::string_view text) {
    const std::size_t reach = furthest_fit(text);
    if (reach == text.size()) return reach;
    if (const std::size_t end = best_cut(text, reach); end > 0) return end;
    auto graphemes = boundaries_.graphemes(text);
    std::size_t end = graphemes.at_or_before(reach);
    while (end > 0 && !fits(text.substr(0, end))) end = graphemes.at_or_before(end - 1);
    return end > 0 ? end : graphemes.after(0);
  }

 private:
  bool fits(std::string_view text) const { return count_(strip(text)) <= limit_; }

  // About how far a segment may reach: doubled, then halved until known to about 3 %. The first
  // guess is what fitted last time, so that each segment costs a few counts of about its own
  // length.
  std::size_t furthest_fit(std::string_view text) {
    std::size_t length = guess_;
    std::size_t good = 0;
    std::size_t bad = 0;
    while (bad == 0) {
      const std::size_t end = align(text, length);
      if (end <= good) {
        length *= 2;
      } else if (fits(text.substr(0, end))) {
        good = end;
        if (good == text.size()) return good;
        length *= 2;
      } else {
        bad = end;
      }
    }
    while (bad - good > std::max<std::size_t>(1, good / 32)) {
      const std::size_t middle = align(text, good + (bad - good) / 2);
      if (middle <= good) break;
      (fits(text.substr(0, middle)) ? good : bad) = middle;
    }
    guess_ = std::max<std::size_t>(16, good + good / 8);
    return good;
  }

  // The last end of a clause up to `reach` in front of which the text fits, else the last blank; 0
  // when there is neither. What lies in front of `reach` fits but for a few tokens at its end, so
  // that few places need to be tried.
  std::size_t best_cut(std::string_view text, std::size_t reach) const {
    constexpr int kTries = 16;
    int tries = 0;
    std::size_t blank = 0;
    for (std::size_t at = reach; at > 0 && tries < kTries; at = align(text, at - 1)) {
      const bool is_blank = is_space(utf8_first(text.substr(at)).code);
      const bool is_clause = is_blank ? ends_with_any(text.substr(0, at), kClauseEnds)
                                      : ends_with_any(text.substr(0, at), kClauseEndsWithoutBlank);
      if (!is_clause && (!is_blank || blank > 0)) continue;
      if (!fits(text.substr(0, at))) {
        ++tries;
      } else if (is_clause) {
        return at;
      } else {
        blank = at;
      }
    }
    return blank;
  }

  std::size_t limit_;
  const SegmentWalk::Count& count_;
  const TextBoundaries& boundaries_;
  std::size_t guess_;
};

// True when the text has at most `limit` tokens. Of one that has many more only the front is
// counted: tokens change only about the place of a cut.
bool has_at_most(std::size_t limit, std::string_view text, const SegmentWalk::Count& count) {
  for (std::size_t length = 4 * first_guess(limit); length < text.size(); length *= 2) {
    if (count(text.substr(0, align(text, length))) / 2 > limit + 8) return false;
  }
  return count(text) <= limit;
}

}  // namespace

struct SegmentWalk::State {
  State(const TextBoundaries& with, std::string_view of, Split how, std::size_t most,
        Count counting, const LanguageWords& of_language)
      : boundaries(with),
        line(of),
        mode(how),
        limit(most),
        count(std::move(counting)),
        words(of_language),
        cutter(limit, count, boundaries) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool fits() const { return limit == 0 || has_at_most(limit, line, count); }

  std::optional<LinePiece> whole() {
    done = place = content_end = sentence_end = line.size();
    return LinePiece{line.substr(0, 0), line};
  }

  std::optional<LinePiece> first() {
    if (strip_left(line).empty()) {
      place = content_end = sentence_end = line.size();
      return std::nullopt;
    }
    if (mode == Split::none || line.size() > INT32_MAX) return whole();
    if ((mode != Split::sentences || is_surely_one_sentence(line, words)) && fits()) return whole();
    ends.emplace(boundaries, line, words);
    begin_sentence();
    if (mode == Split::sentences && sentence_end == line.size() && fits()) return whole();
    return next();
  }

  void begin_sentence() {
    place = sentence_end;
    sentence_end = ends->next();
    content_end = place + strip_right(line.substr(place, sentence_end - place)).size();
  }

  std::optional<LinePiece> next() {
    while (true) {
      const std::string_view text = strip_left(line.substr(place, content_end - place));
      if (text.empty()) {
        if (sentence_end == line.size()) return std::nullopt;
        begin_sentence();
        continue;
      }
      const std::size_t length = limit == 0 ? text.size() : cutter.next(text);
      const std::string_view segment = strip_right(text.substr(0, length));
      const auto from = static_cast<std::size_t>(text.data() - line.data());
      const LinePiece piece{line.substr(done, from - done), segment};
      place = from + length;
      done = from + segment.size();
      return piece;
    }
  }

  const TextBoundaries& boundaries;
  const std::string_view line;
  const Split mode;
  const std::size_t limit;
  const Count count;
  const LanguageWords& words;
  Cutter cutter;
  std::optional<SentenceEnds> ends;  // none until they are needed
  bool begun = false;
  std::size_t place = 0;         // what is before has been looked at
  std::size_t done = 0;          // ... is in a piece
  std::size_t content_end = 0;   // of the sentence, without the white space behind it
  std::size_t sentence_end = 0;  // with it
};

SegmentWalk::SegmentWalk(std::unique_ptr<State> state) : state_(std::move(state)) {}
SegmentWalk::~SegmentWalk() = default;
SegmentWalk::SegmentWalk(SegmentWalk&&) noexcept = default;
SegmentWalk& SegmentWalk::operator=(SegmentWalk&&) noexcept = default;

std::optional<LinePiece> SegmentWalk::next() {
  return std::exchange(state_->begun, true) ? state_->next() : state_->first();
}

std::string_view SegmentWalk::rest() const { return state_->line.substr(state_->done); }

SegmentWalk SentenceSplitter::walk(std::string_view line, Split mode, std::size_t limit,
                                   Count count, std::string_view language) const {
  return SegmentWalk(std::make_unique<SegmentWalk::State>(
      boundaries_, line, mode, limit, std::move(count), words_of_language(language)));
}

SplitLine SentenceSplitter::split(std::string_view line, Split mode, std::size_t limit, Count count,
                                  std::string_view language) const {
  SplitLine result;
  SegmentWalk pieces = walk(line, mode, limit, std::move(count), language);
  while (const std::optional<LinePiece> piece = pieces.next()) {
    result.gaps.push_back(piece->gap);
    result.segments.push_back(piece->segment);
  }
  result.gaps.push_back(pieces.rest());
  return result;
}

}  // namespace transept
