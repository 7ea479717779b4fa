// ForcedTokens: the positions at which only certain tokens may come.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/search/options.h"

namespace transept {

// A forced token overrides all that the column rules say, the end that is forced at the last
// position a forced first token.
class ForcedTokens {
 public:
  // max_tokens: as in SearchRules.
  ForcedTokens(const SearchOptions& options, std::uint32_t max_tokens);

  // The tokens of which one must come when `generated` new tokens exist: ascending, distinct; empty
  // when the row is free.
  std::span<const std::int32_t> at(std::uint32_t generated) const {
    if (ends(generated)) return last_;
    return generated == 0 ? std::span<const std::int32_t>(first_) : std::span<const std::int32_t>();
  }
  // Whether an end token is forced there because it is the last position.
  bool ends(std::uint32_t generated) const {
    return generated + 1 == max_tokens_ && !last_.empty();
  }

 private:
  std::uint32_t max_tokens_;
  std::vector<std::int32_t> first_;  // at most one
  std::vector<std::int32_t> last_;
};

}  // namespace transept
