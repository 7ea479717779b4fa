// TER (Snover et al. 2006) as sacrebleu/metrics/ter.py computes it.
//
// A row: edits against the reference that needs fewest, mean length of the references.
#pragma once

#include <string>

#include "transept/scorer.h"

namespace transept::score {

class Ter : public Metric {
 public:
  explicit Ter(const TerOptions& options) : options_(options) {}

  std::string name() const override { return "TER"; }
  std::size_t width() const override { return 2; }
  Fields properties() const override;
  Fields short_names() const override;
  void count(std::span<const std::span<const std::string>> systems,
             std::span<const std::vector<std::string>> references, double* out) const override;
  Score score(std::span<const double> row) const override;
  double score_integers(std::span<const double> row) const override;
  ResampledScore score_resample(std::span<const float> row) const override;

 private:
  TerOptions options_;
};

// The words of a segment, separated by white space: tokenizer_ter.py. Pure.
std::string tokenize_tercom(std::string_view segment, const TerOptions& options);

}  // namespace transept::score
