#include "model/unknown_source.h"

#include <algorithm>
#include <utility>

#include "tokenizer/letters.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

using Range = std::pair<std::size_t, std::size_t>;  // bytes [begin, end) of a text

std::string_view within(std::string_view text, Range range) {
  return text.substr(range.first, range.second - range.first);
}

// Without the white space at its ends.
Range stripped(std::string_view text, Range range) {
  range.second = range.first + strip_right(within(text, range)).size();
  range.first = range.second - strip_left(within(text, range)).size();
  return range;
}

// Marks of markup and of programs stand for what is around them: moved alone they would mean
// something else. Symbols that mean something by themselves are none of ASCII's.
bool stands_alone(std::string_view symbol) {
  return std::any_of(symbol.begin(), symbol.end(),
                     [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; });
}

// Stretches of unknown symbols, ascending; what blanks and invisible characters join is one.
std::vector<Range> unknown_symbols(std::string_view text, const Encoding& encoding,
                                   std::int32_t unk_id) {
  std::vector<Range> found;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    if (encoding.ids[i] != unk_id || encoding.offsets[i].first < encoding.language_code) continue;
    const Range range = stripped(text, encoding.offsets[i]);
    const std::string_view unknown = within(text, range);
    if (!is_visible(unknown) || has_letter_or_digit(unknown) || !stands_alone(unknown)) continue;
    if (!found.empty() && !is_visible(within(text, {found.back().second, range.first}))) {
      found.back().second = range.second;
    } else {
      found.push_back(range);
    }
  }
  return found;
}

bool begins_with_letter_or_digit(std::string_view text) {
  return !text.empty() && is_letter_or_digit(utf8_first(text).code);
}

// The character that `text` ends with. REQUIRES: !text.empty().
char32_t last_character(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return utf8_first(text.substr(begin)).code;
}

// Takes `symbols` out of `text`, with the blanks in front of each, or behind one at the beginning.
// cuts[k] becomes the byte of the result where symbol k was.
std::string without(std::string_view text, std::span<const Range> symbols,
                    std::vector<std::size_t>& cuts) {
  std::string result;
  std::size_t begin = 0;
  for (const auto& [from, to] : symbols) {
    result += text.substr(begin, from - begin);
    result.resize(strip_right(result).size());
    begin = to;
    if (result.empty()) {
      begin = text.size() - strip_left(text.substr(to)).size();
    } else if (begins_with_letter_or_digit(text.substr(to)) &&
               is_letter_or_digit(last_character(result))) {
      result += ' ';  // they were two words
    }
    cuts.push_back(result.size());
  }
  result += text.substr(begin);
  return result;
}

// Makes `segment` one whose unknown symbols are out of the model's input.
void take_out(const SourceText& source, std::string_view text, std::span<const Range> symbols,
              SourceSegment& segment) {
  std::vector<std::size_t> cuts;
  const std::string rest = without(text, symbols, cuts);
  Encoding encoding = source.tokenizer.encode_source(rest, Detail::all, source.specials);
  const std::size_t tokens = encoding.ids.size() - source.tokenizer.source_specials().size();
  for (std::size_t k = 0; k < symbols.size(); ++k) {
    const auto& [from, to] = symbols[k];
    KeptSymbol& symbol = segment.symbols.emplace_back();
    symbol.text = within(text, symbols[k]);
    while (symbol.position < tokens && encoding.offsets[symbol.position].second <= cuts[k]) {
      ++symbol.position;
    }
    const std::string_view before = text.substr(0, from);
    symbol.joined_left = !before.empty() && strip_right(before).size() == before.size();
    const std::string_view behind = text.substr(to);
    symbol.joined_right = !behind.empty() && strip_left(behind).size() == behind.size();
    symbol.before_letter = begins_with_letter_or_digit(behind);
  }
  segment.ids = std::move(encoding.ids);
}

// A byte of the target, and how many of its tokens are in front of it.
struct Gap {
  std::size_t token = 0;
  std::size_t byte = 0;
};

// Where something may be put into `text`, which is what `ids` decode to: nowhere within a word.
std::vector<Gap> gaps_of(const Tokenizer& tokenizer, std::span<const std::int32_t> ids,
                         std::string_view text) {
  std::vector<Gap> gaps;
  for (std::size_t token = 0; token <= ids.size(); ++token) {
    // What is decoded may be changed by what follows it; then it ends no stretch of the text.
    const std::string before = tokenizer.decode_target(ids.first(token));
    if (!text.starts_with(before)) continue;
    // Tokens without text, such as the end of the sentence.
    if (!gaps.empty() && gaps.back().byte == before.size()) continue;
    const std::string_view after = text.substr(before.size());
    if (!before.empty() && !after.empty() && joins_words(last_character(before)) &&
        joins_words(utf8_first(after).code)) {
      continue;
    }
    gaps.push_back({token, before.size()});
  }
  return gaps;
}

// How much more of a target token comes from the source tokens [first, position) than from
// [position, last): from -1 to 1, and 0 for one that comes from neither.
double leaning(std::span<const float> weights, std::size_t first, std::size_t position,
               std::size_t last) {
  double left = 0.0;
  double right = 0.0;
  for (std::size_t s = first; s < last && s < weights.size(); ++s) {
    (s < position ? left : right) += static_cast<double>(weights[s]);
  }
  return left + right > 0.0 ? (left - right) / (left + right) : 0.0;
}

// The first of the best gaps for a symbol with so many source tokens in front of it. Tokens [first,
// last) of the source are text. With every further one in front of the symbol, each target token
// leans more to the left: the best gap never moves back, and so symbols keep their order.
std::size_t best_gap(std::span<const Gap> gaps, const Matrix& attention, std::size_t first,
                     std::size_t position, std::size_t last) {
  double sum = 0.0;
  double best = 0.0;
  std::size_t token = 0;
  std::size_t at = 0;
  for (const Gap& gap : gaps) {
    for (; token < gap.token && token < attention.rows; ++token) {
      sum += leaning(attention.row(token), first, position, last);
    }
    if (sum <= best) continue;
    best = sum;
    at = gap.byte;
  }
  return at;
}

// Appends `symbol` to `out` with blanks as its source had them; `rest` follows it and loses those
// that it begins with.
void put(const KeptSymbol& symbol, std::string& out, std::string_view& rest) {
  const std::size_t bytes = out.size() + rest.size();
  out.resize(strip_right(out).size());
  rest = strip_left(rest);
  const bool first = out.empty();
  const bool between_words = out.size() + rest.size() < bytes;
  if (!first && !symbol.joined_left) out += ' ';
  out += symbol.text;
  if (!rest.empty() && (first ? !symbol.joined_right : between_words && !symbol.before_letter)) {
    out += ' ';
  }
}

}  // namespace

bool all_unknown(const SourceText& source, std::span<const std::int32_t> ids) {
  const auto specials = source.tokenizer.source_specials();
  bool any = false;
  for (const std::int32_t id : ids) {
    if (id == source.unk_id) {
      any = true;
    } else if (std::ranges::find(specials, id) == specials.end() &&
               has_letter_or_digit(source.tokenizer.source_token(id))) {
      return false;
    }
  }
  return any;
}

SourceSegment source_segment(const SourceText& source, std::string_view text) {
  const auto encode = [&](Detail detail) {
    return source.tokenizer.encode_source(text, detail, source.specials);
  };
  Encoding encoding = encode(Detail::ids_only);
  SourceSegment segment;
  const std::string_view written = text.substr(encoding.language_code);
  segment.codes = encoding.language_code > 0 ? 1 : 0;
  const std::span<const std::int32_t> said = std::span(encoding.ids).subspan(segment.codes);
  const bool any_unknown = std::ranges::find(said, source.unk_id) != said.end();
  // The normaliser may leave nothing: it takes U+FFFD, for one, for a blank.
  segment.unknown = said.size() == source.tokenizer.source_specials().size()
                        ? is_visible(written)
                        : any_unknown && all_unknown(source, said);
  if (segment.unknown && source.copy != CopyUnknown::off) {
    segment.copy = strip(written);
  }
  segment.ids = std::move(encoding.ids);
  if (segment.unknown || !any_unknown || source.copy != CopyUnknown::symbols) return segment;
  if (const auto symbols = unknown_symbols(text, encode(Detail::all), source.unk_id);
      !symbols.empty()) {
    take_out(source, text, symbols, segment);
  }
  return segment;
}

std::string with_symbols(const Tokenizer& tokenizer, const SourceSegment& segment,
                         std::size_t specials, std::span<const std::int32_t> ids,
                         const Matrix& attention, std::string_view text) {
  const std::vector<Gap> gaps = gaps_of(tokenizer, ids, text);
  const std::size_t last = segment.ids.size() - specials;
  std::string out;
  std::string_view rest = text;
  for (const KeptSymbol& symbol : segment.symbols) {
    const std::size_t at = best_gap(gaps, attention, segment.codes, symbol.position, last);
    const std::size_t begin = text.size() - rest.size();
    if (at > begin) {
      out += rest.substr(0, at - begin);
      rest.remove_prefix(at - begin);
    }
    put(symbol, out, rest);
  }
  return out.append(rest);
}

}  // namespace transept
