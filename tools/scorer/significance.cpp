// Bootstrap resampling and approximate randomisation: sacrebleu/significance.py with NumPy 2.
//
// Its scores of resamples are partly of single precision, and its means depend on the order of addition,
// so both are followed; p-values and intervals then agree to the last digit printed.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/scorer/numpy_random.h"
#include "transept/scorer.h"

namespace transept::score {
namespace {

// Numbers added together at a time; the compilers make vector registers of it.
using Lanes = float __attribute__((vector_size(16)));
constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(float);

// Resamples whose sums are built side by side, so that additions need not wait for one another.
constexpr std::size_t kChains = 4;

// Statistics in single precision, each row padded with zeros to whole Lanes.
class SingleRows {
 public:
  explicit SingleRows(const Statistics& statistics)
      : groups_((statistics.width + kLanes - 1) / kLanes),
        rows_(statistics.segments() * groups_) {
    for (std::size_t i = 0; i < statistics.segments(); ++i) {
      for (std::size_t j = 0; j < statistics.width; ++j) {
        rows_[i * groups_ + j / kLanes][j % kLanes] = static_cast<float>(statistics.row(i)[j]);
      }
    }
  }

  std::size_t groups() const { return groups_; }

  // sums: [kChains, groups()], overwritten. picks: [kChains, count], row numbers in order of addition.
  void add(const std::uint32_t* picks, std::size_t count, Lanes* sums) const {
    switch (groups_) {
      case 1: return add_groups<1>(picks, count, 0, sums);
      case 2: return add_groups<2>(picks, count, 0, sums);
      case 3: return add_groups<3>(picks, count, 0, sums);
      default:
        std::size_t group = 0;
        for (; group + 2 <= groups_; group += 2) add_groups<2>(picks, count, group, sums);
        if (group < groups_) add_groups<1>(picks, count, group, sums);
    }
  }

 private:
  template <std::size_t kGroups>
  void add_groups(const std::uint32_t* picks, std::size_t count, std::size_t first_group,
                  Lanes* sums) const {
    Lanes sum[kChains][kGroups] = {};
    const Lanes* rows = rows_.data() + first_group;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t chain = 0; chain < kChains; ++chain) {
        const Lanes* row = rows + picks[chain * count + i] * groups_;
        for (std::size_t group = 0; group < kGroups; ++group) sum[chain][group] += row[group];
      }
    }
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      for (std::size_t group = 0; group < kGroups; ++group) {
        sums[chain * groups_ + first_group + group] = sum[chain][group];
      }
    }
  }

  std::size_t groups_;
  std::vector<Lanes> rows_;
};

// Scores of resamples, and whether an array of them would be of single precision.
struct Sample {
  std::vector<double> scores;
  bool single = true;

  void add(ResampledScore score) {
    scores.push_back(score.value);
    single = single && score.single;
  }
};

// The scores of the same resamples for each of the systems.
std::vector<Sample> resample(const Metric& metric, std::span<const Statistics* const> systems,
                             std::size_t resamples, std::uint64_t seed) {
  const std::size_t segments = systems.front()->segments();
  std::vector<SingleRows> rows;
  for (const Statistics* system : systems) rows.emplace_back(*system);
  std::vector<Sample> samples(systems.size());

  NumpyRandom random(seed);
  std::vector<std::uint32_t> picks(kChains * segments);
  std::vector<Lanes> sums(kChains * rows.front().groups());
  std::vector<float> row(metric.width());
  for (std::size_t done = 0; done < resamples; done += kChains) {
    for (std::uint32_t& pick : picks) pick = random.below(static_cast<std::uint32_t>(segments));
    for (std::size_t s = 0; s < systems.size(); ++s) {
      rows[s].add(picks.data(), segments, sums.data());
      for (std::size_t chain = 0; chain < std::min(kChains, resamples - done); ++chain) {
        std::memcpy(row.data(), &sums[chain * rows[s].groups()], row.size() * sizeof(float));
        samples[s].add(metric.score_resample(row));
      }
    }
  }
  return samples;
}

// numpy.add.reduce of a contiguous array: pairwise, in blocks of 128 with eight partial sums.
template <class Number>
Number pairwise_sum(std::span<const Number> numbers) {
  if (numbers.size() < 8) {
    Number sum = 0;
    for (const Number number : numbers) sum += number;
    return sum;
  }
  if (numbers.size() <= 128) {
    Number r[8];
    std::copy_n(numbers.begin(), 8, r);
    std::size_t i = 8;
    for (; i < numbers.size() - numbers.size() % 8; i += 8) {
      for (std::size_t j = 0; j < 8; ++j) r[j] += numbers[i + j];
    }
    Number sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < numbers.size(); ++i) sum += numbers[i];
    return sum;
  }
  const std::size_t half = numbers.size() / 2 / 8 * 8;
  return pairwise_sum(numbers.first(half)) + pairwise_sum(numbers.subspan(half));
}

// ndarray.mean().
template <class Number>
Number mean(const std::vector<Number>& numbers) {
  return pairwise_sum(std::span<const Number>(numbers)) / static_cast<Number>(numbers.size());
}

// statistics.mean(): the exact sum, divided. Shewchuk's partial sums are exact together; what the first
// division leaves over is divided again.
double exact_mean(const std::vector<double>& numbers) {
  std::vector<double> partials;  // from small to large, no two overlap
  for (double x : numbers) {
    std::size_t kept = 0;
    for (double y : partials) {
      if (std::abs(x) < std::abs(y)) std::swap(x, y);
      const double high = x + y;
      const double low = y - (high - x);
      if (low != 0.0) partials[kept++] = low;
      x = high;
    }
    partials.resize(kept);
    partials.push_back(x);
  }
  const auto count = static_cast<double>(numbers.size());
  double sum = 0.0;
  for (std::size_t i = partials.size(); i-- > 0;) sum += partials[i];
  const double quotient = sum / count;
  double rest = std::fma(-quotient, count, partials.back());
  for (std::size_t i = partials.size() - 1; i-- > 0;) rest += partials[i];
  return quotient + rest / count;
}

// Half the width between the scores at 1/40 from either end. REQUIRES: sorted scores.
double half_width(const Sample& sample) {
  const std::size_t lower = sample.scores.size() / 40;
  const double low = sample.scores[lower];
  const double high = sample.scores[sample.scores.size() - lower - 1];
  if (sample.single) return 0.5F * (static_cast<float>(high) - static_cast<float>(low));
  return 0.5 * (high - low);
}

std::vector<float> to_single(const std::vector<double>& numbers) {
  std::vector<float> out(numbers.size());
  std::transform(numbers.begin(), numbers.end(), out.begin(),
                 [](double number) { return static_cast<float>(number); });
  return out;
}

// The order of addition is that of the sorted scores.
Interval array_interval(Sample sample) {
  std::sort(sample.scores.begin(), sample.scores.end());
  const double middle = sample.single ? mean(to_single(sample.scores)) : mean(sample.scores);
  return {middle, half_width(sample), sample.single};
}

// |a - b| of each resample less their mean, compared with the true difference.
template <class Number>
std::size_t count_larger(const std::vector<Number>& a, const std::vector<Number>& b,
                         double difference) {
  std::vector<Number> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = std::abs(a[i] - b[i]);
  const Number middle = mean(differences);
  return static_cast<std::size_t>(
      std::count_if(differences.begin(), differences.end(), [&](Number x) {
        return static_cast<Number>(x - middle) > static_cast<Number>(difference);
      }));
}

double p_value(std::size_t larger, std::size_t trials) {
  return static_cast<double>(larger + 1) / static_cast<double>(trials + 1);
}

double true_difference(const Metric& metric, const Statistics& a, const Statistics& b) {
  return std::abs(metric.score(a.total()).value - metric.score(b.total()).value);
}

}  // namespace

Interval confidence_interval(const Metric& metric, const Statistics& statistics,
                             std::size_t resamples, std::uint64_t seed) {
  const Statistics* const systems[] = {&statistics};
  Sample sample = std::move(resample(metric, systems, resamples, seed).front());
  std::sort(sample.scores.begin(), sample.scores.end());
  const double middle = exact_mean(sample.scores);
  return {sample.single ? static_cast<double>(static_cast<float>(middle)) : middle,
          half_width(sample), sample.single};
}

Interval paired_interval(const Metric& metric, const Statistics& statistics, std::size_t resamples,
                         std::uint64_t seed) {
  const Statistics* const systems[] = {&statistics};
  return array_interval(resample(metric, systems, resamples, seed).front());
}

Comparison paired_bootstrap(const Metric& metric, const Statistics& baseline,
                            const Statistics& system, std::size_t resamples, std::uint64_t seed) {
  const Statistics* const systems[] = {&baseline, &system};
  const std::vector<Sample> samples = resample(metric, systems, resamples, seed);
  const double difference = true_difference(metric, baseline, system);
  const Sample& theirs = samples[0];
  const Sample& ours = samples[1];
  const std::size_t larger =
      ours.single && theirs.single
          ? count_larger(to_single(ours.scores), to_single(theirs.scores), difference)
          : count_larger(ours.scores, theirs.scores, difference);
  return {p_value(larger, resamples), array_interval(ours)};
}

Comparison approximate_randomization(const Metric& metric, const Statistics& baseline,
                                     const Statistics& system, std::size_t trials,
                                     std::uint64_t seed) {
  const double difference = true_difference(metric, baseline, system);
  const std::size_t width = metric.width();
  NumpyBits bits(seed);
  // Sums over the segments where the bit is set (1) or not (0), of the baseline and of the system.
  std::vector<double> baseline_sums[2], system_sums[2];
  std::vector<double> first(width), second(width);
  std::size_t larger = 0;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    for (auto* sums : {baseline_sums, system_sums}) {
      sums[0].assign(width, 0.0);
      sums[1].assign(width, 0.0);
    }
    for (std::size_t i = 0; i < baseline.segments(); ++i) {
      const bool bit = bits.next();
      const auto from_baseline = baseline.row(i);
      const auto from_system = system.row(i);
      double* of_baseline = baseline_sums[bit].data();
      double* of_system = system_sums[bit].data();
      for (std::size_t j = 0; j < width; ++j) {
        of_baseline[j] += from_baseline[j];
        of_system[j] += from_system[j];
      }
    }
    for (std::size_t j = 0; j < width; ++j) {
      first[j] = baseline_sums[1][j] + system_sums[0][j];
      second[j] = baseline_sums[0][j] + system_sums[1][j];
    }
    const double swapped = std::abs(metric.score_integers(first) - metric.score_integers(second));
    if (swapped > difference) ++larger;
  }
  return {p_value(larger, trials), std::nullopt};
}

}  // namespace transept::score
