// Digests of bytes (XXH3, 128 bits): for recognising content and finding damage, not against forgery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/team.h"

namespace transept {

struct Digest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool operator==(const Digest&) const = default;
  // 32 hexadecimal digits.
  std::string hex() const;
};

Digest digest(std::span<const std::byte> bytes);

// What digests of long spans have in common with each other and not with digest(): the team shares the work, in
// pieces whose size is part of the result. `done` is called from any thread with each piece that has been read.
std::vector<Digest> digest_long(std::span<const std::span<const std::byte>> spans, Team& team,
                                void (*done)(std::span<const std::byte>) noexcept);

}  // namespace transept
