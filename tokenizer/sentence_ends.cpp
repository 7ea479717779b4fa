#include "tokenizer/sentence_ends.h"

#include <algorithm>
#include <string>

#include "tokenizer/characters.h"
#include "tokenizer/utf8.h"
#include "tokenizer/words_at_stops.h"

namespace transept {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr char32_t kBurmeseComma = 0x104A;  // which Unicode counts among the full stops
constexpr auto kNone = std::string_view::npos;

// A sentence up to a place, taken apart from its end: [text][terminator][closers][gap].
struct Tail {
  std::string_view text;  // up to and with the terminator
  char32_t terminator = 0;
  bool closed = false;     // quotation marks or brackets behind the terminator
  bool quoted = false;     // ... quotation marks
  bool gap = false;        // white space behind that
  bool separated = false;  // ... which ends a paragraph
};

Tail take_apart(std::string_view text) {
  Tail tail;
  const std::string_view stripped = strip_right(text);
  for (std::string_view gap = text.substr(stripped.size()); !gap.empty();) {
    const Utf8Char c = utf8_first(gap);
    tail.gap = true;
    tail.separated = tail.separated || is_separator(c.code);
    gap.remove_prefix(c.length);
  }
  tail.text = stripped;
  while (!tail.text.empty()) {
    const Utf8Char c = utf8_last(tail.text);
    if (!is_close(c.code)) break;
    tail.closed = true;
    tail.quoted = tail.quoted || is_quote(c.code);
    tail.text.remove_suffix(c.length);
    tail.text = strip_right(tail.text);  // « Oui. »
  }
  if (!tail.text.empty()) tail.terminator = utf8_last(tail.text).code;
  return tail;
}

// Fewer than two words: "Well..."
bool is_one_word(std::string_view text) {
  const std::string_view stripped = strip(text);
  return stripped.size() <= kFar && stripped.find(' ') == kNone;
}

// True when an ellipsis is but a pause: behind a single word, or in front of the same word again.
bool is_pause(std::string_view sentence, const Ahead& ahead) {
  std::string_view words = sentence;
  while (words.ends_with('.')) words.remove_suffix(1);
  if (words.ends_with(kEllipsis)) words.remove_suffix(kEllipsis.size());
  if (is_one_word(words)) return true;
  std::string last;
  append_small(last, last_word(words));
  return last == ahead.word;
}

// Closing marks in front of `text` and the white space behind them, where they belong to what is
// before: "« Oui. » Il part".
std::size_t closing_prefix(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const Utf8Char c = utf8_first(text.substr(length));
    if (!is_close(c.code) || is_opening(c.code)) break;
    const std::size_t behind = length + c.length;
    if (behind < text.size()) {
      const char32_t next = utf8_first(text.substr(behind)).code;
      if (!is_space(next) && !is_close(next) && next != ',' && next != '.' && next != ';') break;
    }
    length = text.size() - strip_left(text.substr(behind)).size();
  }
  return length;
}

}  // namespace

SentenceEnds::SentenceEnds(const TextBoundaries& boundaries, std::string_view text,
                           const LanguageWords& words)
    : boundaries_(boundaries.sentences(text)),
      text_(text),
      words_(words),
      marks_{Mark{kEllipsis}, Mark{". \xE2\x80\x94 ", 2}, Mark{". \xE2\x80\x93 ", 2},
             Mark{words.mark}} {}

std::size_t SentenceEnds::next() {
  first_ = kNone;
  small_ = false;
  read_ = begin_;
  while (true) {
    std::size_t end = next_candidate();
    end = end < text_.size() ? end + closing_prefix(text_.substr(end)) : end;
    tried_ = end;
    end = in_front_of_opening(end);
    if (end == tried_) tried_ = end = text_.size() - strip_left(text_.substr(end)).size();
    read_up_to(end);
    if (end == text_.size() || ends_at(end)) {
      begin_ = end;
      return end;
    }
  }
}

// A mark that opens speech belongs to what follows, where no blank tells: 她笑了。“谢谢你。”
std::size_t SentenceEnds::in_front_of_opening(std::size_t end) const {
  if (end == text_.size() || is_space(utf8_first(text_.substr(end)).code)) return end;
  std::size_t front = end;
  while (front > begin_) {
    const Utf8Char c = utf8_last(text_.substr(begin_, front - begin_));
    if (!is_opening(c.code)) break;
    front -= c.length;
  }
  return front > begin_ ? front : end;
}

// The next place behind all before where a sentence may end.
std::size_t SentenceEnds::next_candidate() {
  while (boundary_ <= tried_ && boundary_ < text_.size()) boundary_ = boundaries_.next();
  std::size_t next = boundary_;
  for (Mark& mark : marks_) next = std::min(next, next_at(mark));
  return next;
}

// The next place at the mark behind all before; text_.size() when there is none.
std::size_t SentenceEnds::next_at(Mark& mark) const {
  while (mark.end <= tried_ && mark.end < text_.size()) {
    const std::size_t found = mark.text.empty() ? kNone : text_.find(mark.text, mark.searched);
    if (found == kNone) return mark.end = text_.size();
    mark.searched = found + mark.text.size();
    if (mark.cut > 0) {
      mark.end = found + mark.cut;
      continue;
    }
    while (mark.searched < text_.size()) {
      const Utf8Char c = utf8_first(text_.substr(mark.searched));
      if (!is_close(c.code)) break;
      mark.searched += c.length;
    }
    const std::size_t word = text_.size() - strip_left(text_.substr(mark.searched)).size();
    if (word > mark.searched) mark.end = mark.searched = word;
  }
  return mark.end;
}

// Looks for the first letter or digit of the sentence in what has not been read of it.
void SentenceEnds::read_up_to(std::size_t end) {
  while (first_ == kNone && read_ < end) {
    const Utf8Char c = utf8_first(text_.substr(read_));
    if (is_alnum(c.code)) {
      first_ = read_;
      small_ = is_small(c.code);
    }
    read_ += c.length;
  }
}

bool SentenceEnds::ends_at(std::size_t end) const {
  const Tail tail = take_apart(text_.substr(begin_, end - begin_));
  if (tail.separated) return true;
  if (first_ >= begin_ + tail.text.size()) return false;  // nothing but signs
  const Ahead ahead = look_ahead(text_.substr(end));
  if (!ahead.found) return false;
  const std::string_view sentence = tail.text.substr(first_ - begin_);
  const bool small = is_small(ahead.first);
  const char32_t next = utf8_first(text_.substr(end)).code;
  const bool inside_word = !tail.gap && !is_unspaced(next) && !is_close(next);
  switch (tail.terminator) {
    case '.':
      if (inside_word) return false;  // "example.com/?q=5.A"
      if (small) return false;
      if (sentence.ends_with("..")) return !is_pause(sentence, ahead);
      return !is_abbreviated(sentence, ahead, words_);
    case kEllipsisCode: return u_isupper(code(ahead.first)) != 0 && !is_pause(sentence, ahead);
    case '!':
    case '?':
      if (inside_word) return false;
      // "Oh! what a day"; but who begins in small letters goes on in small letters.
      if (small && (tail.quoted || !small_)) return false;
      break;
    case ':':
    case ';': return u_isupper(code(ahead.first)) != 0;  // the language's own mark
    case kBurmeseComma: return false;
    default: break;
  }
  if (!tail.quoted) return true;
  return !names_speaker(ahead, words_) &&
         !(is_unspaced(ahead.first) && goes_on_behind_speech(ahead));
}

}  // namespace transept
