// The best ways to choose one entry from each of many ranked lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <span>
#include <utility>
#include <vector>

namespace transept {

// Gives combinations one after the other, by falling sum of scores, the best first. Reading k of
// them from S lists takes O(S log S + k^2). Deterministic. Not thread-safe.
class BestCombinations {
 public:
  // A choice other than the first entry of a list.
  struct Choice {
    std::size_t list = 0;
    std::size_t rank = 0;
  };

  // scores: of each list, best first, not empty.
  explicit BestCombinations(std::span<const std::vector<float>> scores);

  // The next combination: where it does not choose the first entry, in no order. Behind the last
  // one `more` is false.
  struct Next {
    bool more = false;
    std::vector<Choice> choices;
  };
  Next next();

 private:
  // What a list's entries lose to its first one, rising.
  struct Losses {
    std::size_t list = 0;
    std::vector<double> by_rank;
  };
  // Beyond `at` (in losses_) every list is at its first entry.
  struct State {
    double loss = 0.0;
    std::vector<Choice> choices;  // by index in losses_; the last one is at `at`
    std::uint64_t number = 0;     // order of equals
  };
  struct Later {
    bool operator()(const State& a, const State& b) const {
      return a.loss != b.loss ? a.loss > b.loss : a.number > b.number;
    }
  };
  void push(std::vector<Choice> choices);

  std::vector<Losses> losses_;  // of lists with a second entry, that which loses least first
  std::priority_queue<State, std::vector<State>, Later> open_;
  bool begun_ = false;
  std::uint64_t pushed_ = 0;
};

}  // namespace transept
