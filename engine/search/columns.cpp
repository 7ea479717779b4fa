#include "engine/search/columns.h"

#include <algorithm>

namespace transept {

void ColumnMarks::add(const Mark& mark) {
  order_.push_back(static_cast<std::uint64_t>(mark.token) << 32 | marks_.size());
  marks_.push_back(mark);
}

void ColumnMarks::clear() {
  marks_.clear();
  order_.clear();
}

void ColumnMarks::collect(SpecialColumns& columns) {
  std::sort(order_.begin(), order_.end());
  columns.tokens.clear();
  columns.changed.clear();
  for (auto key = order_.begin(); key != order_.end();) {
    Mark all = marks_[static_cast<std::uint32_t>(*key)];
    for (++key; key != order_.end() && static_cast<std::int32_t>(*key >> 32) == all.token; ++key) {
      const Mark& more = marks_[static_cast<std::uint32_t>(*key)];
      all.banned |= more.banned;
      all.shift += more.shift;
      if (more.penalty != 1.0f) all.penalty = more.penalty;
    }
    if (!all.banned) {
      columns.changed.push_back(
          {static_cast<std::uint32_t>(columns.tokens.size()), all.shift, all.penalty});
    }
    columns.tokens.push_back(all.token);
  }
}

}  // namespace transept
