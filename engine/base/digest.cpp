#include "engine/base/digest.h"

#include <algorithm>
#include <cstdio>

// Compiled in: one function more is no reason for one shared library more.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace transept {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

}  // namespace

std::string Digest::hex() const {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

Digest digest(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

std::vector<Digest> digest_long(std::span<const std::span<const std::byte>> spans, Team& team,
                                void (*done)(std::span<const std::byte>) noexcept) {
  std::vector<std::span<const std::byte>> pieces;
  for (const auto span : spans) {
    for (std::size_t at = 0; at < span.size(); at += kPiece) {
      pieces.push_back(span.subspan(at, std::min(kPiece, span.size() - at)));
    }
  }
  std::vector<Digest> of_pieces(pieces.size());
  team.run(pieces.size(), [&](std::size_t i) {
    of_pieces[i] = digest(pieces[i]);
    done(pieces[i]);
  });
  std::vector<Digest> digests;
  std::size_t first = 0;
  for (const auto span : spans) {
    const std::size_t count = (span.size() + kPiece - 1) / kPiece;
    digests.push_back(digest(std::as_bytes(std::span(of_pieces).subspan(first, count))));
    first += count;
  }
  return digests;
}

}  // namespace transept
