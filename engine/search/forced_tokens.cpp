#include "engine/search/forced_tokens.h"

#include <algorithm>

namespace transept {

ForcedTokens::ForcedTokens(const SearchOptions& options, std::uint32_t max_tokens)
    : max_tokens_(max_tokens), last_(options.forced_eos) {
  if (options.forced_bos >= 0) first_.push_back(options.forced_bos);
  std::sort(last_.begin(), last_.end());
  last_.erase(std::unique(last_.begin(), last_.end()), last_.end());
}

}  // namespace transept
