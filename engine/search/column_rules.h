// Column rules: one function and one row of the table for each option that changes single columns.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "engine/search/columns.h"
#include "engine/search/options.h"

namespace transept {

struct ColumnRule {
  // It marks nothing from so many new tokens on: 0 when the options do not ask for it.
  std::uint32_t (*until)(const SearchOptions& options);
  // Whether what it marks hangs on the tokens so far; otherwise it hangs on the options alone.
  bool reads_history;
  // Marks the columns of the row that follows `history`: the decoder start and the new tokens.
  void (*mark)(const SearchOptions& options, std::span<const std::int32_t> history,
               ColumnMarks& marks);
};

std::span<const ColumnRule> column_rules();

}  // namespace transept
