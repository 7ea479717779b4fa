#include "tools/scorer/tokenizers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "tools/scorer/text.h"
#include "tools/scorer/unicode_classes.h"

namespace transept::score {
namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_period_or_comma(char byte) { return byte == '.' || byte == ','; }

// [{-~[-` -&(-+:-@/]: ASCII punctuation but for the apostrophe, comma, hyphen and period; and the
// blank.
constexpr auto kWesternPunctuation = [] {
  std::array<bool, 256> table{};
  constexpr std::string_view kRanges = "{~[` &(+:@//";  // first and last of each
  for (std::size_t i = 0; i < kRanges.size(); i += 2) {
    for (char byte = kRanges[i]; byte <= kRanges[i + 1]; ++byte) {
      table[static_cast<unsigned char>(byte)] = true;
    }
  }
  return table;
}();
bool is_western_punctuation(char byte) {
  return kWesternPunctuation[static_cast<unsigned char>(byte)];
}

// The passes below look at bytes: [^0-9] then stands for the last byte of a character in front of a
// period and for the first byte behind one, which decides the same, since only ASCII is looked for.

// Replaces each non-overlapping pair of bytes that `matches`, left to right, by the pair with a
// blank between its bytes and, where asked, before or after them.
template <class Matches>
std::string split_pairs(std::string_view line, Matches matches, bool blank_before,
                        bool blank_after) {
  std::string out;
  out.reserve(line.size() * 2);
  std::size_t copied = 0;
  for (std::size_t i = 0; i + 1 < line.size();) {
    if (!matches(line[i], line[i + 1])) {
      ++i;
      continue;
    }
    out.append(line, copied, i - copied);
    if (blank_before) out += ' ';
    out += line[i];
    out += ' ';
    out += line[i + 1];
    if (blank_after) out += ' ';
    i += 2;
    copied = i;
  }
  out.append(line, copied);
  return out;
}

// What set_apart() looks for.
enum class Mark : std::uint8_t { none, always, period_or_comma, hyphen };
constexpr auto kMarks = [] {
  std::array<Mark, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    if (kWesternPunctuation[byte] && byte != ' ') table[byte] = Mark::always;
  }
  table['.'] = table[','] = Mark::period_or_comma;
  table['-'] = Mark::hyphen;
  return table;
}();

// set_periods_apart(set_punctuation_apart(line)) in one pass, but for blanks.
std::string set_apart(std::string_view line) {
  std::string out;
  out.reserve(line.size() * 2);
  std::size_t copied = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Mark mark = kMarks[static_cast<unsigned char>(line[i])];
    if (mark == Mark::none) continue;
    const bool digit_before = i > 0 && is_digit(line[i - 1]);
    if (mark == Mark::hyphen && !digit_before) continue;
    if (mark == Mark::period_or_comma) {
      const bool last = i + 1 == line.size();
      // One match may eat what another would begin with, so that their order counts.
      if (!last && is_period_or_comma(line[i + 1])) {
        return set_periods_apart(set_punctuation_apart(line));
      }
      if ((i == 0 || digit_before) && (last || is_digit(line[i + 1]))) continue;
    }
    out.append(line, copied, i - copied);
    out += ' ';
    out += line[i];
    out += ' ';
    copied = i + 1;
  }
  out.append(line, copied);
  return out;
}

struct Range {
  char32_t first, last;
};

// _UCODE_RANGES of tokenizer_zh.py as Python reads it, sorted.
constexpr std::array<Range, 22> kChinese = {{
    {0x2001, 0x2A6D},  // meant: U+20000-2A6D6
    {0x2600, 0x26FF}, {0x2700, 0x27BF}, {0x2E80, 0x2EFF}, {0x2F00, 0x2FDF},
    {0x2F81, 0x2FA1},  // meant: U+2F800-2FA1D
    {0x2FF0, 0x2FFF}, {0x3000, 0x303F}, {0x3100, 0x312F}, {0x31A0, 0x31BF},
    {0x31C0, 0x31EF}, {0x3200, 0x32FF}, {0x3300, 0x33FF}, {0x3400, 0x4DB5},
    {0x4E00, 0x9FA5}, {0x9FA6, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A},
    {0xFA70, 0xFAD9}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF},
}};

bool is_chinese(char32_t code) {
  return code >= kChinese.front().first &&
         std::any_of(kChinese.begin(), kChinese.end(),
                     [code](Range range) { return code >= range.first && code <= range.last; });
}

struct Character {
  char32_t code;
  CharacterClass kind;
};

constexpr Character kBlank{' ', CharacterClass::other};

std::vector<Character> classify(std::string_view line) {
  std::vector<Character> out;
  out.reserve(line.size());
  for (std::size_t position = 0; position < line.size();) {
    const char32_t code = next_code_point(line, position);
    out.push_back({code, class_of(code)});
  }
  return out;
}

}  // namespace

// ([{-~[-` -&(-+:-@/]) -> " \1 ".
std::string set_punctuation_apart(std::string_view line) {
  std::string out;
  out.reserve(line.size() * 2);
  std::size_t copied = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!is_western_punctuation(line[i])) continue;
    out.append(line, copied, i - copied);
    out += ' ';
    out += line[i];
    out += ' ';
    copied = i + 1;
  }
  out.append(line, copied);
  return out;
}

std::string set_periods_apart(std::string_view line) {
  // ([^0-9])([.,]) -> "\1 \2 ".
  std::string out = split_pairs(
      line, [](char a, char b) { return !is_digit(a) && is_period_or_comma(b); }, false, true);
  // ([.,])([^0-9]) -> " \1 \2".
  out = split_pairs(
      out, [](char a, char b) { return is_period_or_comma(a) && !is_digit(b); }, true, false);
  // ([0-9])(-) -> "\1 \2 ".
  if (out.find('-') == std::string::npos) return out;
  return split_pairs(
      out, [](char a, char b) { return is_digit(a) && b == '-'; }, false, true);
}

std::string tokenize_13a(std::string_view line) {
  std::string text = " ";
  text += line;
  text += ' ';
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  if (text.find('&') != std::string::npos) {
    replace_all(text, "&quot;", "\"");
    replace_all(text, "&amp;", "&");
    replace_all(text, "&lt;", "<");
    replace_all(text, "&gt;", ">");
  }
  return set_apart(text);
}

std::string tokenize_intl(std::string_view line) {
  std::vector<Character> text = classify(line);
  std::vector<Character> next;
  next.reserve(text.size() * 2);
  // (\P{N})(\p{P}) -> "\1 \2 ".
  for (std::size_t i = 0; i < text.size();) {
    next.push_back(text[i]);
    if (i + 1 < text.size() && text[i].kind != CharacterClass::number &&
        text[i + 1].kind == CharacterClass::punctuation) {
      next.insert(next.end(), {kBlank, text[i + 1], kBlank});
      i += 2;
    } else {
      i += 1;
    }
  }
  text.swap(next);
  next.clear();
  // (\p{P})(\P{N}) -> " \1 \2".
  for (std::size_t i = 0; i < text.size();) {
    if (i + 1 < text.size() && text[i].kind == CharacterClass::punctuation &&
        text[i + 1].kind != CharacterClass::number) {
      next.insert(next.end(), {kBlank, text[i], kBlank, text[i + 1]});
      i += 2;
    } else {
      next.push_back(text[i]);
      i += 1;
    }
  }
  // (\p{S}) -> " \1 ".
  std::string out;
  out.reserve(next.size() * 2);
  for (const Character character : next) {
    const bool symbol = character.kind == CharacterClass::symbol;
    if (symbol) out += ' ';
    append_code_point(character.code, out);
    if (symbol) out += ' ';
  }
  return out;
}

std::string tokenize_zh(std::string_view line) {
  line = strip(line);
  std::string text;
  text.reserve(line.size() * 2);
  for (std::size_t position = 0; position < line.size();) {
    const std::size_t start = position;
    const bool chinese = is_chinese(next_code_point(line, position));
    if (chinese) text += ' ';
    text += line.substr(start, position - start);
    if (chinese) text += ' ';
  }
  return set_apart(text);
}

std::string tokenize_char(std::string_view line) {
  std::string out;
  out.reserve(line.size() * 2);
  for (const char byte : line) {
    if (!out.empty() && !is_continuation(byte)) out += ' ';
    out += byte;
  }
  return out;
}

}  // namespace transept::score
