#include "tokenizer/sentence_ends.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "tokenizer/utf8.h"

namespace transept {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr char32_t kEllipsisCode = 0x2026;
constexpr char32_t kBurmeseComma = 0x104A;  // which Unicode counts among the full stops
constexpr auto kNone = std::string_view::npos;

UChar32 code(char32_t c) { return static_cast<UChar32>(c); }
bool is_alnum(char32_t c) { return u_isalnum(code(c)) != 0; }
bool is_letter(char32_t c) { return u_isalpha(code(c)) != 0; }
bool is_small(char32_t c) { return u_islower(code(c)) != 0; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
// Of those, what opens: but „Ja.“ closes with one of them, too.
bool is_opening(char32_t c) {
  const auto category = u_charType(code(c));
  return category == U_INITIAL_PUNCTUATION || category == U_START_PUNCTUATION;
}
bool is_quote(char32_t c) { return u_hasBinaryProperty(code(c), UCHAR_QUOTATION_MARK) != 0; }
// Quotation marks and brackets, opening or closing.
bool is_close(char32_t c) {
  return u_getIntPropertyValue(code(c), UCHAR_SENTENCE_BREAK) == U_SB_CLOSE;
}
// Ends a paragraph, whatever stands around it.
bool is_separator(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}
// Of a script that is written without blanks.
bool is_unspaced(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}
bool is_hiragana(char32_t c) { return c >= 0x3040 && c <= 0x309F; }

// The last character. REQUIRES: !text.empty(), valid UTF-8.
Utf8Char utf8_last(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 &&
         (static_cast<unsigned char>(text[begin]) & 0xC0u) == 0x80u)
    --begin;
  return utf8_first(text.substr(begin));
}

void append_small(std::string& word, std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = utf8_first(text);
    const auto small = static_cast<char32_t>(u_tolower(code(c.code)));
    if (small < 0x80) {
      word.push_back(static_cast<char>(small));
    } else if (small == c.code) {
      word.append(text.substr(0, c.length));
    } else if (small < 0x800) {
      word.push_back(static_cast<char>(0xC0u | (small >> 6)));
      word.push_back(static_cast<char>(0x80u | (small & 0x3Fu)));
    } else {
      word.append(text.substr(0, c.length));  // no such letter is in the lists
    }
    text.remove_prefix(c.length);
  }
}

// What follows a place: the word there, whatever quotes, brackets and dashes are in front.
struct Ahead {
  bool found = false;  // a letter or digit, not far away
  char32_t first = 0;
  std::string word;       // in small letters, at most kLongest bytes; empty for a number
  bool initial = false;   // one letter with a full stop
  std::string_view rest;  // from the word on
};

constexpr std::size_t kLongest = 24;
constexpr std::size_t kFar = 64;

Ahead look_ahead(std::string_view text) {
  Ahead ahead;
  for (std::size_t at = 0; at < std::min(text.size(), kFar);) {
    const Utf8Char c = utf8_first(text.substr(at));
    if (!is_alnum(c.code)) {
      at += c.length;
      continue;
    }
    ahead.found = true;
    ahead.first = c.code;
    ahead.rest = text.substr(at);
    break;
  }
  std::size_t end = 0;
  std::size_t letters = 0;
  while (end < std::min(ahead.rest.size(), kLongest)) {
    const Utf8Char c = utf8_first(ahead.rest.substr(end));
    if (!is_letter(c.code)) break;
    end += c.length;
    ++letters;
  }
  append_small(ahead.word, ahead.rest.substr(0, end));
  ahead.initial = letters == 1 && ahead.rest.substr(end, 1) == ".";
  return ahead;
}

// Particles of names, which follow initials: "J. La Fontaine", "L. van Beethoven".
constexpr std::string_view kParticles =
    " a da das de del della der des di do dos du e el la las le les lo los o os ter te van von y ";

bool starts_sentences(const LanguageWords& words, const Ahead& ahead, bool behind_initial) {
  if (ahead.initial || (behind_initial && lists(kParticles, ahead.word))) return false;
  return lists(words.starters, ahead.word) || lists(words.starters, ahead.word + "'");
}

// The word a full stop belongs to.
struct Stopped {
  std::string_view raw;
  std::string last;     // in small letters
  std::string chained;  // with the short abbreviations in front, without blanks: "z.b", "j.r.r"
};

// The end of `text` from the last blank, bracket or quotation mark on; longer than kLongest where
// the word is.
std::string_view last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && text.size() - begin <= kLongest) {
    const Utf8Char c = utf8_last(text.substr(0, begin));
    if (is_space(c.code) || is_close(c.code) || c.code == '/' || c.code == 0x2014 ||
        c.code == 0x2013 || c.code == 0xBF || c.code == 0xA1) {
      // "I don't." and "Tom's." end in no initials; "l'avv. Neri" has an abbreviation.
      const bool is_apostrophe = c.code == '\'' || c.code == 0x2019;
      const std::size_t front = begin - c.length;
      if (!is_apostrophe || text.size() - begin > 1 || front == 0 ||
          !is_alnum(utf8_last(text.substr(0, front)).code))
        break;
    }
    begin -= c.length;
  }
  return text.substr(begin);
}

// `sentence` ends with the full stop.
Stopped stopped_word(std::string_view sentence) {
  Stopped word;
  word.raw = last_word(sentence.substr(0, sentence.size() - 1));
  if (word.raw.size() > kLongest) word.raw = {};
  append_small(word.last, word.raw);
  word.chained = word.last;
  std::string_view front = sentence.substr(0, sentence.size() - 1 - word.raw.size());
  for (int parts = 0; parts < 4 && !word.raw.empty(); ++parts) {
    const std::string_view stripped = strip_right(front);
    if (stripped.size() + 3 < front.size() || !stripped.ends_with('.')) break;
    const std::string_view before = last_word(stripped.substr(0, stripped.size() - 1));
    if (before.empty() || before.size() > 4 || is_digit(utf8_last(before).code)) break;
    std::string chained;
    append_small(chained, before);
    word.chained = chained + "." + word.chained;
    front = stripped.substr(0, stripped.size() - 1 - before.size());
  }
  return word;
}

// "j", "e.g", "j.-p": single letters with full stops between them.
bool is_initials(std::string_view word) {
  while (!word.empty()) {
    const Utf8Char c = utf8_first(word);
    if (!is_letter(c.code)) return false;
    word.remove_prefix(c.length);
    if (word.empty()) return true;
    if (word.front() != '.') return false;
    word.remove_prefix(1);
    if (word.starts_with('-')) word.remove_prefix(1);
  }
  return false;
}

bool is_number(std::string_view word) {
  return !word.empty() && word.size() <= 3 &&
         std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c); });
}

// "3", "24.12": an ordinal or a date.
bool is_day(std::string_view word) {
  const bool digits =
      std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.'; });
  const std::size_t dot = word.rfind('.');
  const std::size_t last = word.size() - (dot == kNone ? 0 : dot + 1);
  return digits && last >= 1 && last <= (dot == kNone ? 3u : 2u) && word.front() != '.';
}

// Of kings and chapters, not "CD".
bool is_roman(std::string_view word) {
  return !word.empty() && word.size() <= 6 && word.find_first_not_of("IVX") == kNone;
}

// True when a number and a blank are in front of the last `length` bytes: "9 h."
bool follows_number(std::string_view sentence, std::size_t length) {
  const std::string_view front = sentence.substr(0, sentence.size() - length);
  const std::string_view number = strip_right(front);
  return number.size() < front.size() && !number.empty() && is_digit(utf8_last(number).code);
}

// `sentence` begins with its first letter or digit. True when the full stop it ends with belongs to an abbreviation, an initial, an
// ordinal or the number of a list's item, so that no sentence ends there.
bool is_abbreviated(std::string_view sentence, const Ahead& ahead, const LanguageWords& words) {
  const Stopped word = stopped_word(sentence);
  if (word.raw.empty()) return false;
  const bool initials = is_initials(word.last);
  const bool numbers_item = is_number(word.raw) || is_roman(word.raw) || initials;
  if (numbers_item && word.raw.size() + 1 == sentence.size()) return true;  // "1. First"
  // What is listed as a whole counts as that: "т. д." ends in another abbreviation.
  const auto any_lists = [&words](std::string_view one) {
    return lists(words.never, one) || lists(words.seldom, one) || lists(words.before_digit, one);
  };
  const std::string& key = any_lists(word.chained) ? word.chained : word.last;
  // "1,80 m. C'est": no "M. Dupont".
  const bool is_unit = initials && is_small(utf8_first(word.raw).code) && !ahead.initial &&
                       word.chained == word.last && follows_number(sentence, word.raw.size() + 1);
  if (lists(words.never, key)) return !is_unit;
  const bool is_suffixed = !words.suffix.empty() && word.last.ends_with(words.suffix);
  if (is_digit(ahead.first) && (is_suffixed || lists(words.before_digit, key))) return true;
  const bool ordinal = words.ordinals && (is_day(word.raw) || is_roman(word.raw));
  if (ordinal && is_digit(ahead.first)) return false;
  if (ordinal || is_suffixed || lists(words.seldom, key))
    return !starts_sentences(words, ahead, false);
  return initials && !is_unit && !starts_sentences(words, ahead, true);
}

// Verbs behind direct speech: "“Are you here?” Tom asked."
constexpr std::string_view kSpeaking =
    " said says asked asks replied answered cried shouted whispered exclaimed added wondered "
    "thought explained called yelled screamed inquired muttered murmured demanded repeated ";

// True when a speaker with a verb of saying follows: a name and such a word.
bool names_speaker(const Ahead& ahead, const LanguageWords& words) {
  if (!lists(words.languages, "en") || starts_sentences(words, ahead, false)) return false;
  std::string_view rest = ahead.rest.substr(0, kFar);
  for (int i = 0; i < 4 && !rest.empty(); ++i) {
    const std::size_t end = std::min(rest.find_first_of(" ,.;:!?"), rest.size());
    std::string word;
    append_small(word, rest.substr(0, end));
    if (lists(kSpeaking, word)) return true;
    if (end == rest.size() || rest[end] != ' ') return false;
    rest.remove_prefix(end + 1);
  }
  return false;
}

// Words with which a Japanese sentence goes on behind direct speech.
constexpr std::array<std::string_view, 12> kJapaneseContinuations = {
    "と", "って", "が", "を", "は", "に", "の", "も", "な", "だ", "で", "という"};
constexpr std::array<std::string_view, 9> kChineseSpeaking = {"说", "說", "道", "问", "問",
                                                              "喊", "叫", "笑", "嚷"};

// True when what follows direct speech in a script without blanks belongs to its sentence.
bool goes_on_behind_speech(const Ahead& ahead) {
  if (is_hiragana(ahead.first)) {
    return std::any_of(kJapaneseContinuations.begin(), kJapaneseContinuations.end(),
                       [&](std::string_view word) { return ahead.rest.starts_with(word); });
  }
  // To the next punctuation, which is another's sentence.
  std::size_t end = 0;
  while (end < std::min<std::size_t>(ahead.rest.size(), 24)) {
    const Utf8Char c = utf8_first(ahead.rest.substr(end));
    if (!is_alnum(c.code)) break;
    end += c.length;
  }
  const std::string_view clause = ahead.rest.substr(0, end);
  return std::any_of(kChineseSpeaking.begin(), kChineseSpeaking.end(),
                     [&](std::string_view verb) { return clause.find(verb) != kNone; });
}

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

namespace {

// What may follow a full stop and the like, when it does not end a sentence there.
bool goes_on_in_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ',' ||
         c == '.' || c == '!' || c == '?' || c == '/' || c == '-' || c == '=' || c == '&' ||
         c == '_' || c == '@';
}

// Bytes of UTF-8 with which no character begins that may end a sentence: ASCII but . ! ? and line
// ends; Latin, Greek and Cyrillic letters; Han, kana and Hangul but for their marks.
constexpr std::array<bool, 256> make_harmless() {
  std::array<bool, 256> harmless{};
  for (int c = 0; c < 0x80; ++c)
    harmless[static_cast<std::size_t>(c)] =
        c != '.' && c != '!' && c != '?' && c != '\n' && c != '\r';
  for (std::size_t c = 0x80; c <= 0xBF; ++c) harmless[c] = true;  // of characters begun
  for (std::size_t c = 0xC3; c <= 0xD5; ++c) harmless[c] = true;  // U+00C0 to U+057F
  for (std::size_t c = 0xE4; c <= 0xE9; ++c) harmless[c] = true;  // U+4000 to U+9FFF
  for (std::size_t c = 0xEB; c <= 0xED; ++c) harmless[c] = true;  // U+B000 to U+D7FF
  return harmless;
}
constexpr std::array<bool, 256> kHarmless = make_harmless();

// A character whose lead byte does not tell.
bool may_end_sentence(char32_t c) {
  switch (u_getIntPropertyValue(code(c), UCHAR_SENTENCE_BREAK)) {
    case U_SB_ATERM:
    case U_SB_STERM:
    case U_SB_SEP:
    case U_SB_CR:
    case U_SB_LF: return true;
    default: return c == kEllipsisCode;
  }
}

// True when only closing marks and white space follow.
bool only_closes(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = utf8_first(text);
    if (!is_close(c.code) && !is_space(c.code) && !may_end_sentence(c.code)) return false;
    if (is_separator(c.code)) return strip(text).empty();
    text.remove_prefix(c.length);
  }
  return true;
}

}  // namespace

bool is_surely_one_sentence(std::string_view text, const LanguageWords& words) {
  if (!words.mark.empty() && text.find(words.mark) != kNone) return false;
  for (std::size_t at = 0; at < text.size();) {
    if (kHarmless[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const Utf8Char c = utf8_first(text.substr(at));
    at += c.length;
    if (!may_end_sentence(c.code)) continue;
    const bool plain = c.code == '.' || c.code == '!' || c.code == '?';
    if (plain && at < text.size() && goes_on_in_word(text[at])) continue;
    // "etc. and so on"
    if (c.code == '.' && at + 1 < text.size() && text[at] == ' ' && text[at + 1] >= 'a' &&
        text[at + 1] <= 'z')
      continue;
    return only_closes(text.substr(at)) && !is_separator(c.code);
  }
  return true;
}

}  // namespace transept
