// Loops of a few steps that the compiler sees unrolled from the start.

namespace {

template <int I>
struct Index {
  constexpr operator int() const { return I; }
};

// f(Index<0>) ... f(Index<N - 1>) without a loop. Loops that the compiler unrolls late leave the
// accumulators of a tile in memory; this way it sees constant subscripts from the start and keeps
// them in registers.
template <int N, int I = 0, class F>
TRANSEPT_INLINE void unroll(const F& f) {
  if constexpr (I < N) {
    f(Index<I>{});
    unroll<N, I + 1>(f);
  }
}
#define TRANSEPT_STEP(name) [&](auto name) __attribute__((always_inline))

}  // namespace
