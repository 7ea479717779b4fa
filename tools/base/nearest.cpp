#include "tools/base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace transept::tools {
namespace {

// How many letters must be put in, taken out or replaced; `whole`: to make b of a, otherwise to make
// any beginning of b.
std::size_t edit_distance(std::string_view a, std::string_view b, bool whole) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return whole ? row.back() : *std::min_element(row.begin(), row.end());
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates,
                    std::size_t below, bool whole) {
  std::string best;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate, whole);
    if (distance < below) {
      below = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  const std::size_t mistakes = std::max<std::size_t>(1, word.size() / 3);
  std::string best = nearest(word, candidates, mistakes + 1, true);
  if (!best.empty()) return best;
  // Cut short, and perhaps misspelt, too: of a few letters everything is a beginning.
  constexpr std::size_t kLeast = 5;
  if (word.size() < kLeast) return "";
  return nearest(word, candidates, std::max<std::size_t>(1, word.size() / 4) + 1, false);
}

std::string misspelt(const std::string& word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLong = 8;
  return nearest(word, candidates, word.size() < kLong ? 2 : 3, true);
}

}  // namespace transept::tools
