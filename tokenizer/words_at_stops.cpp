#include "tokenizer/words_at_stops.h"

#include <algorithm>
#include <array>

#include "tokenizer/characters.h"

namespace transept {
namespace {

constexpr auto kNone = std::string_view::npos;

}  // namespace

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

namespace {

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

}  // namespace

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
          !is_alnum(utf8_last(text.substr(0, front)).code)) {
        break;
      }
    }
    begin -= c.length;
  }
  return text.substr(begin);
}

namespace {

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

}  // namespace

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
  if (ordinal || is_suffixed || lists(words.seldom, key)) {
    return !starts_sentences(words, ahead, false);
  }
  return initials && !is_unit && !starts_sentences(words, ahead, true);
}

namespace {

// Verbs behind direct speech: "“Are you here?” Tom asked."
constexpr std::string_view kSpeaking =
    " said says asked asks replied answered cried shouted whispered exclaimed added wondered "
    "thought explained called yelled screamed inquired muttered murmured demanded repeated ";

}  // namespace

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

namespace {

// Words with which a Japanese sentence goes on behind direct speech.
constexpr std::array<std::string_view, 12> kJapaneseContinuations = {
    "と", "って", "が", "を", "は", "に", "の", "も", "な", "だ", "で", "という"};
constexpr std::array<std::string_view, 9> kChineseSpeaking = {"说", "說", "道", "问", "問",
                                                              "喊", "叫", "笑", "嚷"};

}  // namespace

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

}  // namespace transept
