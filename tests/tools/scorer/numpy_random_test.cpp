#include "tools/scorer/numpy_random.h"

#include <gtest/gtest.h>

#include <vector>

namespace transept::score {
namespace {

// Expected values: NumPy 2.4.

TEST(NumpyRandom, DrawsTheSameBits) {
  // default_rng(12345).bit_generator.random_raw(3): 64 bits each, the low half is drawn first.
  NumpyRandom random(12345);
  for (const std::uint64_t expected :
       {4193609425186963869ULL, 5843160025838961886ULL, 14708796524633321433ULL}) {
    const std::uint64_t low = random.next32();
    const std::uint64_t high = random.next32();
    EXPECT_EQ(high << 32 | low, expected);
  }
}

std::vector<std::uint32_t> draw(NumpyRandom& random, std::uint32_t count, std::size_t times) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < times; ++i) out.push_back(random.below(count));
  return out;
}

TEST(NumpyRandom, ChoosesTheSameNumbers) {
  NumpyRandom seven(7);  // default_rng(7).choice(3, size=(2, 5))
  EXPECT_EQ(draw(seven, 3, 10), (std::vector<std::uint32_t>{2, 1, 2, 2, 1, 2, 2, 0, 0, 0}));
  NumpyRandom usual(12345);  // choice(3000000000, 6): many draws are rejected
  EXPECT_EQ(draw(usual, 3000000000U, 6),
            (std::vector<std::uint32_t>{2097645094U, 682008066U, 2365940964U, 950275018U,
                                        2392096371U, 2028764011U}));
  NumpyRandom large(98765432109876ULL);  // choice(1000, 5): a seed of two words
  EXPECT_EQ(draw(large, 1000, 5), (std::vector<std::uint32_t>{298, 360, 163, 838, 893}));
}

TEST(NumpyRandom, AChoiceOfOneDrawsNothing) {
  NumpyRandom random(7), untouched(7);
  EXPECT_EQ(random.below(1), 0u);
  EXPECT_EQ(random.next32(), untouched.next32());
}

TEST(NumpyRandom, TalliesWhatItWouldDraw) {
  for (const std::uint32_t count : {1U, 2U, 3U, 1000U, 32767U}) {
    for (const std::size_t draws : {0, 1, 511, 512, 513, 5000}) {
      NumpyRandom one(7), all(7);
      std::vector<std::int16_t> expected(count), times(count);
      for (int round = 0; round < 3; ++round) {
        for (const std::uint32_t x : draw(one, count, draws)) ++expected[x];
        all.tally(count, draws, times.data());
        EXPECT_EQ(times, expected) << count << " " << draws;
      }
      EXPECT_EQ(one.next32(), all.next32());
    }
  }
}

TEST(NumpyBits, ManyAtOnceAreTheSame) {
  for (const std::size_t size : {0, 1, 31, 32, 33, 100}) {
    NumpyBits one(12345), all(12345);
    for (int round = 0; round < 50; ++round) {
      std::vector<std::int16_t> bits(size);
      all.next(bits);
      for (const std::int16_t bit : bits) ASSERT_EQ(bit, one.next());
    }
    EXPECT_EQ(all.next(), one.next());
  }
}

TEST(NumpyBits, AreTheSame) {
  // default_rng(12345).integers(2, size=40, dtype=bool)
  const std::vector<bool> expected = {1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
                                      1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1};
  NumpyBits bits(12345);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(bits.next(), expected[i]) << i;
}

}  // namespace
}  // namespace transept::score
