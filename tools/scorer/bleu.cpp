#include "tools/scorer/bleu.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "tools/scorer/ngrams.h"
#include "tools/scorer/print.h"
#include "tools/scorer/text.h"

namespace transept::score {
namespace {

// How smoothing values are added to counts: as the arrays that hold the counts would keep them.
enum class Addition { exact, truncated };

struct Formula {
  Smoothing smoothing;
  double smooth_value;
  bool effective_order;
  unsigned max_order;
  Addition addition;
};

struct Parts {
  double score = 0.0;
  double brevity_penalty = 1.0;
  std::vector<double> precisions;
};

// log, with a very low number for log(0), which makes the whole score 0 without infinities.
double floored_log(double x) { return x == 0.0 ? -9999999999.0 : std::log(x); }

// compute_bleu of bleu.py. Number: the type counts are kept in, in which precisions are computed.
template <class Number>
Parts compute(std::span<const Number> row, const Formula& formula) {
  const unsigned orders = formula.max_order;
  const auto correct = row.subspan(2, orders);
  const auto total = row.subspan(2 + orders, orders);
  const double hypothesis_length = row[0];
  const double reference_length = row[1];

  Parts parts;
  parts.precisions.assign(orders, 0.0);
  if (hypothesis_length < reference_length) {
    parts.brevity_penalty =
        hypothesis_length > 0 ? std::exp(1 - reference_length / hypothesis_length) : 0.0;
  }
  bool any = false;
  for (const Number count : correct) any = any || count != 0;
  if (!any) return parts;

  double halving = 1.0;
  unsigned effective_order = orders;
  for (unsigned n = 1; n <= orders; ++n) {
    Number matches = correct[n - 1];
    Number grams = total[n - 1];
    if (formula.smoothing == Smoothing::add_k && n > 1) {
      matches += static_cast<Number>(formula.smooth_value);
      grams += static_cast<Number>(formula.smooth_value);
      if (formula.addition == Addition::truncated) {
        matches = std::trunc(matches);
        grams = std::trunc(grams);
      }
    }
    if (grams == 0) break;
    if (formula.effective_order) effective_order = n;

    Number precision = 0;
    if (matches != 0) {
      precision = Number{100} * matches / grams;
    } else if (formula.smoothing == Smoothing::exponential) {
      halving *= 2;
      precision = Number{100} / (static_cast<Number>(halving) * grams);
    } else if (formula.smoothing == Smoothing::floor) {
      precision = static_cast<Number>(100.0 * formula.smooth_value) / grams;
    }
    parts.precisions[n - 1] = precision;
  }

  double sum = 0.0;
  for (unsigned n = 0; n < effective_order; ++n) sum += floored_log(parts.precisions[n]);
  parts.score = parts.brevity_penalty * std::exp(sum / effective_order);
  return parts;
}

// The reference length next to the hypothesis length; of two as near, the shorter.
std::size_t closest(std::size_t length, const std::vector<std::size_t>& candidates) {
  std::size_t best = candidates.front();
  const auto distance = [length](std::size_t other) {
    return other > length ? other - length : length - other;
  };
  for (const std::size_t candidate : candidates) {
    if (distance(candidate) < distance(best) ||
        (distance(candidate) == distance(best) && candidate < best)) {
      best = candidate;
    }
  }
  return best;
}

Formula formula_of(const BleuOptions& options, double smooth_value, Addition addition) {
  return {options.smoothing, smooth_value, options.effective_order, options.max_order, addition};
}

}  // namespace

Bleu::Bleu(BleuOptions options, std::string tokenizer_signature)
    : options_(std::move(options)), tokenizer_signature_(std::move(tokenizer_signature)) {}

double Bleu::smooth_value() const {
  return options_.smooth_value.value_or(options_.smoothing == Smoothing::floor ? 0.1 : 1.0);
}

std::string Bleu::prepare(std::string_view segment) const {
  if (!options_.lowercase) return options_.segmenter(strip_right(segment));
  return options_.segmenter(strip_right(lower(segment)));
}

void Bleu::count(std::span<const std::span<const std::string>> systems,
                 std::span<const std::vector<std::string>> references, double* out) const {
  const unsigned orders = options_.max_order;
  WordIds words;
  NgramMatcher matcher(orders);
  std::vector<std::string> texts;  // of the references at hand: the words point into them
  std::vector<std::string_view> pieces;
  std::vector<std::uint32_t> ids;
  std::vector<std::size_t> lengths;
  std::vector<std::uint64_t> matches(orders);

  for (std::size_t i = 0; i < references.size(); ++i) {
    words.clear();
    matcher.clear();
    lengths.clear();
    texts.clear();
    texts.reserve(references[i].size());
    for (const std::string& reference : references[i]) {
      split(texts.emplace_back(prepare(reference)), pieces);
      ids.clear();
      for (const std::string_view word : pieces) ids.push_back(words.insert(word));
      matcher.add_reference(ids);
      lengths.push_back(ids.size());
    }
    for (std::size_t s = 0; s < systems.size(); ++s) {
      const std::string hypothesis = prepare(systems[s][i]);
      split(hypothesis, pieces);
      ids.clear();
      for (const std::string_view word : pieces) ids.push_back(words.find(word));
      matcher.match(ids, matches.data());

      double* const row = out + (s * references.size() + i) * width();
      row[0] = static_cast<double>(ids.size());
      row[1] = static_cast<double>(closest(ids.size(), lengths));
      for (unsigned n = 0; n < orders; ++n) {
        row[2 + n] = static_cast<double>(matches[n]);
        row[2 + orders + n] = ids.size() > n ? static_cast<double>(ids.size() - n) : 0.0;
      }
    }
  }
}

Score Bleu::score(std::span<const double> row) const {
  const Parts parts = compute(row, formula_of(options_, smooth_value(), Addition::exact));
  std::string detail;
  for (const double precision : parts.precisions) {
    if (!detail.empty()) detail += '/';
    detail += fixed(precision, 1);
  }
  const double ratio = row[1] == 0 ? 0.0 : row[0] / row[1];
  detail += " (BP = " + fixed(parts.brevity_penalty, 3) + " ratio = " + fixed(ratio, 3) +
            " hyp_len = " + fixed(row[0], 0) + " ref_len = " + fixed(row[1], 0) + ")";
  return {parts.score, std::move(detail)};
}

double Bleu::score_integers(std::span<const double> row) const {
  return compute(row, formula_of(options_, smooth_value(), Addition::truncated)).score;
}

ResampledScore Bleu::score_resample(std::span<const float> row) const {
  // Only the precisions are of single precision: logarithms and what follows are not.
  return {compute(row, formula_of(options_, smooth_value(), Addition::exact)).score, false};
}

Fields Bleu::properties() const {
  std::string smoothing;
  switch (options_.smoothing) {
    case Smoothing::none: smoothing = "none"; break;
    case Smoothing::exponential: smoothing = "exp"; break;
    case Smoothing::floor: smoothing = "floor[" + fixed(smooth_value(), 2) + "]"; break;
    case Smoothing::add_k: smoothing = "add-k[" + fixed(smooth_value(), 2) + "]"; break;
  }
  return {{"case", options_.lowercase ? "lc" : "mixed"},
          {"eff", options_.effective_order ? "yes" : "no"},
          {"tok", tokenizer_signature_},
          {"smooth", smoothing}};
}

Fields Bleu::short_names() const {
  return {{"case", "c"}, {"eff", "e"}, {"tok", "tok"}, {"smooth", "s"}};
}

}  // namespace transept::score
