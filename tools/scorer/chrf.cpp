#include "tools/scorer/chrf.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tools/scorer/ngrams.h"
#include "tools/scorer/numpy_number.h"
#include "tools/scorer/text.h"

namespace transept::score {
namespace {

// _compute_f_score of chrf.py. at(i): number i of the row.
template <class Number, class At>
Number f_score(At at, std::size_t orders, const ChrfOptions& options) {
  const Number eps = 1e-16;
  const Number factor = static_cast<double>(options.beta) * options.beta;
  const Number one_plus_factor = 1.0 + static_cast<double>(options.beta) * options.beta;
  const Number zero = 0.0;
  Number score = 0.0;
  Number precision_sum = 0.0;
  Number recall_sum = 0.0;
  double effective_order = 0;

  for (std::size_t i = 0; i < orders; ++i) {
    const Number hypothesis = at(3 * i);
    const Number reference = at(3 * i + 1);
    const Number match = at(3 * i + 2);
    const Number precision = hypothesis > zero ? match / hypothesis : eps;
    const Number recall = reference > zero ? match / reference : eps;
    const Number denominator = factor * precision + recall;
    score = score + (denominator > zero ? one_plus_factor * precision * recall / denominator : eps);
    if (hypothesis > zero && reference > zero) {
      precision_sum = precision_sum + precision;
      recall_sum = recall_sum + recall;
      effective_order += 1;
    }
  }

  if (options.eps_smoothing) return Number(100.0) * score / Number(static_cast<double>(orders));
  if (effective_order == 0) return zero;
  const Number precision = precision_sum / Number(effective_order);
  const Number recall = recall_sum / Number(effective_order);
  if (!(precision + recall > zero)) return zero;
  score = one_plus_factor * precision * recall;
  return Number(100.0) * (score / (factor * precision + recall));
}

double double_f_score(std::span<const double> row, const ChrfOptions& options) {
  return f_score<double>([row](std::size_t i) { return row[i]; }, row.size() / 3, options);
}

bool is_ascii_punctuation(char byte) {
  return (byte >= '!' && byte <= '/') || (byte >= ':' && byte <= '@') ||
         (byte >= '[' && byte <= '`') || (byte >= '{' && byte <= '~');
}

// Code points of the segment, without white space unless it counts.
void characters_of(std::string_view segment, bool whitespace, std::vector<std::uint32_t>& out) {
  out.clear();
  for (std::size_t position = 0; position < segment.size();) {
    const auto byte = static_cast<unsigned char>(segment[position]);
    if (byte > ' ' && byte < 0x80) {  // the most frequent case
      out.push_back(byte);
      ++position;
      continue;
    }
    const std::size_t space = whitespace ? 0 : space_length(segment, position);
    if (space > 0) {
      position += space;
    } else {
      out.push_back(next_code_point(segment, position));
    }
  }
}

// Words with one punctuation mark taken off: the last character or else the first, never both.
void words_of(std::string_view segment, std::vector<std::string_view>& scratch,
              std::vector<std::string_view>& out) {
  split(segment, scratch);
  out.clear();
  for (const std::string_view word : scratch) {
    std::size_t first_length = 0;
    next_code_point(word, first_length);
    if (first_length == word.size()) {  // a single character is left whole
      out.push_back(word);
    } else if (is_ascii_punctuation(word.back())) {
      out.push_back(word.substr(0, word.size() - 1));
      out.push_back(word.substr(word.size() - 1));
    } else if (is_ascii_punctuation(word.front())) {
      out.push_back(word.substr(0, 1));
      out.push_back(word.substr(1));
    } else {
      out.push_back(word);
    }
  }
}

// The n-grams of one kind, characters or words, of one reference, and of hypotheses compared with
// it.
class Side {
 public:
  explicit Side(unsigned max_order)
      : max_order_(max_order), matcher_(max_order), matches_(max_order) {}

  void set_reference(std::span<const std::uint32_t> reference) {
    matcher_.clear();
    matcher_.add_reference(reference);
    reference_length_ = reference.size();
  }

  // row: [3 * max_order].
  void compare(std::span<const std::uint32_t> hypothesis, double* row) {
    matcher_.match(hypothesis, matches_.data());
    for (unsigned order = 1; order <= max_order_; ++order, row += 3) {
      const auto grams = [order](std::size_t length) {
        return length >= order ? static_cast<double>(length - order + 1) : 0.0;
      };
      row[1] = grams(reference_length_);
      row[0] = row[1] > 0 ? grams(hypothesis.size()) : 0.0;
      row[2] = static_cast<double>(matches_[order - 1]);
    }
  }

 private:
  unsigned max_order_;
  NgramMatcher matcher_;
  std::size_t reference_length_ = 0;
  std::vector<std::uint64_t> matches_;
};

// A system's hypothesis for the segment at hand.
struct Hypothesis {
  std::string text;  // the words point into it
  std::vector<std::uint32_t> characters;
  std::vector<std::string_view> words;
  double best = 0.0;  // score against the references so far
};

const char* yes_no(bool value) { return value ? "yes" : "no"; }

}  // namespace

std::string Chrf::name() const {
  return "chrF" + std::to_string(options_.beta) + std::string(options_.word_order, '+');
}

void Chrf::count(std::span<const std::span<const std::string>> systems,
                 std::span<const std::vector<std::string>> references, double* out) const {
  const bool uses_words = options_.word_order > 0;
  Side characters(options_.char_order);
  Side words(options_.word_order);
  WordIds word_ids;
  std::vector<Hypothesis> hypotheses(systems.size());
  std::vector<std::string_view> pieces, reference_words;
  std::vector<std::uint32_t> reference_characters, ids;
  std::vector<double> row(width());
  const auto prepare = [this](const std::string& segment) {
    return options_.lowercase ? lower(segment) : segment;
  };

  for (std::size_t i = 0; i < references.size(); ++i) {
    for (std::size_t s = 0; s < systems.size(); ++s) {
      Hypothesis& hypothesis = hypotheses[s];
      hypothesis.text = prepare(systems[s][i]);
      characters_of(hypothesis.text, options_.whitespace, hypothesis.characters);
      if (uses_words) words_of(hypothesis.text, pieces, hypothesis.words);
      hypothesis.best = -1.0;
    }
    for (const std::string& original : references[i]) {
      const std::string reference = prepare(original);
      characters_of(reference, options_.whitespace, reference_characters);
      characters.set_reference(reference_characters);
      if (uses_words) {
        words_of(reference, pieces, reference_words);
        word_ids.clear();
        ids.clear();
        for (const std::string_view word : reference_words) ids.push_back(word_ids.insert(word));
        words.set_reference(ids);
      }
      for (std::size_t s = 0; s < systems.size(); ++s) {
        Hypothesis& hypothesis = hypotheses[s];
        characters.compare(hypothesis.characters, row.data());
        if (uses_words) {
          ids.clear();
          for (const std::string_view word : hypothesis.words) ids.push_back(word_ids.find(word));
          words.compare(ids, row.data() + std::size_t{3} * options_.char_order);
        }
        const double f = double_f_score(row, options_);
        if (f <= hypothesis.best) continue;
        hypothesis.best = f;
        std::copy(row.begin(), row.end(), out + (s * references.size() + i) * width());
      }
    }
  }
}

Score Chrf::score(std::span<const double> row) const { return {double_f_score(row, options_), ""}; }

double Chrf::score_integers(std::span<const double> row) const {
  return double_f_score(row, options_);
}

ResampledScore Chrf::score_resample(std::span<const float> row) const {
  const auto at = [row](std::size_t i) { return NumpyNumber::single_precision(row[i]); };
  const NumpyNumber score = f_score<NumpyNumber>(at, row.size() / 3, options_);
  return {score.value(), score.single()};
}

Fields Chrf::properties() const {
  return {{"case", options_.lowercase ? "lc" : "mixed"},
          {"eff", yes_no(!options_.eps_smoothing)},
          {"nc", std::to_string(options_.char_order)},
          {"nw", std::to_string(options_.word_order)},
          {"space", yes_no(options_.whitespace)}};
}

Fields Chrf::short_names() const {
  return {{"case", "c"}, {"eff", "e"}, {"nc", "nc"}, {"nw", "nw"}, {"space", "s"}};
}

}  // namespace transept::score
