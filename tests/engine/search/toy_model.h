// A model without a network, and the part of the scheduler and output layer that a search talks to.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/search/make_search.h"
#include "engine/search/options.h"
#include "engine/search/protocol.h"
#include "engine/search/result.h"

namespace transept {

// Logits that are a hash of the tokens so far: the same as in tests/data/search/make_cases.py.
struct ToyModel {
  std::uint64_t seed = 0;
  std::uint32_t vocab = 0;
  float spread = 1.0f;  // logits lie in [-spread, spread)
  std::uint32_t levels =
      0;  // 0: all 24 bits of the hash; otherwise so many equidistant values, for ties

  static std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  // tokens: decoder start first.
  std::vector<float> logits(std::span<const std::int32_t> tokens) const {
    std::uint64_t state = mix(seed);
    for (const std::int32_t token : tokens) state = mix(state ^ static_cast<std::uint64_t>(token));
    std::vector<float> result(vocab);
    for (std::uint64_t column = 0; column < vocab; ++column) {
      const auto bits = static_cast<std::int64_t>(mix(state ^ (column << 32)) >> 40);
      const std::int64_t half = levels == 0 ? 1 << 23 : levels;
      const std::int64_t value = levels == 0 ? bits - half : bits % (2 * half) - half;
      result[column] = static_cast<float>(
          static_cast<double>(value) * (static_cast<double>(spread) / static_cast<double>(half)));
    }
    return result;
  }
};

// log(sum(exp(values))) over the columns for which `listed` is false.
inline float log_sum_exp_of_rest(std::span<const float> values, const std::vector<bool>& listed) {
  double sum = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!listed[i]) sum += std::exp(static_cast<double>(values[i]));
  }
  return static_cast<float>(std::log(sum));
}

// What a search found, and the rows it came through.
struct Traced : SearchHypothesis {
  std::vector<std::uint32_t> rows = {};
};

// Runs a search on any function from tokens (start first) to logits. Follows the rows as a decoder
// does, by parent and token, and answers each as the output layer does. `look` sees every step's
// rows.
template <class Logits, class Look>
std::vector<Traced> run_search(const SearchOptions& options, const Logits& logits,
                               const Look& look) {
  const auto search = make_search(options);
  std::vector<std::vector<std::int32_t>> history;
  while (!search->done()) {
    const auto rows = search->rows();
    look(rows);
    std::vector<std::vector<std::int32_t>> next;
    std::vector<std::vector<Candidate>> top(rows.size());
    std::vector<std::vector<float>> special(rows.size());
    std::vector<RowScores> scores(rows.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const SearchRow& row = rows[r];
      next.push_back(row.parent < 0 ? std::vector<std::int32_t>{}
                                    : history[static_cast<std::size_t>(row.parent)]);
      next.back().push_back(row.token);
      const std::vector<float> values = logits(next.back());
      std::vector<bool> listed(values.size(), false);
      for (const std::int32_t token : row.special) {
        listed[static_cast<std::size_t>(token)] = true;
        special[r].push_back(values[static_cast<std::size_t>(token)]);
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!listed[i]) top[r].push_back({static_cast<std::int32_t>(i), values[i]});
      }
      std::stable_sort(top[r].begin(), top[r].end(),
                       [](const Candidate& a, const Candidate& b) { return a.logit > b.logit; });
      top[r].resize(row.top);
      // What was not asked for is not given.
      const float lse = row.needs_lse ? log_sum_exp_of_rest(values, listed)
                                      : std::numeric_limits<float>::quiet_NaN();
      scores[r] = {.top = top[r], .lse = lse, .special_logits = special[r]};
    }
    history = std::move(next);
    search->advance(scores);
  }
  std::vector<Traced> found;
  for (SearchHypothesis& one : search->hypotheses()) {
    found.push_back({std::move(one), search->path(found.size())});
  }
  return found;
}

template <class Logits>
std::vector<Traced> run_search(const SearchOptions& options, const Logits& logits) {
  return run_search(options, logits, [](std::span<const SearchRow>) {});
}

inline std::vector<Traced> run_search(const SearchOptions& options, const ToyModel& model) {
  return run_search(options,
                    [&](std::span<const std::int32_t> tokens) { return model.logits(tokens); });
}

}  // namespace transept
