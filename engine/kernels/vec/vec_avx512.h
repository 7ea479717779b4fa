// Vec on AVX-512: the 16 virtual lanes are one register. The contract is in vec_scalar.h.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSEPT_INLINE static inline __attribute__((always_inline))

namespace {

struct Vec {
  __m512 v;
};
using Mask = uint32_t;

TRANSEPT_INLINE Vec vec_set(float x) { return {_mm512_set1_ps(x)}; }
TRANSEPT_INLINE Vec vec_load(const float* p) { return {_mm512_loadu_ps(p)}; }
TRANSEPT_INLINE void vec_store(float* p, Vec a) { _mm512_storeu_ps(p, a.v); }
TRANSEPT_INLINE __mmask16 vec_first(size_t n) { return (__mmask16)((1u << n) - 1u); }
TRANSEPT_INLINE Vec vec_load_n(const float* p, size_t n) {
  return {_mm512_maskz_loadu_ps(vec_first(n), p)};
}
TRANSEPT_INLINE void vec_store_n(float* p, Vec a, size_t n) {
  _mm512_mask_storeu_ps(p, vec_first(n), a.v);
}
TRANSEPT_INLINE Vec vec_add(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
TRANSEPT_INLINE Vec vec_sub(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
TRANSEPT_INLINE Vec vec_mul(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
TRANSEPT_INLINE Vec vec_div(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
TRANSEPT_INLINE Vec vec_max(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
TRANSEPT_INLINE Vec vec_min(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
TRANSEPT_INLINE Vec vec_fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
TRANSEPT_INLINE Mask vec_greater(Vec a, Vec b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ); }
TRANSEPT_INLINE Vec vec_select(Mask m, Vec a, Vec b) {
  return {_mm512_mask_blend_ps((__mmask16)m, b.v, a.v)};
}
TRANSEPT_INLINE Vec vec_copysign(Vec magnitude, Vec sign) {
  const __m512 bit = _mm512_set1_ps(-0.0f);
  return {_mm512_or_ps(_mm512_andnot_ps(bit, magnitude.v), _mm512_and_ps(bit, sign.v))};
}
TRANSEPT_INLINE Vec vec_abs(Vec a) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v)}; }
TRANSEPT_INLINE Vec vec_scale_by_pow2(Vec a, Vec shifted) {
  const __m512i n = _mm512_slli_epi32(_mm512_castps_si512(shifted.v), 23);
  return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a.v), n))};
}
TRANSEPT_INLINE float vec_sum(Vec a) {
  const __m256 s8 = _mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  const __m128 s4 = _mm_add_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
  const __m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_add_ss(s2, _mm_shuffle_ps(s2, s2, 1)));
}
template <int distance>
TRANSEPT_INLINE Vec vec_add_across(Vec a) {
  static_assert(distance == 8 || distance == 4 || distance == 2 || distance == 1);
  if constexpr (distance == 8) return {_mm512_add_ps(a.v, _mm512_shuffle_f32x4(a.v, a.v, 0x4e))};
  if constexpr (distance == 4) return {_mm512_add_ps(a.v, _mm512_shuffle_f32x4(a.v, a.v, 0xb1))};
  if constexpr (distance == 2) return {_mm512_add_ps(a.v, _mm512_permute_ps(a.v, 0x4e))};
  return {_mm512_add_ps(a.v, _mm512_permute_ps(a.v, 0xb1))};
}
TRANSEPT_INLINE float vec_max_lane(Vec a) {
  const __m256 m8 = _mm256_max_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  const __m128 m4 = _mm_max_ps(_mm256_castps256_ps128(m8), _mm256_extractf128_ps(m8, 1));
  const __m128 m2 = _mm_max_ps(m4, _mm_movehl_ps(m4, m4));
  return _mm_cvtss_f32(_mm_max_ss(m2, _mm_shuffle_ps(m2, m2, 1)));
}

TRANSEPT_INLINE void vec_store_low_bytes(uint8_t* p, Vec a) {
  _mm_storeu_si128((__m128i*)p, _mm512_cvtepi32_epi8(_mm512_castps_si512(a.v)));
}

struct IntVec {
  __m512i v;
};
TRANSEPT_INLINE IntVec ivec_zero() { return {_mm512_setzero_si512()}; }
TRANSEPT_INLINE IntVec ivec_add(IntVec a, IntVec b) { return {_mm512_add_epi32(a.v, b.v)}; }
TRANSEPT_INLINE Vec vec_from_int(IntVec a) { return {_mm512_cvtepi32_ps(a.v)}; }
using Bytes4 = __m512i;
using Weights4 = __m512i;
TRANSEPT_INLINE Weights4 weights4_load(const int8_t* w) { return _mm512_loadu_si512(w); }
#if defined(__AVX512VNNI__)
TRANSEPT_INLINE IntVec ivec_start(const int32_t* offset) { return {_mm512_loadu_si512(offset)}; }
TRANSEPT_INLINE Bytes4 bytes4_load(const uint8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return _mm512_set1_epi32(four);
}
TRANSEPT_INLINE IntVec ivec_dot4(IntVec acc, Bytes4 x, Weights4 w) {
  // Not _mm512_dpbusd_epi32: g++ 12 copies every accumulator round that builtin and spills it in
  // each iteration.
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc.v) : "v"(x), "v"(w));
  return acc;
}
#else
TRANSEPT_INLINE IntVec ivec_start(const int32_t* offset) {
  (void)offset;
  return {_mm512_setzero_si512()};
}
TRANSEPT_INLINE Bytes4 bytes4_load(const uint8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return _mm512_set1_epi32(four ^ (int32_t)0x80808080);
}
// As in vec_avx2.h; here the sign of w goes to q by a masked negation.
TRANSEPT_INLINE IntVec ivec_dot4(IntVec acc, Bytes4 x, Weights4 w) {
  const __m512i signed_x =
      _mm512_mask_sub_epi8(x, _mm512_movepi8_mask(w), _mm512_setzero_si512(), x);
  const __m512i pairs = _mm512_maddubs_epi16(_mm512_abs_epi8(w), signed_x);
  return {_mm512_add_epi32(acc.v, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)))};
}
#endif

// Each lane rounded to bfloat16, in its high half; the low half holds what was rounded away.
TRANSEPT_INLINE __m512i bf16_round(Vec a) {
  const __m512i bits = _mm512_castps_si512(a.v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
  return _mm512_mask_mov_epi32(rounded, _mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q),
                               _mm512_set1_epi32(0x7fc00000));
}
TRANSEPT_INLINE void vec_store_bf16(uint32_t* p, Vec a) {
  // Halves to 16 bits, then the two of a word change places.
  const __m256i halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32(bf16_round(a), 16));
  _mm256_storeu_si256(
      (__m256i*)p, _mm256_or_si256(_mm256_slli_epi32(halves, 16), _mm256_srli_epi32(halves, 16)));
}
TRANSEPT_INLINE void vec_store_bf16_pair(uint32_t* p, Vec high, Vec low) {
  const __m512i mask = _mm512_set1_epi32((int32_t)0xffff0000);
  _mm512_storeu_si512(p, _mm512_or_si512(_mm512_and_si512(bf16_round(high), mask),
                                         _mm512_srli_epi32(bf16_round(low), 16)));
}
template <int Half>
TRANSEPT_INLINE Vec vec_load_bf16(const uint32_t* p) {
  const __m512i words = _mm512_loadu_si512(p);
  return {_mm512_castsi512_ps(Half == 0
                                  ? _mm512_and_si512(words, _mm512_set1_epi32((int32_t)0xffff0000))
                                  : _mm512_slli_epi32(words, 16))};
}
#if defined(__AVX512BF16__)
constexpr int kBf16Steps = 1;
using Bf16 = __m512i;
template <int Step>
TRANSEPT_INLINE Bf16 bf16_load(const uint32_t* p) {
  return _mm512_loadu_si512(p);
}
template <int Step>
TRANSEPT_INLINE Bf16 bf16_set(const uint32_t* p) {
  return _mm512_set1_epi32((int32_t)*p);
}
TRANSEPT_INLINE Vec bf16_fma(Bf16 a, Bf16 b, Vec acc) {
  // Not _mm512_dpbf16_ps, for the reason of ivec_dot4.
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(acc.v) : "v"(a), "v"(b));
  return acc;
}
#else
constexpr int kBf16Steps = 2;
using Bf16 = Vec;
template <int Step>
TRANSEPT_INLINE Bf16 bf16_load(const uint32_t* p) {
  return vec_load_bf16<Step>(p);
}
template <int Step>
TRANSEPT_INLINE Bf16 bf16_set(const uint32_t* p) {
  return {
      _mm512_castsi512_ps(_mm512_set1_epi32((int32_t)(Step == 0 ? *p & 0xffff0000u : *p << 16)))};
}
TRANSEPT_INLINE Vec bf16_fma(Bf16 a, Bf16 b, Vec acc) { return vec_fma(a, b, acc); }
#endif

using Nibbles = __m512i;
using Nibbles4 = __m512i;
using Signed4 = __m512i;
using BlockSum = __m512i;
TRANSEPT_INLINE Nibbles nibbles_load(const uint8_t* p) { return _mm512_loadu_si512(p); }
TRANSEPT_INLINE Nibbles4 nibbles_low(Nibbles n) {
  return _mm512_and_si512(n, _mm512_set1_epi8(15));
}
TRANSEPT_INLINE Nibbles4 nibbles_high(Nibbles n) {
  return _mm512_and_si512(_mm512_srli_epi16(n, 4), _mm512_set1_epi8(15));
}
TRANSEPT_INLINE Signed4 signed4_load(const int8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return _mm512_set1_epi32(four);
}
TRANSEPT_INLINE IntVec zeros_load(const uint8_t* p) {
  return {_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i*)p))};
}
TRANSEPT_INLINE IntVec zeros_all_eight() { return {_mm512_set1_epi32(8)}; }
// A zero point and a sum fit 16 bits, and the high half of the zero point is 0: a multiplication of
// one step.
TRANSEPT_INLINE __m512i zero_times_sum(IntVec zero, const int32_t* minus_sum) {
  return _mm512_madd_epi16(zero.v, _mm512_set1_epi32(*minus_sum));
}
#if defined(__AVX512VNNI__)
TRANSEPT_INLINE BlockSum block_start(IntVec zero, const int32_t* minus_sum) {
  return zero_times_sum(zero, minus_sum);
}
TRANSEPT_INLINE BlockSum block_dot4(BlockSum acc, Nibbles4 w, Signed4 x) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(w), "v"(x));  // see ivec_dot4
  return acc;
}
TRANSEPT_INLINE IntVec block_sum(IntVec zero, const int32_t* minus_sum, BlockSum acc) {
  (void)zero;
  (void)minus_sum;
  return {acc};
}
#else
TRANSEPT_INLINE BlockSum block_start(IntVec zero, const int32_t* minus_sum) {
  (void)zero;
  (void)minus_sum;
  return _mm512_setzero_si512();
}
// A half lane collects two products of each group: of 8 groups at most 8 * 2 * 15 * 127 = 30480.
TRANSEPT_INLINE BlockSum block_dot4(BlockSum acc, Nibbles4 w, Signed4 x) {
  return _mm512_add_epi16(acc, _mm512_maddubs_epi16(w, x));
}
TRANSEPT_INLINE IntVec block_sum(IntVec zero, const int32_t* minus_sum, BlockSum acc) {
  return {_mm512_add_epi32(_mm512_madd_epi16(acc, _mm512_set1_epi16(1)),
                           zero_times_sum(zero, minus_sum))};
}
#endif

}  // namespace
