// SearchOptions: all that decides what a search finds, beside the scores it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transept/options.h"
#include "transept/status.h"

namespace transept {

// Everything resolved: model defaults, rules and request merged. Lengths count new tokens after the
// decoder start.
struct SearchOptions {
  Rules rules = Rules::transformers;
  std::uint32_t beam = 1;       // 1: greedy
  std::uint32_t n_best = 1;     // at most beam
  float length_penalty = 1.0f;  // score = sum / length^length_penalty
  EarlyStopping early_stopping = EarlyStopping::off;
  std::uint32_t max_length = 512;        // new tokens, end token included
  std::uint32_t min_length = 0;          // end tokens are banned while fewer new tokens exist
  float repetition_penalty = 1.0f;       // 1: none
  std::uint32_t no_repeat_ngram = 0;     // 0: none
  bool renormalize = false;              // softmax again after the processors
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

// Bounds that keep a mistyped option from asking for all the memory there is.
inline constexpr std::uint32_t kMaxBeam = 1024;
inline constexpr std::uint32_t kMaxLength = 1u << 20;

// Errors: kInvalidArgument with a sentence naming the option as the program spells it (beam 0,
// n_best > beam, ids out of vocab, min_length > max_length, repetition_penalty <= 0, ...);
// kUnsupported for rules that have no search yet.
Status check_search_options(const SearchOptions& options);

}  // namespace transept
