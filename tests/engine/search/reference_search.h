// The searches of transformers written down literally: dense [K, V] distributions, K equal rows at
// the start, every slot and every -1e9. Slow and obvious; the oracle of the tests.
//
// Fixed here is what the original leaves to torch.topk: equal scores order by beam, then by the
// row's own distribution, then by token. Left out of the result are slots that were never filled
// and those of beams that are -1e9 behind.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <vector>

#include "engine/search/options.h"
#include "engine/search/result.h"

namespace transept::reference {

using Tokens = std::vector<std::int32_t>;
using Row = std::vector<float>;

inline constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

// The log-sum-exp is rounded to float, as the output layer hands it over.
inline Row log_softmax(const Row& x) {
  const double largest = *std::max_element(x.begin(), x.end());
  double sum = 0.0;
  for (const float value : x) sum += std::exp(value - largest);
  const auto lse = static_cast<float>(largest + std::log(sum));
  Row result;
  for (const float value : x) result.push_back(value - lse);
  return result;
}

// ids: decoder start first, as in the original.
inline Row processed(const SearchOptions& o, const Tokens& ids, Row scores) {
  const auto at = [&](std::int32_t token) -> float& {
    return scores[static_cast<std::size_t>(token)];
  };
  if (o.repetition_penalty != 1.0f) {
    for (const std::int32_t token : std::set<std::int32_t>(ids.begin(), ids.end())) {
      at(token) =
          at(token) < 0 ? at(token) * o.repetition_penalty : at(token) / o.repetition_penalty;
    }
  }
  if (const std::size_t n = o.no_repeat_ngram; n > 0 && ids.size() + 1 >= n) {
    const Tokens tail(ids.end() - static_cast<std::ptrdiff_t>(n - 1), ids.end());
    for (std::size_t i = 0; i + n <= ids.size(); ++i) {
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(i);
      if (Tokens(first, first + static_cast<std::ptrdiff_t>(n - 1)) == tail) {
        at(ids[i + n - 1]) = kMinusInfinity;
      }
    }
  }
  for (const Tokens& word : o.bad_words) {
    const bool is_end = word.size() == 1 && std::count(o.end.begin(), o.end.end(), word[0]) > 0;
    if (is_end || (word.size() > 1 && word.size() > ids.size())) continue;
    const auto prefix = static_cast<std::ptrdiff_t>(word.size() - 1);
    if (Tokens(word.begin(), word.end() - 1) == Tokens(ids.end() - prefix, ids.end())) {
      at(word.back()) = kMinusInfinity;
    }
  }
  if (ids.size() < 1 + o.min_length) {
    for (const std::int32_t token : o.end) at(token) = kMinusInfinity;
  }
  if (o.forced_bos >= 0 && ids.size() == 1) {
    std::fill(scores.begin(), scores.end(), kMinusInfinity);
    at(o.forced_bos) = 0;
  }
  if (!o.forced_eos.empty() && ids.size() == o.max_length) {
    std::fill(scores.begin(), scores.end(), kMinusInfinity);
    for (const std::int32_t token : o.forced_eos) at(token) = 0;
  }
  const bool possible = *std::max_element(scores.begin(), scores.end()) > kMinusInfinity;
  return o.renormalize && possible ? log_softmax(scores) : scores;
}

inline float power(std::size_t length, float penalty) {
  return static_cast<float>(std::pow(static_cast<double>(length), static_cast<double>(penalty)));
}

template <class Logits>
SearchHypothesis greedy(const SearchOptions& o, const Logits& logits) {
  Tokens ids{o.start};
  SearchHypothesis result;
  while (ids.size() < o.max_length + 1) {
    const Row scores = processed(o, ids, logits(ids));
    const auto best = std::max_element(scores.begin(), scores.end());
    if (*best == kMinusInfinity) break;
    const auto token = static_cast<std::int32_t>(best - scores.begin());
    result.token_scores.push_back(log_softmax(scores)[static_cast<std::size_t>(token)]);
    result.sum += result.token_scores.back();
    ids.push_back(token);
    if (std::count(o.end.begin(), o.end.end(), token) > 0) break;
  }
  result.ids.assign(ids.begin() + 1, ids.end());
  result.score = result.sum / power(std::max<std::size_t>(result.ids.size(), 1), o.length_penalty);
  return result;
}

// One hypothesis of the K * V table.
struct Entry {
  Tokens ids;  // decoder start first
  std::vector<float> token_scores;
  float score = 0;
  std::size_t beam = 0;
  bool hit = false;
  bool done = false;
  bool real = false;
};

inline std::vector<Entry> best_of(std::vector<Entry> all, std::size_t count) {
  std::stable_sort(all.begin(), all.end(),
                   [](const Entry& a, const Entry& b) { return a.score > b.score; });
  if (all.size() > count) all.resize(count);
  return all;
}

template <class Logits>
std::vector<SearchHypothesis> beam(const SearchOptions& o, const Logits& logits) {
  const std::size_t k = o.beam;
  const std::size_t c = std::max<std::size_t>(2, 1 + o.end.size()) * k;
  std::vector<Entry> run(k, Entry{.ids = {o.start}, .token_scores = {}, .score = -1e9f});
  run[0].score = 0;
  std::vector<Entry> fin(k, Entry{.ids = {o.start}, .token_scores = {}, .score = -1e9f});
  bool improve = true;
  for (std::size_t len = 1;; ++len) {
    std::vector<Entry> all;
    for (std::size_t b = 0; b < run.size(); ++b) {
      const Row lp = processed(o, run[b].ids, log_softmax(logits(run[b].ids)));
      std::vector<std::size_t> order(lp.size());
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t x, std::size_t y) { return lp[x] > lp[y]; });
      for (const std::size_t token : order) {
        Entry next = run[b];
        next.ids.push_back(static_cast<std::int32_t>(token));
        next.token_scores.push_back(lp[token]);
        next.score = run[b].score + lp[token];
        next.beam = b;
        next.hit = std::count(o.end.begin(), o.end.end(), next.ids.back()) > 0 ||
                   len + 1 >= o.max_length + 1;
        all.push_back(std::move(next));
      }
    }
    const std::vector<Entry> top = best_of(std::move(all), c);

    std::vector<Entry> next = top;
    for (Entry& entry : next) entry.score += entry.hit ? -1e9f : 0.0f;
    next = best_of(std::move(next), k);

    std::vector<Entry> merged = fin;
    const bool full = std::all_of(fin.begin(), fin.end(), [](const Entry& e) { return e.done; });
    for (std::size_t j = 0; j < top.size(); ++j) {
      Entry entry = top[j];
      entry.done = entry.hit && j < k;
      entry.real = entry.done && entry.score > -5e8f;
      entry.score /= power(len, o.length_penalty);
      if (full && o.early_stopping == EarlyStopping::on) entry.score += -1e9f;
      if (!improve) entry.score += -1e9f;
      if (!entry.done) entry.score += -1e9f;
      merged.push_back(std::move(entry));
    }
    fin = best_of(std::move(merged), k);

    const std::size_t bound =
        o.early_stopping == EarlyStopping::never && o.length_penalty > 0 ? o.max_length : len;
    const float best = next[0].score / power(bound, o.length_penalty);
    bool any = false;
    for (const Entry& entry : fin) any = any || best > (entry.done ? fin.back().score : -1e9f);
    improve = improve && any;
    run = std::move(next);
    const bool all_done =
        std::all_of(fin.begin(), fin.end(), [](const Entry& e) { return e.done; });
    const bool all_hit = std::all_of(top.begin(), top.end(), [](const Entry& e) { return e.hit; });
    if (!improve || (all_done && o.early_stopping == EarlyStopping::on) || all_hit) break;
  }
  std::vector<SearchHypothesis> result;
  for (const Entry& entry : fin) {
    if (!entry.real || result.size() == o.n_best) continue;
    SearchHypothesis hypothesis;
    hypothesis.ids.assign(entry.ids.begin() + 1, entry.ids.end());
    hypothesis.token_scores = entry.token_scores;
    for (const float score : entry.token_scores) hypothesis.sum += score;
    hypothesis.score = entry.score;
    result.push_back(std::move(hypothesis));
  }
  return result;
}

}  // namespace transept::reference
