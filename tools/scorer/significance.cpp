// Bootstrap resampling and approximate randomisation: sacrebleu/significance.py with NumPy 2.
//
// Its scores of resamples are partly of single precision, and its means depend on the order of
// addition, so both are followed; p-values and intervals then agree to the last digit printed.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "tools/scorer/numpy_random.h"
#include "tools/scorer/weighted_sums.h"
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
      : groups_((statistics.width + kLanes - 1) / kLanes), rows_(statistics.segments() * groups_) {
    for (std::size_t i = 0; i < statistics.segments(); ++i) {
      for (std::size_t j = 0; j < statistics.width; ++j) {
        rows_[i * groups_ + j / kLanes][j % kLanes] = static_cast<float>(statistics.row(i)[j]);
      }
    }
  }

  std::size_t groups() const { return groups_; }

  // sums: [kChains, groups()], overwritten. picks: [kChains, count], row numbers in order of
  // addition.
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

using Systems = std::span<const Statistics* const>;

// The same of all systems where it can be made of each: one for whole numbers is none for
// fractions.
std::optional<std::vector<WeightedSums>> weighted_sums(Systems systems) {
  const std::size_t segments = systems.front()->segments();
  if (segments > std::numeric_limits<std::int16_t>::max()) return std::nullopt;  // a weight's type
  std::vector<WeightedSums> all;
  for (const Statistics* system : systems) {
    auto sums = WeightedSums::of(system->values, system->width, segments);
    if (!sums) return std::nullopt;
    all.push_back(*std::move(sums));
  }
  return all;
}

// Resamples of whole numbers: how often each segment is drawn decides their sums.
std::vector<Sample> resample_whole(const Metric& metric, Systems systems,
                                   const std::vector<WeightedSums>& system_sums,
                                   std::size_t resamples, NumpyRandom& random) {
  constexpr std::size_t kTogether = WeightedSums::kTogether;
  const std::size_t segments = systems.front()->segments();
  const std::size_t length = WeightedSums::padded(segments);
  std::vector<Sample> samples(systems.size());
  std::vector<std::int16_t> draws(kTogether * length);
  std::vector<std::int32_t> sums(kTogether * metric.width());
  std::vector<float> row(metric.width());
  for (std::size_t done = 0; done < resamples; done += kTogether) {
    std::fill(draws.begin(), draws.end(), std::int16_t{0});
    for (std::size_t together = 0; together < kTogether; ++together) {
      random.tally(static_cast<std::uint32_t>(segments), segments,
                   draws.data() + together * length);
    }
    for (std::size_t s = 0; s < systems.size(); ++s) {
      system_sums[s].multiply(draws.data(), sums.data());
      for (std::size_t together = 0; together < std::min(kTogether, resamples - done); ++together) {
        for (std::size_t j = 0; j < row.size(); ++j) {
          row[j] = static_cast<float>(sums[together * row.size() + j]);
        }
        samples[s].add(metric.score_resample(row));
      }
    }
  }
  return samples;
}

// Resamples of any numbers, added up in order.
std::vector<Sample> resample_in_order(const Metric& metric, Systems systems, std::size_t resamples,
                                      NumpyRandom& random) {
  const std::size_t segments = systems.front()->segments();
  std::vector<SingleRows> rows;
  for (const Statistics* system : systems) rows.emplace_back(*system);
  std::vector<Sample> samples(systems.size());
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

// The scores of the same resamples for each of the systems.
std::vector<Sample> resample(const Metric& metric, Systems systems, std::size_t resamples,
                             std::uint64_t seed) {
  NumpyRandom random(seed);
  if (const auto sums = weighted_sums(systems)) {
    return resample_whole(metric, systems, *sums, resamples, random);
  }
  return resample_in_order(metric, systems, resamples, random);
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

// statistics.mean(): the exact sum, divided. Shewchuk's partial sums are exact together; what the
// first division leaves over is divided again.
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
  return static_cast<std::size_t>(std::count_if(
      differences.begin(), differences.end(),
      [&](Number x) { return static_cast<Number>(x - middle) > static_cast<Number>(difference); }));
}

double p_value(std::size_t larger, std::size_t trials) {
  return static_cast<double>(larger + 1) / static_cast<double>(trials + 1);
}

double true_difference(const Metric& metric, const Statistics& a, const Statistics& b) {
  return std::abs(metric.score(a.total()).value - metric.score(b.total()).value);
}

// Trials that swap segments of a system with the baseline's, and how often the scores then differ
// by more than they do.
class Swaps {
 public:
  Swaps(const Metric& metric, const Statistics& baseline, const Statistics& system)
      : metric_(metric),
        baseline_(baseline),
        system_(system),
        baseline_total_(baseline.total()),
        system_total_(system.total()),
        difference_(true_difference(metric, baseline, system)),
        first_(metric.width()),
        second_(metric.width()) {
    sums_.resize(WeightedSums::kTogether * metric.width());
    const auto is_whole = [](double value) { return value == std::trunc(value); };
    if (!std::all_of(baseline.values.begin(), baseline.values.end(), is_whole)) return;
    std::vector<double> lead(baseline.values.size());
    for (std::size_t i = 0; i < lead.size(); ++i) lead[i] = baseline.values[i] - system.values[i];
    lead_ = WeightedSums::of(lead, metric.width(), baseline.segments());
  }

  // kept: [kTogether, padded segments], 1 where the baseline keeps its segment; the first `count`
  // count.
  void add_trials(const std::int16_t* kept, std::size_t count) {
    if (lead_) lead_->multiply(kept, sums_.data());
    for (std::size_t t = 0; t < count; ++t) {
      if (lead_) {
        swap_whole(sums_.data() + t * first_.size());
      } else {
        swap_in_order(kept + t * WeightedSums::padded(baseline_.segments()));
      }
      const double swapped =
          std::abs(metric_.score_integers(first_) - metric_.score_integers(second_));
      if (swapped > difference_) ++larger_;
    }
  }
  std::size_t larger() const { return larger_; }

 private:
  // first: the system's segments, but the baseline's where it keeps them; second: the others.
  void swap_whole(const std::int32_t* lead) {
    for (std::size_t j = 0; j < first_.size(); ++j) {
      first_[j] = system_total_[j] + lead[j];
      second_[j] = baseline_total_[j] - lead[j];
    }
  }

  // NumPy leaves the order of these additions to the BLAS of the machine; see the header.
  void swap_in_order(const std::int16_t* kept) {
    const std::size_t width = first_.size();
    // Sums over the segments that are kept (1) or not (0), of the baseline and of the system.
    std::vector<double> baseline[2], system[2];
    for (auto* sums : {baseline, system}) {
      sums[0].assign(width, 0.0);
      sums[1].assign(width, 0.0);
    }
    for (std::size_t i = 0; i < baseline_.segments(); ++i) {
      for (std::size_t j = 0; j < width; ++j) {
        baseline[kept[i]][j] += baseline_.row(i)[j];
        system[kept[i]][j] += system_.row(i)[j];
      }
    }
    for (std::size_t j = 0; j < width; ++j) {
      first_[j] = baseline[1][j] + system[0][j];
      second_[j] = baseline[0][j] + system[1][j];
    }
  }

  const Metric& metric_;
  const Statistics& baseline_;
  const Statistics& system_;
  std::vector<double> baseline_total_, system_total_;
  double difference_;
  std::vector<double> first_, second_;
  std::optional<WeightedSums> lead_;  // of the baseline over the system, where both are whole
  std::vector<std::int32_t> sums_;
  std::size_t larger_ = 0;
};

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

PairedBootstrap paired_bootstrap(const Metric& metric, const Statistics& baseline,
                                 std::span<const Statistics> systems, std::size_t resamples,
                                 std::uint64_t seed) {
  std::vector<const Statistics*> all = {&baseline};
  for (const Statistics& system : systems) all.push_back(&system);
  const std::vector<Sample> samples = resample(metric, all, resamples, seed);
  const Sample& theirs = samples.front();
  PairedBootstrap out;
  out.baseline = array_interval(theirs);
  for (std::size_t s = 0; s < systems.size(); ++s) {
    const Sample& ours = samples[s + 1];
    const double difference = true_difference(metric, baseline, systems[s]);
    const std::size_t larger =
        ours.single && theirs.single
            ? count_larger(to_single(ours.scores), to_single(theirs.scores), difference)
            : count_larger(ours.scores, theirs.scores, difference);
    out.systems.push_back({p_value(larger, resamples), array_interval(ours)});
  }
  return out;
}

Comparison paired_bootstrap(const Metric& metric, const Statistics& baseline,
                            const Statistics& system, std::size_t resamples, std::uint64_t seed) {
  return paired_bootstrap(metric, baseline, {&system, 1}, resamples, seed).systems.front();
}

std::vector<Comparison> approximate_randomization(const Metric& metric, const Statistics& baseline,
                                                  std::span<const Statistics> systems,
                                                  std::size_t trials, std::uint64_t seed) {
  std::vector<Swaps> swaps;
  for (const Statistics& system : systems) swaps.emplace_back(metric, baseline, system);
  constexpr std::size_t kTogether = WeightedSums::kTogether;
  const std::size_t segments = baseline.segments();
  const std::size_t length = WeightedSums::padded(segments);
  std::vector<std::int16_t> kept(kTogether * length, std::int16_t{0});
  NumpyBits bits(seed);
  for (std::size_t done = 0; done < trials; done += kTogether) {
    const std::size_t together = std::min(kTogether, trials - done);
    for (std::size_t t = 0; t < together; ++t) bits.next({kept.data() + t * length, segments});
    for (Swaps& one : swaps) one.add_trials(kept.data(), together);
  }
  std::vector<Comparison> out;
  for (const Swaps& one : swaps) out.push_back({p_value(one.larger(), trials), std::nullopt});
  return out;
}

Comparison approximate_randomization(const Metric& metric, const Statistics& baseline,
                                     const Statistics& system, std::size_t trials,
                                     std::uint64_t seed) {
  return approximate_randomization(metric, baseline, {&system, 1}, trials, seed).front();
}

}  // namespace transept::score
