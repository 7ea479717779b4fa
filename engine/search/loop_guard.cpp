#include "engine/search/loop_guard.h"

#include <algorithm>
#include <limits>

namespace transept {

std::optional<Loop> find_period(std::span<const std::int32_t> tokens, std::size_t least,
                                std::size_t rounds) {
  for (std::size_t period = 1; period <= tokens.size() / rounds; ++period) {
    std::size_t begin = tokens.size() - period;
    while (begin > 0 && tokens[begin - 1] == tokens[begin - 1 + period]) --begin;
    if (tokens.size() - begin >= std::max(least, rounds * period)) return Loop{begin, period};
  }
  return std::nullopt;
}

std::optional<Loop> find_few_kinds(std::span<const std::int32_t> tokens, std::size_t least,
                                   std::size_t most) {
  if (tokens.size() < least) return std::nullopt;
  // Whether the token at `i` has not come between `first` and it.
  const auto is_new = [&](std::size_t first, std::size_t i) {
    const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = tokens.begin() + static_cast<std::ptrdiff_t>(i);
    return std::find(begin, end, tokens[i]) == end;
  };
  std::size_t kinds = 0;
  for (std::size_t i = tokens.size() - least; i < tokens.size(); ++i) {
    if (is_new(tokens.size() - least, i) && ++kinds > most) return std::nullopt;
  }
  // The first of these tokens may be what was said before the loop; the later ones are all of it.
  const auto last = tokens.last((least + 1) / 2);
  std::size_t begin = tokens.size() - last.size();
  while (begin > 0 && std::find(last.begin(), last.end(), tokens[begin - 1]) != last.end()) --begin;
  std::size_t end = begin;
  while (end < tokens.size() && is_new(begin, end)) ++end;
  return Loop{begin, end - begin};
}

LoopGuard::LoopGuard(const SearchOptions& options)
    : loop_(loop_length(options.src_len)),
      endless_(endless_length(options.src_len)),
      min_length_(options.min_length) {
  const bool on = options.loop_guard && !options.end.empty();
  due_ = on ? std::max(loop_, min_length_) : std::numeric_limits<std::size_t>::max();
}

std::optional<std::size_t> LoopGuard::stop(std::span<const std::int32_t> tokens) const {
  if (!due(tokens.size())) return std::nullopt;
  auto loop = find_few_kinds(tokens, loop_, std::min(loop_ / kTokensPerKind, kMostKinds));
  if (!loop) loop = find_period(tokens, loop_, kRounds);
  if (loop) return std::max(loop->begin + loop->round, min_length_);
  if (tokens.size() >= endless_) return tokens.size();
  return std::nullopt;
}

}  // namespace transept
