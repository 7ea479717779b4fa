#include "tools/scorer/unicode_classes.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "transept/scorer.h"

namespace transept::score {
namespace {

constexpr auto kOther = CharacterClass::other;
constexpr auto kNumber = CharacterClass::number;
constexpr auto kPunctuation = CharacterClass::punctuation;
constexpr auto kSymbol = CharacterClass::symbol;

// Code points from `first` up to the next run's are of this class.
struct Run {
  char32_t first;
  CharacterClass kind;
};

#include "tools/scorer/unicode_classes.inc"

constexpr CharacterClass look_up(char32_t code) {
  const auto next = std::upper_bound(std::begin(kRuns), std::end(kRuns), code,
                                     [](char32_t c, const Run& run) { return c < run.first; });
  return std::prev(next)->kind;
}

// Most text is here, and a search in the runs takes ten steps.
constexpr auto kLatin = [] {
  std::array<CharacterClass, 0x250> table{};
  for (char32_t code = 0; code < table.size(); ++code) table[code] = look_up(code);
  return table;
}();

}  // namespace

CharacterClass class_of(char32_t code) {
  return code < kLatin.size() ? kLatin[code] : look_up(code);
}

std::string_view unicode_version() { return kUnicodeVersion; }

}  // namespace transept::score
