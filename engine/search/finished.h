// FinishedList: the best of what a beam search has finished, and how ranked lists are kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace transept {

// Keeps `list` sorted by falling score, the earlier of equals first, and no longer than `limit`.
template <class T>
void insert_ranked(std::vector<T>& list, std::size_t limit, const T& item) {
  auto place = list.end();
  while (place != list.begin() && std::prev(place)->score < item.score) --place;
  if (place == list.end() && list.size() == limit) return;
  const auto index = place - list.begin();
  if (list.size() == limit) list.pop_back();
  list.insert(list.begin() + index, item);
}

struct Finished {
  static constexpr std::uint32_t kNoNode = 0xffffffff;

  float score = 0.0f;              // final
  std::uint32_t continuation = 0;  // of the step in which it finishes, until it has a node
  bool returned = true;            // false: it only fills a place
  std::uint32_t node = kNoNode;    // in the trellis
  bool cut = false;                // as in SearchHypothesis
};

class FinishedList {
 public:
  // `places`: how many it keeps, the best; what scores no more than `floor` never gets one.
  FinishedList(std::size_t places, float floor) : places_(places), floor_(floor) {
    list_.reserve(places);
  }

  void insert(const Finished& one) {
    if (one.score > worst()) insert_ranked(list_, places_, one);
  }
  bool full() const { return list_.size() == places_; }
  // What a hypothesis must beat to be the best of all, and to get a place.
  float best() const { return list_.empty() ? floor_ : list_.front().score; }
  float worst() const { return full() ? list_.back().score : floor_; }

  std::vector<Finished>& all() { return list_; }  // best first

 private:
  std::size_t places_;
  float floor_;
  std::vector<Finished> list_;
};

}  // namespace transept
