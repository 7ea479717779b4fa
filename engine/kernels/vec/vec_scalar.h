// Vec: 16 virtual float lanes, the unit of every kernel, here in plain C++.
//
// This header is the contract; vec_avx2.h and vec_avx512.h give the same functions with registers.
// Since every instruction set works on the same 16 lanes, sums in the same tree and fuses the same
// multiply-adds, a kernel written over Vec gives the same bits everywhere.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TRANSEPT_INLINE static inline __attribute__((always_inline))

namespace {

struct Vec {
  float v[16];
};
using Mask = uint32_t;  // bit i: lane i

// An expression of lane i, for all 16.
#define TRANSEPT_LANES_OF(type, expression)         \
  type r;                                           \
  for (int i = 0; i < 16; ++i) r.v[i] = expression; \
  return r
#define TRANSEPT_LANES(expression) TRANSEPT_LANES_OF(Vec, expression)

TRANSEPT_INLINE Vec vec_set(float x) { TRANSEPT_LANES(x); }
TRANSEPT_INLINE Vec vec_load(const float* p) { TRANSEPT_LANES(p[i]); }
TRANSEPT_INLINE void vec_store(float* p, Vec a) {
  for (int i = 0; i < 16; ++i) p[i] = a.v[i];
}
// The first n lanes, n < 16; nothing beyond p[n - 1] is touched, the other lanes are 0.
TRANSEPT_INLINE Vec vec_load_n(const float* p, size_t n) {
  TRANSEPT_LANES((size_t)i < n ? p[i] : 0.0f);
}
TRANSEPT_INLINE void vec_store_n(float* p, Vec a, size_t n) {
  for (size_t i = 0; i < n; ++i) p[i] = a.v[i];
}
TRANSEPT_INLINE Vec vec_add(Vec a, Vec b) { TRANSEPT_LANES(a.v[i] + b.v[i]); }
TRANSEPT_INLINE Vec vec_sub(Vec a, Vec b) { TRANSEPT_LANES(a.v[i] - b.v[i]); }
TRANSEPT_INLINE Vec vec_mul(Vec a, Vec b) { TRANSEPT_LANES(a.v[i] * b.v[i]); }
TRANSEPT_INLINE Vec vec_div(Vec a, Vec b) { TRANSEPT_LANES(a.v[i] / b.v[i]); }
// As the x86 instructions: the second operand when either is not a number.
TRANSEPT_INLINE Vec vec_max(Vec a, Vec b) { TRANSEPT_LANES(a.v[i] > b.v[i] ? a.v[i] : b.v[i]); }
TRANSEPT_INLINE Vec vec_min(Vec a, Vec b) { TRANSEPT_LANES(a.v[i] < b.v[i] ? a.v[i] : b.v[i]); }
// a * b + c, rounded once.
TRANSEPT_INLINE Vec vec_fma(Vec a, Vec b, Vec c) {
  TRANSEPT_LANES(__builtin_fmaf(a.v[i], b.v[i], c.v[i]));
}
TRANSEPT_INLINE Mask vec_greater(Vec a, Vec b) {
  Mask m = 0;
  for (int i = 0; i < 16; ++i) m |= (Mask)(a.v[i] > b.v[i]) << i;
  return m;
}
// a where the bit is set, else b.
TRANSEPT_INLINE Vec vec_select(Mask m, Vec a, Vec b) {
  TRANSEPT_LANES((m >> i & 1u) != 0 ? a.v[i] : b.v[i]);
}
TRANSEPT_INLINE Vec vec_abs(Vec a) { TRANSEPT_LANES(__builtin_fabsf(a.v[i])); }
TRANSEPT_INLINE Vec vec_copysign(Vec magnitude, Vec sign) {
  TRANSEPT_LANES(__builtin_copysignf(magnitude.v[i], sign.v[i]));
}
// a * 2^n where shifted = n + 12582912 (1.5 * 2^23): n stands in the low bits of its pattern, and
// what stands above leaves by the shift. REQUIRES: a and the result are normal numbers.
TRANSEPT_INLINE Vec vec_scale_by_pow2(Vec a, Vec shifted) {
  Vec r;
  for (int i = 0; i < 16; ++i) {
    uint32_t bits, n;
    __builtin_memcpy(&bits, &a.v[i], 4);
    __builtin_memcpy(&n, &shifted.v[i], 4);
    bits += n << 23;
    __builtin_memcpy(&r.v[i], &bits, 4);
  }
  return r;
}
// The fixed tree: lanes i and i + 8, then i + 4, i + 2, i + 1.
TRANSEPT_INLINE float vec_sum(Vec a) {
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) a.v[i] += a.v[i + half];
  }
  return a.v[0];
}
// Lane i plus lane i ^ distance; distance: 8, 4, 2 or 1.
template <int distance>
TRANSEPT_INLINE Vec vec_add_across(Vec a) {
  TRANSEPT_LANES(a.v[i] + a.v[i ^ distance]);
}
TRANSEPT_INLINE float vec_max_lane(Vec a) {
  float m = a.v[0];
  for (int i = 1; i < 16; ++i) m = a.v[i] > m ? a.v[i] : m;
  return m;
}

// The low byte of each lane's bit pattern, 16 bytes; the first n with _n.
TRANSEPT_INLINE void vec_store_low_bytes(uint8_t* p, Vec a) {
  for (int i = 0; i < 16; ++i) {
    uint32_t bits;
    __builtin_memcpy(&bits, &a.v[i], 4);
    p[i] = (uint8_t)bits;
  }
}

// 16 virtual int32 lanes that accumulate products of bytes.
struct IntVec {
  int32_t v[16];
};
TRANSEPT_INLINE IntVec ivec_zero() { TRANSEPT_LANES_OF(IntVec, 0); }
TRANSEPT_INLINE IntVec ivec_add(IntVec a, IntVec b) { TRANSEPT_LANES_OF(IntVec, a.v[i] + b.v[i]); }
// Four bytes q + 128 of a row, in the form dot4 wants.
struct Bytes4 {
  int8_t q[4];
};
// Where a sum starts: at `offset` where dot4 works on q + 128, else at 0.
TRANSEPT_INLINE IntVec ivec_start(const int32_t* offset) {
  (void)offset;
  IntVec r;
  for (int i = 0; i < 16; ++i) r.v[i] = 0;
  return r;
}
TRANSEPT_INLINE Bytes4 bytes4_load(const uint8_t* p) {
  Bytes4 b;
  for (int j = 0; j < 4; ++j) b.q[j] = (int8_t)(p[j] - 128);
  return b;
}
// A panel's 64 weights of one group.
struct Weights4 {
  const int8_t* w;
};
TRANSEPT_INLINE Weights4 weights4_load(const int8_t* w) { return {w}; }
// Lane i of acc + sum_j q[j] * w[4 i + j], exact.
TRANSEPT_INLINE IntVec ivec_dot4(IntVec acc, Bytes4 x, Weights4 weights) {
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 4; ++j) acc.v[i] += x.q[j] * weights.w[4 * i + j];
  }
  return acc;
}
TRANSEPT_INLINE Vec vec_from_int(IntVec a) { TRANSEPT_LANES((float)a.v[i]); }

// Words of two bfloat16, the even k in the high half. Where no instruction takes both, step 0 works
// on the high halves and step 1 on the low ones, as floats.
constexpr int kBf16Steps = 2;
using Bf16 = Vec;
template <int Step>
TRANSEPT_INLINE float bf16_half(uint32_t word) {
  const uint32_t bits = Step == 0 ? word & 0xffff0000u : word << 16;
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}
// The high (0) or low (1) halves of 16 words.
template <int Half>
TRANSEPT_INLINE Vec vec_load_bf16(const uint32_t* p) {
  TRANSEPT_LANES(bf16_half<Half>(p[i]));
}
// 16 words of a panel, and one word of a row in all lanes.
template <int Step>
TRANSEPT_INLINE Bf16 bf16_load(const uint32_t* p) {
  return vec_load_bf16<Step>(p);
}
template <int Step>
TRANSEPT_INLINE Bf16 bf16_set(const uint32_t* p) {
  TRANSEPT_LANES(bf16_half<Step>(*p));
}
// acc + a * b, both halves in turn where Bf16 holds both.
TRANSEPT_INLINE Vec bf16_fma(Bf16 a, Bf16 b, Vec acc) { return vec_fma(a, b, acc); }
// Rounded to nearest, ties to even, in the high half; what is not a number stays so.
TRANSEPT_INLINE uint32_t bf16_round(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return x == x ? bits + 0x7fffu + (bits >> 16 & 1u) : 0x7fc00000u;
}
// 8 words of 16 floats.
TRANSEPT_INLINE void vec_store_bf16(uint32_t* p, Vec a) {
  for (int i = 0; i < 16; i += 2) {
    p[i / 2] = (bf16_round(a.v[i]) & 0xffff0000u) | bf16_round(a.v[i + 1]) >> 16;
  }
}
// 16 words of 32 floats: those of one vector in the high halves, of the other in the low ones.
TRANSEPT_INLINE void vec_store_bf16_pair(uint32_t* p, Vec high, Vec low) {
  for (int i = 0; i < 16; ++i) {
    p[i] = (bf16_round(high.v[i]) & 0xffff0000u) | bf16_round(low.v[i]) >> 16;
  }
}

// Weights of 4 bits: 64 bytes are two groups of 4 in depth, the first in the low bits.
struct Nibbles {
  const uint8_t* p;
};
TRANSEPT_INLINE Nibbles nibbles_load(const uint8_t* p) { return {p}; }
struct Nibbles4 {
  uint8_t w[64];  // 0..15
};
TRANSEPT_INLINE Nibbles4 nibbles_low(Nibbles n) {
  Nibbles4 r;
  for (int i = 0; i < 64; ++i) r.w[i] = n.p[i] & 15u;
  return r;
}
TRANSEPT_INLINE Nibbles4 nibbles_high(Nibbles n) {
  Nibbles4 r;
  for (int i = 0; i < 64; ++i) r.w[i] = n.p[i] >> 4;
  return r;
}
// Four signed bytes of a row.
struct Signed4 {
  int8_t q[4];
};
TRANSEPT_INLINE Signed4 signed4_load(const int8_t* p) { return {{p[0], p[1], p[2], p[3]}}; }
// 16 zero points, or 8 for all.
TRANSEPT_INLINE IntVec zeros_load(const uint8_t* p) { TRANSEPT_LANES_OF(IntVec, p[i]); }
TRANSEPT_INLINE IntVec zeros_all_eight() { TRANSEPT_LANES_OF(IntVec, 8); }
// The sum of one block of at most 32 in depth: block_sum gives zero * minus_sum + all the products,
// exact. Those two arguments may enter at the start or at the end, as suits the instructions.
using BlockSum = IntVec;
TRANSEPT_INLINE BlockSum block_start(IntVec zero, const int32_t* minus_sum) {
  TRANSEPT_LANES_OF(BlockSum, zero.v[i] * *minus_sum);
}
TRANSEPT_INLINE BlockSum block_dot4(BlockSum acc, Nibbles4 weights, Signed4 x) {
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 4; ++j) acc.v[i] += weights.w[4 * i + j] * x.q[j];
  }
  return acc;
}
TRANSEPT_INLINE IntVec block_sum(IntVec zero, const int32_t* minus_sum, BlockSum acc) {
  (void)zero;
  (void)minus_sum;
  return acc;
}

#undef TRANSEPT_LANES
#undef TRANSEPT_LANES_OF

}  // namespace
