// The random numbers of numpy.random.default_rng(seed), as significance tests draw them.
//
// Sources: numpy/random/bit_generator.pyx (SeedSequence), src/pcg64 (PCG XSL RR 128/64, O'Neill
// 2014), src/distributions/distributions.c (Lemire 2019; buffered booleans). Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace transept::score {

class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint64_t seed);

  // 32 random bits: of each 64 the generator makes, the low half first.
  std::uint32_t next32() {
    if (position_ == 2 * buffer_.size()) refill();
    const std::uint64_t both = buffer_[position_ / 2];
    return static_cast<std::uint32_t>(position_++ % 2 == 0 ? both : both >> 32);
  }

  // rng.choice(count): uniform over [0, count). REQUIRES: 0 < count < 2^32.
  std::uint32_t below(std::uint32_t count) {
    if (count == 1) return 0;  // draws nothing
    std::uint64_t product = std::uint64_t{next32()} * count;
    if (static_cast<std::uint32_t>(product) < count) {
      const std::uint32_t threshold = (0U - count) % count;
      while (static_cast<std::uint32_t>(product) < threshold) {
        product = std::uint64_t{next32()} * count;
      }
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  // Adds 1 to times[x] for each x of the next `draws` calls of below(count). times: [count].
  void tally(std::uint32_t count, std::size_t draws, std::int16_t* times);

 private:
  __extension__ using Word128 = unsigned __int128;

  void refill();

  Word128 state_ = 0;
  Word128 increment_ = 0;
  std::array<std::uint64_t, 256> buffer_;      // what comes next
  std::size_t position_ = 2 * buffer_.size();  // in it, in halves
};

// rng.integers(2, size=..., dtype=bool): one bit at a time, 32 from each draw, lowest first.
class NumpyBits {
 public:
  explicit NumpyBits(std::uint64_t seed) : random_(seed) {}
  bool next() {
    if (left_ == 0) refill();
    const bool bit = (bits_ & 1) != 0;
    bits_ >>= 1;
    --left_;
    return bit;
  }
  // The next out.size() bits, as 0 and 1.
  void next(std::span<std::int16_t> out);

 private:
  void refill() {
    bits_ = random_.next32();
    left_ = 32;
  }

  NumpyRandom random_;
  std::uint32_t bits_ = 0;
  int left_ = 0;
};

}  // namespace transept::score
