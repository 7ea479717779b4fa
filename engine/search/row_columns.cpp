#include "engine/search/row_columns.h"

#include <algorithm>
#include <limits>

#include "engine/base/try.h"

namespace transept {

RowColumns::RowColumns(const SearchOptions& options) : options_(options) {
  for (const ColumnRule& rule : column_rules()) {
    reads_history_ |= rule.reads_history && rule.until(options) > 0;
  }
}

// Makes what does not read the history anew where a rule ends, and at the start.
void RowColumns::mark_fixed(std::uint32_t generated) {
  if (generated < fixed_until_) return;
  fixed_until_ = std::numeric_limits<std::uint32_t>::max();
  fixed_marks_.clear();
  for (const ColumnRule& rule : column_rules()) {
    const std::uint32_t until = rule.until(options_);
    if (rule.reads_history || generated >= until) continue;
    rule.mark(options_, {}, fixed_marks_);
    fixed_until_ = std::min(fixed_until_, until);
  }
  fixed_marks_.collect(fixed_);
}

const SpecialColumns& RowColumns::fixed(std::uint32_t generated) {
  TRANSEPT_DCHECK(!reads_history_);
  mark_fixed(generated);
  return fixed_;
}

void RowColumns::collect(std::span<const std::int32_t> history, SpecialColumns& columns) {
  TRANSEPT_DCHECK(!history.empty());
  const auto generated = static_cast<std::uint32_t>(history.size() - 1);
  mark_fixed(generated);
  marks_.clear();
  marks_.add_all(fixed_marks_);
  for (const ColumnRule& rule : column_rules()) {
    if (rule.reads_history && generated < rule.until(options_)) {
      rule.mark(options_, history, marks_);
    }
  }
  marks_.collect(columns);
}

}  // namespace transept
