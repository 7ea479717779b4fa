// LoopGuard: tells when a hypothesis goes round in circles, or on and on, so that a search need not
// follow it up to max_length.
//
// A model that meets what it has never seen (a line in capitals, a row of digits) may say the same
// few tokens over and over, each time surer that the next round comes, and never end. The signs of
// it lie far beyond what a translation can be, so that none is taken for a loop. With S source
// tokens, the end of the hypothesis is a loop when it
//
// * repeats itself, at least kRounds times, for at least loop_length(S) tokens; or
// * has, in its last loop_length(S) tokens, no more than one kind of token for each kTokensPerKind,
//   and no more than kMostKinds in all: loops that are not quite regular ("S-S-SS-S-SSS-S").
//
// What the source itself repeats ("no, no, no, no", a line of dots) comes nowhere near: both sides
// have about as many tokens, and loop_length(S) is above what a whole translation has. A hypothesis
// of endless_length(S) tokens is stopped whatever it says.
//
// Of 19,788 lines that the English-German model translates greedily, those that end by themselves
// and in no loop have at most 2 S + 9 tokens, and stretches that repeat are shorter than S.
//
// Pure functions of the tokens, which are only read once there are loop_length(S) of them: a search
// whose translations are of the usual length does nothing but compare two numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/search/options.h"

namespace transept {

// The end of a sequence that repeats itself.
struct Loop {
  std::size_t begin = 0;  // of the first round
  std::size_t round = 0;  // its tokens
};

// The stretch at the end of `tokens` that has one period throughout, is at least `least` tokens
// long and has `rounds` whole rounds, by the shortest such period; nothing when there is none. The
// last round may be incomplete. Takes about tokens.size() / rounds comparisons where nothing
// repeats. REQUIRES: least, rounds > 0.
std::optional<Loop> find_period(std::span<const std::int32_t> tokens, std::size_t least,
                                std::size_t rounds);

// If the last `least` tokens are of at most `most` kinds: the longest stretch at the end of `tokens`
// with no other kinds than their later half; its first round ends before a token comes again.
// Nothing when there are more kinds or fewer than `least` tokens. REQUIRES: least > 0.
std::optional<Loop> find_few_kinds(std::span<const std::int32_t> tokens, std::size_t least,
                                   std::size_t most);

class LoopGuard {
 public:
  static constexpr std::size_t kRounds = 4;
  static constexpr std::size_t kTokensPerKind = 8;
  // A text of letters or bytes has more, however long it is.
  static constexpr std::size_t kMostKinds = 16;

  static constexpr std::size_t loop_length(std::size_t src_len) { return 3 * src_len + 16; }
  static constexpr std::size_t endless_length(std::size_t src_len) { return 10 * src_len + 96; }

  // Off without options.loop_guard, and where nothing but max_length ends a hypothesis.
  explicit LoopGuard(const SearchOptions& options);

  // Whether a hypothesis of so many new tokens is worth a look.
  bool due(std::size_t generated) const { return generated >= due_; }
  // How many of a hypothesis' new tokens (without the decoder start) are to be kept when it is to
  // be stopped: those up to the end of the first round, or all of an endless one, but not fewer
  // than min_length. Nothing when it may go on.
  std::optional<std::size_t> stop(std::span<const std::int32_t> tokens) const;

 private:
  std::size_t due_;
  std::size_t loop_;
  std::size_t endless_;
  std::size_t min_length_;
};

}  // namespace transept
