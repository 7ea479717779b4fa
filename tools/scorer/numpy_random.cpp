#include "tools/scorer/numpy_random.h"

namespace transept::score {
namespace {

// SeedSequence(seed): mixes the seed into a pool of four words and draws words from it.
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t seed) {
    const std::array<std::uint32_t, 4> entropy = {static_cast<std::uint32_t>(seed),
                                                  static_cast<std::uint32_t>(seed >> 32), 0, 0};
    std::uint32_t constant = 0x43b0d7e5;
    const auto hash = [&constant](std::uint32_t value) {
      value ^= constant;
      constant *= 0x931e8875;
      value *= constant;
      return value ^ value >> 16;
    };
    for (std::size_t i = 0; i < pool_.size(); ++i) pool_[i] = hash(entropy[i]);
    for (std::size_t from = 0; from < pool_.size(); ++from) {
      for (std::size_t to = 0; to < pool_.size(); ++to) {
        if (from != to) pool_[to] = mix(pool_[to], hash(pool_[from]));
      }
    }
  }

  // generate_state(4, uint64).
  std::array<std::uint64_t, 4> words() const {
    std::array<std::uint64_t, 4> out{};
    std::uint32_t constant = 0x8b51f9dd;
    for (std::size_t i = 0; i < 2 * out.size(); ++i) {
      std::uint32_t value = pool_[i % pool_.size()] ^ constant;
      constant *= 0x58f38ded;
      value *= constant;
      value ^= value >> 16;
      out[i / 2] |= std::uint64_t{value} << (i % 2 * 32);
    }
    return out;
  }

 private:
  static std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t result = 0xca01f9dd * x - 0x4973f715 * y;
    return result ^ result >> 16;
  }

  std::array<std::uint32_t, 4> pool_{};
};

}  // namespace

NumpyRandom::NumpyRandom(std::uint64_t seed) {
  const auto words = SeedSequence(seed).words();
  const Word128 start = Word128{words[0]} << 64 | words[1];
  const Word128 stream = Word128{words[2]} << 64 | words[3];
  increment_ = stream << 1 | 1;
  next64();
  state_ += start;
  next64();
}

std::uint64_t NumpyRandom::next64() {
  constexpr Word128 kMultiplier = Word128{2549297995355413924ULL} << 64 | 4865540595714422341ULL;
  state_ = state_ * kMultiplier + increment_;
  const auto folded = static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
  const auto rotation = static_cast<unsigned>(state_ >> 122);
  return folded >> rotation | folded << ((64 - rotation) & 63);
}

}  // namespace transept::score
