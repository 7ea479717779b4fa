// The interval of a score's difference from a baseline, by paired bootstrap.
#pragma once

#include <cstddef>

#include "transept/scorer.h"

namespace transept::tools {

struct ScoreRange {
  double low = 0.0;
  double high = 0.0;
};

// The central 95% of score(system) - score(baseline) over resamples of the segments (Koehn 2004);
// the same resamples as those of score::paired_bootstrap with its usual seed. REQUIRES: both have
// the same segments > 0, resamples > 0.
ScoreRange difference_range(const score::Metric& metric, const score::Statistics& baseline,
                            const score::Statistics& system, std::size_t resamples);

}  // namespace transept::tools
