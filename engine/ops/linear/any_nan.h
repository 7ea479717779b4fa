// any_nan: one look at numbers that are in the cache anyway.
#pragma once

#include <cstddef>

namespace transept {

// Without branches, so that compilers compute several at a time.
inline bool any_nan(const float* values, std::size_t count) {
  unsigned found = 0;
  for (std::size_t i = 0; i < count; ++i) found |= values[i] != values[i] ? 1u : 0u;
  return found != 0;
}

}  // namespace transept
