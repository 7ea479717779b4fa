#include "tools/regress/difference.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tools/scorer/numpy_random.h"

namespace transept::tools {

ScoreRange difference_range(const score::Metric& metric, const score::Statistics& baseline,
                            const score::Statistics& system, std::size_t resamples) {
  score::NumpyRandom random(score::kDefaultSeed);
  const std::size_t segments = baseline.segments();
  const std::size_t width = baseline.width;
  std::vector<double> differences(resamples), before(width), now(width);
  for (double& difference : differences) {
    before.assign(width, 0.0);
    now.assign(width, 0.0);
    for (std::size_t i = 0; i < segments; ++i) {
      const std::uint32_t pick = random.below(static_cast<std::uint32_t>(segments));
      for (std::size_t j = 0; j < width; ++j) {
        before[j] += baseline.row(pick)[j];
        now[j] += system.row(pick)[j];
      }
    }
    difference = metric.score(now).value - metric.score(before).value;
  }
  std::sort(differences.begin(), differences.end());
  const std::size_t cut = resamples / 40;
  return {differences[cut], differences[resamples - cut - 1]};
}

}  // namespace transept::tools
