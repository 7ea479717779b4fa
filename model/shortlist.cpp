#include "model/shortlist.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace transept {
namespace {

// A set of small numbers.
class Bits {
 public:
  explicit Bits(std::size_t size) : words_((size + 63) / 64) {}

  void insert(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  bool contains(std::size_t i) const { return (words_[i / 64] >> i % 64 & 1u) != 0; }
  std::size_t count() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  std::vector<std::int32_t> members() const {
    std::vector<std::int32_t> members;
    members.reserve(count());
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t rest = words_[w]; rest != 0; rest &= rest - 1) {
        members.push_back(static_cast<std::int32_t>(w * 64) + std::countr_zero(rest));
      }
    }
    return members;
  }

 private:
  std::vector<std::uint64_t> words_;
};

// What the engine's kernels of Marian's time wanted; kept so that sets and scores are Marian's.
constexpr std::size_t kMultiple = 8;

}  // namespace

void prune_targets(std::vector<WeightedTarget>& targets, std::size_t best, float threshold) {
  std::erase_if(targets, [&](const WeightedTarget& one) { return !(one.probability > threshold); });
  std::sort(targets.begin(), targets.end(), [](const WeightedTarget& a, const WeightedTarget& b) {
    return std::pair(a.probability, a.target) > std::pair(b.probability, b.target);
  });
  if (targets.size() > best) targets.resize(best);
}

void TargetLists::add(std::span<const WeightedTarget> list) {
  for (const WeightedTarget& one : list) targets.push_back(one.target);
  offsets.push_back(targets.size());
}

Shortlist::Shortlist(TargetLists lists, std::size_t first, std::size_t target_vocab, bool shared)
    : lists_(std::move(lists)),
      first_(std::min(first, target_vocab)),
      target_vocab_(target_vocab),
      shared_(shared) {}

std::vector<std::int32_t> Shortlist::candidates(std::span<const std::int32_t> source,
                                                std::span<const std::int32_t> required) const {
  Bits chosen(target_vocab_);
  for (std::size_t id = 0; id < first_; ++id) chosen.insert(id);
  for (const std::int32_t id : required) chosen.insert(static_cast<std::size_t>(id));
  for (const std::int32_t id : source) {
    const auto word = static_cast<std::size_t>(id);
    if (shared_ && word < target_vocab_) chosen.insert(word);
    if (word >= lists_.words()) continue;
    for (const std::int32_t target : lists_.of(word)) {
      chosen.insert(static_cast<std::size_t>(target));
    }
  }
  std::size_t count = chosen.count();
  for (std::size_t id = first_; id < target_vocab_ && count % kMultiple != 0; ++id) {
    if (chosen.contains(id)) continue;
    chosen.insert(id);
    ++count;
  }
  return chosen.members();
}

}  // namespace transept
