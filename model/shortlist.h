// Shortlist: the target ids that a sentence may use, by its source ids.
//
// The output layer then computes some hundreds of columns instead of the whole vocabulary. A set
// depends on its own sentence only, never on what is translated beside it. Immutable and
// thread-safe.
// Source: marian-dev, src/data/shortlist.{h,cpp}, whose sets these are, per sentence instead of per
// batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace transept {

struct WeightedTarget {
  std::int32_t target = 0;
  float probability = 0.0f;
};

// Keeps the `best` likeliest above `threshold`, likeliest first, the larger id first of equals.
void prune_targets(std::vector<WeightedTarget>& targets, std::size_t best, float threshold);

// Target ids for each source id.
struct TargetLists {
  // [words + 1], ascending: list s is targets[offsets[s] .. offsets[s + 1])
  std::vector<std::size_t> offsets = {0};
  std::vector<std::int32_t> targets;

  std::size_t words() const { return offsets.size() - 1; }
  std::span<const std::int32_t> of(std::size_t source) const {
    return std::span(targets).subspan(offsets[source], offsets[source + 1] - offsets[source]);
  }
  void add(std::span<const WeightedTarget> list);
};

class Shortlist {
 public:
  // first: ids [0, first) belong to every set. shared: source ids are target ids, too, and may be
  // copied.
  // REQUIRES: targets inside the vocabulary.
  Shortlist(TargetLists lists, std::size_t first, std::size_t target_vocab, bool shared);

  // [0, first), the lists of the source ids, these ids themselves when shared, and `required`; then
  // the lowest others from `first` on, up to a multiple of eight. Ascending. Source ids beyond the
  // lists have none.
  std::vector<std::int32_t> candidates(std::span<const std::int32_t> source,
                                       std::span<const std::int32_t> required) const;

 private:
  TargetLists lists_;
  std::size_t first_;
  std::size_t target_vocab_;
  bool shared_;
};

}  // namespace transept
