// Digests of bytes (XXH3, 128 bits): for recognising content and finding damage, not against
// forgery.
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

// One of each span, by the digests of its pieces: the team shares the work. (So it is not what
// digest() gives.) `done` is called, from any thread, with each piece that has been read.
std::vector<Digest> digest_long(std::span<const std::span<const std::byte>> spans, Team& team,
                                void (*done)(std::span<const std::byte>) noexcept);

}  // namespace transept
