// chrF (Popovic 2015) and chrF++ (Popovic 2017) as sacrebleu/metrics/chrf.py computes them.
//
// A row: for each order (characters first, then words) n-grams of the hypothesis (0 when the
// reference has none of that order), n-grams of the reference, matches; of the reference with the
// best score.
#pragma once

#include <string>

#include "transept/scorer.h"

namespace transept::score {

class Chrf : public Metric {
 public:
  // REQUIRES: char_order + word_order > 0.
  explicit Chrf(const ChrfOptions& options) : options_(options) {}

  std::string name() const override;
  std::size_t width() const override { return 3 * orders(); }
  Fields properties() const override;
  Fields short_names() const override;
  void count(std::span<const std::span<const std::string>> systems,
             std::span<const std::vector<std::string>> references, double* out) const override;
  Score score(std::span<const double> row) const override;
  double score_integers(std::span<const double> row) const override;
  ResampledScore score_resample(std::span<const float> row) const override;

 private:
  std::size_t orders() const { return std::size_t{options_.char_order} + options_.word_order; }

  ChrfOptions options_;
};

}  // namespace transept::score
