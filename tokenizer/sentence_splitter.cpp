#include "tokenizer/sentence_splitter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tokenizer/abbreviations.h"
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

// Places inside a text where it may be cut, ascending.
struct CutPoints {
  std::vector<std::size_t> clauses;
  std::vector<std::size_t> blanks;
};

CutPoints find_cut_points(std::string_view text) {
  CutPoints points;
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Char c = utf8_first(text.substr(at));
    const std::string_view before = text.substr(0, at);
    if (at > 0 && is_space(c.code)) {
      points.blanks.push_back(at);
      if (ends_with_any(before, kClauseEnds)) points.clauses.push_back(at);
    } else if (ends_with_any(before, kClauseEndsWithoutBlank)) {
      points.clauses.push_back(at);
    }
    at += c.length;
  }
  return points;
}

// Cuts one text that is too long, from the front.
class Cutter {
 public:
  Cutter(std::string_view text, std::size_t limit, const SentenceSplitter::Count& count,
         const TextBoundaries& boundaries)
      : text_(text),
        limit_(limit),
        count_(count),
        boundaries_(boundaries),
        points_(find_cut_points(text)) {}

  // The end of the segment that begins at `begin`; text.size() when the rest fits.
  std::size_t next(std::size_t begin) {
    const std::size_t reach = furthest_fit(begin);
    if (reach == text_.size()) return reach;
    for (const std::vector<std::size_t>* points : {&points_.clauses, &points_.blanks}) {
      if (const std::size_t end = last_fitting(*points, begin, reach); end > begin) return end;
    }
    // `begin` is a boundary, so what lies before need not be looked at.
    auto graphemes = boundaries_.graphemes(text_.substr(begin));
    std::size_t length = graphemes.at_or_before(reach - begin);
    while (length > 0 && !fits(begin, begin + length)) length = graphemes.at_or_before(length - 1);
    return begin + (length > 0 ? length : graphemes.after(0));
  }

 private:
  bool fits(std::size_t begin, std::size_t end) const {
    return count_(strip(text_.substr(begin, end - begin))) <= limit_;
  }

  // A character boundary at or before `at`.
  std::size_t align(std::size_t at) const {
    if (at >= text_.size()) return text_.size();
    while (at > 0 && (static_cast<unsigned char>(text_[at]) & 0xC0u) == 0x80u) --at;
    return at;
  }

  // About how far a segment may reach: doubled, then halved until known to about 3 %. The first
  // guess is what fitted last time, so that each segment costs a few counts of about its own
  // length.
  std::size_t furthest_fit(std::size_t begin) {
    std::size_t length = guess_;
    std::size_t good = begin;
    std::size_t bad = 0;
    while (bad == 0) {
      const std::size_t end = align(begin + length);
      if (end <= good) {
        length *= 2;
      } else if (fits(begin, end)) {
        good = end;
        if (good == text_.size()) return good;
        length *= 2;
      } else {
        bad = end;
      }
    }
    while (bad - good > std::max<std::size_t>(1, (good - begin) / 32)) {
      const std::size_t middle = align(good + (bad - good) / 2);
      if (middle <= good) break;
      (fits(begin, middle) ? good : bad) = middle;
    }
    guess_ = std::max<std::size_t>(16, good - begin + (good - begin) / 8);
    return good;
  }

  // The last of `points` in (begin, reach] up to which the text fits; begin when there is none.
  std::size_t last_fitting(const std::vector<std::size_t>& points, std::size_t begin,
                           std::size_t reach) const {
    const auto first = std::upper_bound(points.begin(), points.end(), begin);
    auto last = std::upper_bound(first, points.end(), reach);
    while (last != first) {
      --last;
      if (fits(begin, *last)) return *last;
    }
    return begin;
  }

  std::string_view text_;
  std::size_t limit_;
  const SentenceSplitter::Count& count_;
  const TextBoundaries& boundaries_;
  CutPoints points_;
  std::size_t guess_ = 256;
};

}  // namespace

SentenceSplitter::SentenceSplitter(std::string language)
    : language_(std::move(language)), boundaries_(language_) {}

SplitLine SentenceSplitter::split(std::string_view line, Split mode, std::size_t limit,
                                  const Count& count) const {
  SplitLine result;
  if (strip(line).empty()) {
    result.gaps.push_back(line);
    return result;
  }
  const bool fits = limit == 0 || mode == Split::none || count(line) <= limit;
  if (mode == Split::none || line.size() > INT32_MAX || (mode == Split::automatic && fits)) {
    result.segments.push_back(line);
    result.gaps.assign(2, std::string_view());
    return result;
  }

  std::size_t done = 0;  // everything before is in a segment or a gap
  const auto add = [&](std::size_t begin, std::size_t end) {
    const std::string_view segment = strip(line.substr(begin, end - begin));
    if (segment.empty()) return;
    const auto from = static_cast<std::size_t>(segment.data() - line.data());
    result.gaps.push_back(line.substr(done, from - done));
    result.segments.push_back(segment);
    done = from + segment.size();
  };

  std::size_t begin = 0;
  for (const std::size_t end : boundaries_.sentence_ends(line)) {
    const std::string_view sentence = strip(line.substr(begin, end - begin));
    if (end < line.size() && is_abbreviation(sentence, line.substr(end), language_)) continue;
    if (limit == 0 || sentence.empty() || count(sentence) <= limit) {
      add(begin, end);
    } else {
      Cutter cutter(sentence, limit, count, boundaries_);
      const auto base = static_cast<std::size_t>(sentence.data() - line.data());
      for (std::size_t at = 0; at < sentence.size();) {
        const std::size_t next = cutter.next(at);
        add(base + at, base + next);
        at = next;
      }
    }
    begin = end;
  }
  result.gaps.push_back(line.substr(done));
  if (result.segments.size() == 1 && fits) {
    result.segments.front() = line;
    result.gaps.assign(2, std::string_view());
  }
  return result;
}

}  // namespace transept
