#include "tools/scorer/numpy_random.h"

#include <algorithm>
#include <tuple>

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

using Word128 = __uint128_t;

constexpr Word128 kMultiplier = Word128{2549297995355413924ULL} << 64 | 4865540595714422341ULL;

// XSL RR: the halves folded together, rotated by the top six bits.
std::uint64_t output(Word128 state) {
  const auto folded = static_cast<std::uint64_t>(state >> 64) ^ static_cast<std::uint64_t>(state);
  const auto rotation = static_cast<unsigned>(state >> 122);
  return folded >> rotation | folded << ((64 - rotation) & 63);
}

// Steps made side by side, so that multiplications need not wait for one another.
constexpr std::size_t kStreams = 4;

}  // namespace

NumpyRandom::NumpyRandom(std::uint64_t seed) {
  const auto words = SeedSequence(seed).words();
  const Word128 start = Word128{words[0]} << 64 | words[1];
  const Word128 stream = Word128{words[2]} << 64 | words[3];
  increment_ = stream << 1 | 1;
  state_ = increment_;  // one step from 0
  state_ += start;
  state_ = state_ * kMultiplier + increment_;
}

void NumpyRandom::refill() {
  // The next states, and the step that takes each to the one kStreams further on.
  Word128 states[kStreams];
  Word128 multiplier = 1;
  Word128 increment = 0;
  for (Word128& state : states) {
    state_ = state_ * kMultiplier + increment_;
    state = state_;
    multiplier *= kMultiplier;
    increment = increment * kMultiplier + increment_;
  }
  static_assert(std::tuple_size_v<decltype(buffer_)> % kStreams == 0);
  for (std::size_t i = 0; i < buffer_.size(); i += kStreams) {
    state_ = states[kStreams - 1];
    for (std::size_t s = 0; s < kStreams; ++s) {
      buffer_[i + s] = output(states[s]);
      states[s] = states[s] * multiplier + increment;
    }
  }
  position_ = 0;
}

void NumpyRandom::tally(std::uint32_t count, std::size_t draws, std::int16_t* times) {
  if (count == 1) {
    times[0] = static_cast<std::int16_t>(times[0] + static_cast<std::int16_t>(draws));
    return;
  }
  while (draws > 0) {
    // What below() does twice, but for draws it may have to reject: those it does itself.
    if (position_ % 2 == 0) {
      if (position_ == 2 * buffer_.size()) refill();
      const std::size_t first = position_ / 2;
      const std::size_t end = std::min(first + draws / 2, buffer_.size());
      std::size_t i = first;
      for (; i < end; ++i) {
        const std::uint64_t low = std::uint64_t{static_cast<std::uint32_t>(buffer_[i])} * count;
        const std::uint64_t high = (buffer_[i] >> 32) * count;
        if (std::min(static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(high)) < count) {
          break;
        }
        ++times[low >> 32];
        ++times[high >> 32];
      }
      position_ = 2 * i;
      draws -= 2 * (i - first);
      if (i == end && draws > 1) continue;
      if (draws == 0) return;
    }
    ++times[below(count)];
    --draws;
  }
}

void NumpyBits::next(std::span<std::int16_t> out) {
  std::size_t i = 0;
  while (i < out.size() && left_ > 0) out[i++] = next();
  for (; i + 32 <= out.size(); i += 32) {
    const std::uint32_t word = random_.next32();
    for (std::size_t k = 0; k < 32; ++k) {
      out[i + k] = static_cast<std::int16_t>(word >> k & 1);
    }
  }
  while (i < out.size()) out[i++] = next();
}

}  // namespace transept::score
