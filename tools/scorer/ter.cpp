#include "tools/scorer/ter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/scorer/ngrams.h"
#include "tools/scorer/shifts.h"
#include "tools/scorer/text.h"
#include "tools/scorer/tokenizers.h"

namespace transept::score {
namespace {

template <class Number>
struct Ratio {
  Number score;
  bool computed;  // from the counts, not a constant
};

template <class Number>
Ratio<Number> ratio(Number edits, Number reference_length) {
  if (reference_length > 0) return {Number{100} * (edits / reference_length), true};
  return {edits > 0 ? Number{100} : Number{0}, false};
}

bool is_asian_punctuation(char32_t code) {
  return code == 0x3001 || code == 0x3002 || (code >= 0x3008 && code <= 0x3011) ||
         (code >= 0x3014 && code <= 0x301F) || (code >= 0xFF61 && code <= 0xFF65) || code == 0x30FB;
}

bool is_full_width_punctuation(char32_t code) {
  switch (code) {
    case 0xFF0E:
    case 0xFF0C:
    case 0xFF1F:
    case 0xFF1A:
    case 0xFF1B:
    case 0xFF01:
    case 0xFF02:
    case 0xFF08:
    case 0xFF09: return true;
    default: return false;
  }
}

// Characters that _normalize_asian sets apart. U+3200-3F22 is a slip of the original for
// U+3200-32FF that scores depend on. Its rules for kana never apply: they ask for kana at the very
// start, where normalisation has put a blank.
bool stands_alone(char32_t code) {
  return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x3400 && code <= 0x4DBF) ||
         (code >= 0x31C0 && code <= 0x31EF) || (code >= 0x2E80 && code <= 0x2EFF) ||
         (code >= 0x3300 && code <= 0x33FF) || (code >= 0xF900 && code <= 0xFAFF) ||
         (code >= 0xFE30 && code <= 0xFE4F) || (code >= 0x3200 && code <= 0x3F22) ||
         is_asian_punctuation(code) || is_full_width_punctuation(code);
}

bool is_removed_punctuation(char32_t code) {
  return code < 0x80 &&
         std::string_view(".,?:;!\"()").find(static_cast<char>(code)) != std::string_view::npos;
}

// Calls change(code, bytes, out) for each character.
template <class Change>
std::string rewrite(std::string_view text, Change change) {
  std::string out;
  out.reserve(text.size() * 2);
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t start = position;
    const char32_t code = next_code_point(text, position);
    change(code, text.substr(start, position - start), out);
  }
  return out;
}

std::string normalize(std::string_view segment, bool asian_support) {
  std::string text = " ";
  text += segment;
  text += ' ';
  replace_all(text, "\n-", "");
  replace_all(text, "\n", " ");
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");
  text = set_punctuation_apart(text);
  replace_all(text, "'s ", " 's ");
  text = set_periods_apart(text);
  if (!asian_support) return text;
  return rewrite(text, [](char32_t code, std::string_view bytes, std::string& out) {
    const bool alone = stands_alone(code);
    if (alone) out += ' ';
    out += bytes;
    if (alone) out += ' ';
  });
}

std::string without_punctuation(std::string_view text, bool asian_support) {
  return rewrite(text, [asian_support](char32_t code, std::string_view bytes, std::string& out) {
    const bool removed =
        is_removed_punctuation(code) ||
        (asian_support && (is_asian_punctuation(code) || is_full_width_punctuation(code)));
    if (!removed) out += bytes;
  });
}

// ' '.join(text.split()).
std::string single_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  split(text, words);
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

const char* yes_no(bool value) { return value ? "yes" : "no"; }

}  // namespace

std::string tokenize_tercom(std::string_view segment, const TerOptions& options) {
  if (segment.empty()) return "";
  std::string text = options.case_sensitive ? std::string(segment) : lower(segment);
  if (options.normalized) text = normalize(text, options.asian_support);
  if (options.no_punct) text = without_punctuation(text, options.asian_support);
  return text;
}

void Ter::count(std::span<const std::span<const std::string>> systems,
                std::span<const std::vector<std::string>> references, double* out) const {
  WordIds words;
  ShiftSearch search;
  std::vector<std::string> texts;  // the words point into them
  std::vector<std::string_view> pieces;
  std::vector<std::vector<std::uint32_t>> segment_references;
  std::vector<std::uint32_t> hypothesis;
  const auto to_ids = [&](std::string tokenized, std::vector<std::uint32_t>& ids) {
    split(texts.emplace_back(std::move(tokenized)), pieces);
    ids.clear();
    for (const std::string_view word : pieces) ids.push_back(words.insert(word));
  };
  const auto tokenize = [this](std::string_view segment) {
    return tokenize_tercom(strip_right(segment), options_);
  };
  // The original tokenizes references twice, which shows where the first pass sets a word apart
  // ("x's.").
  const auto tokenize_reference = [&](std::string_view segment) {
    std::string once = tokenize(segment);
    return options_.normalized ? tokenize(single_blanks(once)) : once;
  };

  for (std::size_t i = 0; i < references.size(); ++i) {
    words.clear();
    texts.clear();
    texts.reserve(references[i].size() + systems.size());
    segment_references.resize(references[i].size());
    std::size_t lengths = 0;
    for (std::size_t r = 0; r < references[i].size(); ++r) {
      to_ids(tokenize_reference(references[i][r]), segment_references[r]);
      lengths += segment_references[r].size();
    }
    for (std::size_t s = 0; s < systems.size(); ++s) {
      to_ids(tokenize(systems[s][i]), hypothesis);
      std::size_t fewest = ~std::size_t{0};
      for (const std::vector<std::uint32_t>& reference : segment_references) {
        fewest = std::min(fewest, search.edits(hypothesis, reference));
      }
      double* const row = out + (s * references.size() + i) * width();
      row[0] = static_cast<double>(fewest);
      row[1] = static_cast<double>(lengths) / static_cast<double>(references[i].size());
    }
  }
}

Score Ter::score(std::span<const double> row) const { return {ratio(row[0], row[1]).score, ""}; }

double Ter::score_integers(std::span<const double> row) const {
  return ratio(row[0], row[1]).score;
}

ResampledScore Ter::score_resample(std::span<const float> row) const {
  const Ratio<float> result = ratio(row[0], row[1]);
  return {result.score, result.computed};
}

Fields Ter::properties() const {
  return {{"case", options_.case_sensitive ? "mixed" : "lc"},
          {"tok", "tercom"},
          {"norm", yes_no(options_.normalized)},
          {"punct", yes_no(!options_.no_punct)},
          {"asian", yes_no(options_.asian_support)}};
}

Fields Ter::short_names() const {
  return {{"case", "c"}, {"tok", "t"}, {"norm", "nr"}, {"punct", "pn"}, {"asian", "as"}};
}

}  // namespace transept::score
