#include "model/ibm_model1.h"

#include <algorithm>
#include <numeric>

namespace transept {
namespace {

// Several for each thread of most machines, so that one that comes late still finds work. Each has
// counts of its own.
constexpr std::size_t kParts = 64;

class Trainer {
 public:
  Trainer(const IdSentences& sources, const IdSentences& targets, std::size_t source_vocab,
          std::size_t target_vocab, Team& team)
      : sources_(sources),
        targets_(targets),
        null_(source_vocab),
        words_(source_vocab + 1),
        team_(team),
        shares_(targets.ids()) {
    for (Scratch& scratch : scratch_) scratch.counts.assign(target_vocab, 0.0);
    find_occurrences();
    find_columns();
  }

  void iterate() {
    team_.run(kParts, [this](std::size_t part) { share_out(part); });
    team_.run(kParts, [this](std::size_t part) {
      for (std::size_t word = part; word < words_; word += kParts) count(word, scratch_[part]);
    });
  }

  std::vector<std::vector<WeightedTarget>> result() const {
    std::vector<std::vector<WeightedTarget>> lists(null_);
    for (std::size_t word = 0; word < null_; ++word) {
      const auto row = row_of(word);
      lists[word].assign(row.begin(), row.end());
    }
    return lists;
  }

 private:
  struct Scratch {
    std::vector<double> counts;  // by target id; 0 between words
    std::vector<std::int32_t> touched;
  };

  // The pairs in which a word occurs, as often as it does there; NULL, once in each, needs no list.
  void find_occurrences() {
    occurrence_ends_.assign(null_ + 1, 0);
    for (std::size_t pair = 0; pair < sources_.size(); ++pair) {
      for (const std::int32_t word : sources_[pair]) {
        ++occurrence_ends_[static_cast<std::size_t>(word) + 1];
      }
    }
    std::partial_sum(occurrence_ends_.begin(), occurrence_ends_.end(), occurrence_ends_.begin());
    occurrences_.resize(sources_.ids());
    std::vector<std::size_t> next(occurrence_ends_.begin(), occurrence_ends_.end() - 1);
    for (std::size_t pair = 0; pair < sources_.size(); ++pair) {
      for (const std::int32_t word : sources_[pair]) {
        occurrences_[next[static_cast<std::size_t>(word)]++] = static_cast<std::uint32_t>(pair);
      }
    }
  }

  template <class Use>
  void for_each_pair(std::size_t word, Use use) const {
    if (word == null_) {
      for (std::size_t pair = 0; pair < targets_.size(); ++pair) use(pair);
      return;
    }
    for (std::size_t i = occurrence_ends_[word]; i < occurrence_ends_[word + 1]; ++i) {
      use(occurrences_[i]);
    }
  }

  // The targets that a word meets, ascending, all as likely.
  void find_columns() {
    for (std::size_t word = 0; word < words_; ++word) {
      Scratch& scratch = scratch_[0];
      for_each_pair(word, [&](std::size_t pair) {
        for (const std::int32_t target : targets_[pair]) {
          double& count = scratch.counts[static_cast<std::size_t>(target)];
          if (count == 0.0) scratch.touched.push_back(target);
          count = 1.0;
        }
      });
      std::sort(scratch.touched.begin(), scratch.touched.end());
      for (const std::int32_t target : scratch.touched) {
        rows_.push_back({target, 1.0f});
        scratch.counts[static_cast<std::size_t>(target)] = 0.0;
      }
      scratch.touched.clear();
      row_ends_.push_back(rows_.size());
    }
  }

  std::span<WeightedTarget> row_of(std::size_t word) {
    const std::size_t begin = word == 0 ? 0 : row_ends_[word - 1];
    return std::span(rows_).subspan(begin, row_ends_[word] - begin);
  }
  std::span<const WeightedTarget> row_of(std::size_t word) const {
    const std::size_t begin = word == 0 ? 0 : row_ends_[word - 1];
    return std::span(rows_).subspan(begin, row_ends_[word] - begin);
  }

  float probability(std::size_t word, std::int32_t target) const {
    const auto row = row_of(word);
    return std::lower_bound(
               row.begin(), row.end(), target,
               [](const WeightedTarget& one, std::int32_t id) { return one.target < id; })
        ->probability;
  }

  // Expectation, one half: what each target word of some pairs divides the probabilities of its
  // sources by.
  void share_out(std::size_t part) {
    for (std::size_t pair = part; pair < targets_.size(); pair += kParts) {
      double* share = shares_.data() + targets_.begin_of(pair);
      for (const std::int32_t target : targets_[pair]) {
        double sum = probability(null_, target);
        for (const std::int32_t word : sources_[pair]) {
          sum += probability(static_cast<std::size_t>(word), target);
        }
        *share++ = sum > 0.0 ? 1.0 / sum : 0.0;
      }
    }
  }

  // The other half, and maximisation: expected counts of a word's targets, as probabilities.
  void count(std::size_t word, Scratch& scratch) {
    const auto row = row_of(word);
    for_each_pair(word, [&](std::size_t pair) {
      const double* share = shares_.data() + targets_.begin_of(pair);
      for (const std::int32_t target : targets_[pair]) {
        scratch.counts[static_cast<std::size_t>(target)] += *share++;
      }
    });
    double total = 0.0;
    for (const WeightedTarget& one : row) {
      double& count = scratch.counts[static_cast<std::size_t>(one.target)];
      count *= one.probability;
      total += count;
    }
    for (WeightedTarget& one : row) {
      double& count = scratch.counts[static_cast<std::size_t>(one.target)];
      one.probability = total > 0.0 ? static_cast<float>(count / total) : 0.0f;
      count = 0.0;
    }
  }

  const IdSentences& sources_;
  const IdSentences& targets_;
  const std::size_t null_;  // the id of NULL, behind those of words
  const std::size_t words_;
  Team& team_;
  std::vector<std::uint32_t> occurrences_;  // pairs, by word
  std::vector<std::size_t> occurrence_ends_;
  std::vector<WeightedTarget> rows_;  // by word
  std::vector<std::size_t> row_ends_;
  std::vector<double> shares_;  // parallel to the targets' ids
  std::vector<Scratch> scratch_ = std::vector<Scratch>(kParts);
};

}  // namespace

std::optional<std::vector<std::vector<WeightedTarget>>> train_ibm_model1(
    const IdSentences& sources, const IdSentences& targets, std::size_t source_vocab,
    std::size_t target_vocab, std::uint32_t iterations, Team& team,
    const std::function<bool(std::uint32_t)>& go_on) {
  Trainer trainer(sources, targets, source_vocab, target_vocab, team);
  for (std::uint32_t i = 0; i < iterations; ++i) {
    if (go_on && !go_on(i)) return std::nullopt;
    trainer.iterate();
  }
  return trainer.result();
}

}  // namespace transept
