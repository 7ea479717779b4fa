// RowColumns: the special columns of a search's rows, as the column rules make them.
#pragma once

#include <cstdint>
#include <span>

#include "engine/search/column_rules.h"
#include "engine/search/columns.h"
#include "engine/search/options.h"

namespace transept {

class RowColumns {
 public:
  // `options` must outlive it. REQUIRES: check_search_options(options).ok().
  explicit RowColumns(const SearchOptions& options);

  // Whether the columns depend on the tokens so far and not only on their number.
  bool reads_history() const { return reads_history_; }
  // Of all rows behind so many new tokens, which may only grow from call to call; valid until the
  // next call. REQUIRES: !reads_history().
  const SpecialColumns& fixed(std::uint32_t generated);
  // history: the decoder start and the new tokens, as in fixed(). Overwrites `columns`; allocates
  // only while its vectors and the scratch grow.
  void collect(std::span<const std::int32_t> history, SpecialColumns& columns);

 private:
  void mark_fixed(std::uint32_t generated);

  const SearchOptions& options_;
  bool reads_history_ = false;
  std::uint32_t fixed_until_ = 0;  // so many new tokens may be there while what is fixed holds
  ColumnMarks fixed_marks_;
  SpecialColumns fixed_;
  ColumnMarks marks_;  // scratch of collect
};

}  // namespace transept
