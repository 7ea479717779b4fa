// BLEU (Papineni et al. 2002) as sacrebleu/metrics/bleu.py computes it.
//
// A row: hypothesis length, closest reference length, matches of orders 1..N, n-grams of
// orders 1..N.
#pragma once

#include <string>

#include "transept/scorer.h"

namespace transept::score {

class Bleu : public Metric {
 public:
  // REQUIRES: segmenter set, max_order > 0. tokenizer_signature: the value of "tok".
  Bleu(BleuOptions options, std::string tokenizer_signature);

  std::string name() const override { return "BLEU"; }
  std::size_t width() const override { return 2 + 2 * std::size_t{options_.max_order}; }
  Fields properties() const override;
  Fields short_names() const override;
  void count(std::span<const std::span<const std::string>> systems,
             std::span<const std::vector<std::string>> references, double* out) const override;
  Score score(std::span<const double> row) const override;
  double score_integers(std::span<const double> row) const override;
  ResampledScore score_resample(std::span<const float> row) const override;

 private:
  std::string prepare(std::string_view segment) const;
  double smooth_value() const;

  BleuOptions options_;
  std::string tokenizer_signature_;
};

}  // namespace transept::score
