// SearchOptions: all that decides what a search finds, beside the scores it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transept/options.h"
#include "transept/status.h"

namespace transept {

// Everything resolved: model defaults, rules and request merged.
struct SearchOptions : SearchSettings {
  bool scores = true;                    // false: greedy may skip log-sum-exp and scores are 0
  std::int32_t start = 0;                // decoder start token
  std::int32_t forced_bos = -1;          // the first new token; -1: free
  std::vector<std::int32_t> forced_eos;  // one of them is forced at the last position; empty: free
  std::vector<std::int32_t> end;         // end tokens
  // Sequences whose last token is banned where the rest precedes it; of length 1: always.
  std::vector<std::vector<std::int32_t>> bad_words;
  std::uint32_t vocab = 0;
  // A hypothesis that goes round in circles is stopped (loop_guard.h); what never does comes out as
  // without. Reads src_len: the source's tokens tell how long a translation may become.
  bool loop_guard = false;
  std::size_t src_len = 0;
};

// Errors: kInvalidArgument for values outside the range of their row (transept/option_table.h),
// n_best above beam, min_length above max_length, ids out of vocab; kUnsupported for rules that have
// no search yet.
Status check_search_options(const SearchOptions& options);

}  // namespace transept
