// Vec on AVX2 with FMA: the 16 virtual lanes are two registers. The contract is in vec_scalar.h.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSEPT_INLINE static inline __attribute__((always_inline))

namespace {

struct Vec {
  __m256 lo, hi;
};
using Mask = uint32_t;

TRANSEPT_INLINE Vec vec_set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
TRANSEPT_INLINE Vec vec_load(const float* p) {
  return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
TRANSEPT_INLINE void vec_store(float* p, Vec a) {
  _mm256_storeu_ps(p, a.lo);
  _mm256_storeu_ps(p + 8, a.hi);
}
// All ones in the lanes [0, n) of eight; n may be 0 or less, 8 or more.
TRANSEPT_INLINE __m256i vec_first8(ptrdiff_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
TRANSEPT_INLINE Vec vec_load_n(const float* p, size_t n) {
  return {_mm256_maskload_ps(p, vec_first8((ptrdiff_t)n)),
          _mm256_maskload_ps(p + 8, vec_first8((ptrdiff_t)n - 8))};
}
TRANSEPT_INLINE void vec_store_n(float* p, Vec a, size_t n) {
  _mm256_maskstore_ps(p, vec_first8((ptrdiff_t)n), a.lo);
  _mm256_maskstore_ps(p + 8, vec_first8((ptrdiff_t)n - 8), a.hi);
}
// The same operation on both halves.
#define TRANSEPT_BOTH(name, operation) \
  TRANSEPT_INLINE Vec name(Vec a, Vec b) { return {operation(a.lo, b.lo), operation(a.hi, b.hi)}; }
TRANSEPT_BOTH(vec_add, _mm256_add_ps)
TRANSEPT_BOTH(vec_sub, _mm256_sub_ps)
TRANSEPT_BOTH(vec_mul, _mm256_mul_ps)
TRANSEPT_BOTH(vec_div, _mm256_div_ps)
TRANSEPT_BOTH(vec_max, _mm256_max_ps)
TRANSEPT_BOTH(vec_min, _mm256_min_ps)
#undef TRANSEPT_BOTH
TRANSEPT_INLINE Vec vec_fma(Vec a, Vec b, Vec c) {
  return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
TRANSEPT_INLINE Mask vec_greater(Vec a, Vec b) {
  const int lo = _mm256_movemask_ps(_mm256_cmp_ps(a.lo, b.lo, _CMP_GT_OQ));
  const int hi = _mm256_movemask_ps(_mm256_cmp_ps(a.hi, b.hi, _CMP_GT_OQ));
  return (Mask)lo | (Mask)hi << 8;
}
TRANSEPT_INLINE __m256 vec_spread8(Mask m) {
  const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  return _mm256_castsi256_ps(
      _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)m), bits), bits));
}
TRANSEPT_INLINE Vec vec_select(Mask m, Vec a, Vec b) {
  return {_mm256_blendv_ps(b.lo, a.lo, vec_spread8(m)),
          _mm256_blendv_ps(b.hi, a.hi, vec_spread8(m >> 8))};
}
TRANSEPT_INLINE Vec vec_abs(Vec a) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(bit, a.lo), _mm256_andnot_ps(bit, a.hi)};
}
TRANSEPT_INLINE Vec vec_copysign(Vec magnitude, Vec sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(bit, magnitude.lo), _mm256_and_ps(bit, sign.lo)),
          _mm256_or_ps(_mm256_andnot_ps(bit, magnitude.hi), _mm256_and_ps(bit, sign.hi))};
}
TRANSEPT_INLINE __m256 vec_scale_by_pow2_8(__m256 a, __m256 shifted) {
  const __m256i n = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), n));
}
TRANSEPT_INLINE Vec vec_scale_by_pow2(Vec a, Vec shifted) {
  return {vec_scale_by_pow2_8(a.lo, shifted.lo), vec_scale_by_pow2_8(a.hi, shifted.hi)};
}
TRANSEPT_INLINE float vec_sum(Vec a) {
  const __m256 s8 = _mm256_add_ps(a.lo, a.hi);
  const __m128 s4 = _mm_add_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
  const __m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_add_ss(s2, _mm_shuffle_ps(s2, s2, 1)));
}
template <int distance>
TRANSEPT_INLINE Vec vec_add_across(Vec a) {
  static_assert(distance == 8 || distance == 4 || distance == 2 || distance == 1);
  if constexpr (distance == 8) {
    const __m256 sum = _mm256_add_ps(a.lo, a.hi);
    return {sum, sum};
  }
  const auto add = [](__m256 x) __attribute__((always_inline)) {
    if constexpr (distance == 4) return _mm256_add_ps(x, _mm256_permute2f128_ps(x, x, 1));
    if constexpr (distance == 2) return _mm256_add_ps(x, _mm256_permute_ps(x, 0x4e));
    return _mm256_add_ps(x, _mm256_permute_ps(x, 0xb1));
  };
  return {add(a.lo), add(a.hi)};
}
TRANSEPT_INLINE float vec_max_lane(Vec a) {
  const __m256 m8 = _mm256_max_ps(a.lo, a.hi);
  const __m128 m4 = _mm_max_ps(_mm256_castps256_ps128(m8), _mm256_extractf128_ps(m8, 1));
  const __m128 m2 = _mm_max_ps(m4, _mm_movehl_ps(m4, m4));
  return _mm_cvtss_f32(_mm_max_ss(m2, _mm_shuffle_ps(m2, m2, 1)));
}

TRANSEPT_INLINE void vec_store_low_bytes(uint8_t* p, Vec a) {
  const __m256i byte = _mm256_set1_epi32(255);
  const __m256i lo = _mm256_and_si256(_mm256_castps_si256(a.lo), byte);
  const __m256i hi = _mm256_and_si256(_mm256_castps_si256(a.hi), byte);
  // Packing works within halves, so the words come out as lo0 hi0 lo1 hi1: put them in order first.
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(lo, hi), 0xd8);
  _mm_storeu_si128((__m128i*)p, _mm_packus_epi16(_mm256_castsi256_si128(words),
                                                 _mm256_extracti128_si256(words, 1)));
}

struct IntVec {
  __m256i lo, hi;
};
TRANSEPT_INLINE IntVec ivec_zero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
TRANSEPT_INLINE IntVec ivec_add(IntVec a, IntVec b) {
  return {_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)};
}
TRANSEPT_INLINE Vec vec_from_int(IntVec a) {
  return {_mm256_cvtepi32_ps(a.lo), _mm256_cvtepi32_ps(a.hi)};
}
using Weights4 = IntVec;
TRANSEPT_INLINE Weights4 weights4_load(const int8_t* w) {
  return {_mm256_loadu_si256((const __m256i*)w), _mm256_loadu_si256((const __m256i*)(w + 32))};
}
#if defined(__AVXVNNI__)
using Bytes4 = __m256i;
TRANSEPT_INLINE IntVec ivec_start(const int32_t* offset) {
  return {_mm256_loadu_si256((const __m256i*)offset),
          _mm256_loadu_si256((const __m256i*)(offset + 8))};
}
TRANSEPT_INLINE Bytes4 bytes4_load(const uint8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return _mm256_set1_epi32(four);
}
TRANSEPT_INLINE IntVec ivec_dot4(IntVec acc, Bytes4 x, Weights4 w) {
  return {_mm256_dpbusd_avx_epi32(acc.lo, x, w.lo), _mm256_dpbusd_avx_epi32(acc.hi, x, w.hi)};
}
#else
using Bytes4 = __m256i;  // q itself, signed
TRANSEPT_INLINE IntVec ivec_start(const int32_t* offset) {
  (void)offset;
  return {_mm256_setzero_si256(), _mm256_setzero_si256()};
}
TRANSEPT_INLINE Bytes4 bytes4_load(const uint8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return _mm256_set1_epi32(four ^ (int32_t)0x80808080);
}
// |w| <= 128 unsigned times q with the sign of w, |q| <= 127: two such products are at most 32512,
// so the instruction that saturates at 32767 never does.
TRANSEPT_INLINE __m256i dot4_exact(__m256i acc, __m256i x, __m256i w) {
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
  return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
TRANSEPT_INLINE IntVec ivec_dot4(IntVec acc, Bytes4 x, Weights4 w) {
  return {dot4_exact(acc.lo, x, w.lo), dot4_exact(acc.hi, x, w.hi)};
}
#endif

constexpr int kBf16Steps = 2;
using Bf16 = Vec;
template <int Step>
TRANSEPT_INLINE __m256 bf16_half(__m256i words) {
  return _mm256_castsi256_ps(Step == 0
                                 ? _mm256_and_si256(words, _mm256_set1_epi32((int32_t)0xffff0000))
                                 : _mm256_slli_epi32(words, 16));
}
template <int Half>
TRANSEPT_INLINE Vec vec_load_bf16(const uint32_t* p) {
  return {bf16_half<Half>(_mm256_loadu_si256((const __m256i*)p)),
          bf16_half<Half>(_mm256_loadu_si256((const __m256i*)(p + 8)))};
}
template <int Step>
TRANSEPT_INLINE Bf16 bf16_load(const uint32_t* p) {
  return vec_load_bf16<Step>(p);
}
template <int Step>
TRANSEPT_INLINE Bf16 bf16_set(const uint32_t* p) {
  const __m256 all =
      _mm256_castsi256_ps(_mm256_set1_epi32((int32_t)(Step == 0 ? *p & 0xffff0000u : *p << 16)));
  return {all, all};
}
TRANSEPT_INLINE Vec bf16_fma(Bf16 a, Bf16 b, Vec acc) { return vec_fma(a, b, acc); }
// Eight lanes rounded to bfloat16, each in its high half; the low half holds what was rounded away.
TRANSEPT_INLINE __m256i bf16_round8(__m256 a) {
  const __m256i bits = _mm256_castps_si256(a);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
  const __m256 unordered = _mm256_cmp_ps(a, a, _CMP_UNORD_Q);
  return _mm256_blendv_epi8(rounded, _mm256_set1_epi32(0x7fc00000), _mm256_castps_si256(unordered));
}
TRANSEPT_INLINE void vec_store_bf16(uint32_t* p, Vec a) {
  // Even lanes keep their high half in place, odd ones come down into it: eight bytes of two lanes
  // make one word.
  const __m256i lo = bf16_round8(a.lo);
  const __m256i hi = bf16_round8(a.hi);
  const __m256i pick = _mm256_setr_epi8(6, 7, 2, 3, 14, 15, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1,
                                        6, 7, 2, 3, 14, 15, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i words =
      _mm256_unpacklo_epi64(_mm256_shuffle_epi8(lo, pick), _mm256_shuffle_epi8(hi, pick));
  _mm256_storeu_si256((__m256i*)p, _mm256_permute4x64_epi64(words, 0xd8));
}
TRANSEPT_INLINE void vec_store_bf16_pair(uint32_t* p, Vec high, Vec low) {
  const __m256i mask = _mm256_set1_epi32((int32_t)0xffff0000);
  const auto pair = [mask](__m256 a, __m256 b) __attribute__((always_inline)) {
    return _mm256_or_si256(_mm256_and_si256(bf16_round8(a), mask),
                           _mm256_srli_epi32(bf16_round8(b), 16));
  };
  _mm256_storeu_si256((__m256i*)p, pair(high.lo, low.lo));
  _mm256_storeu_si256((__m256i*)(p + 8), pair(high.hi, low.hi));
}

using Nibbles = IntVec;
using Nibbles4 = IntVec;
using Signed4 = __m256i;
using BlockSum = IntVec;
TRANSEPT_INLINE Nibbles nibbles_load(const uint8_t* p) {
  return {_mm256_loadu_si256((const __m256i*)p), _mm256_loadu_si256((const __m256i*)(p + 32))};
}
TRANSEPT_INLINE Nibbles4 nibbles_low(Nibbles n) {
  const __m256i mask = _mm256_set1_epi8(15);
  return {_mm256_and_si256(n.lo, mask), _mm256_and_si256(n.hi, mask)};
}
TRANSEPT_INLINE Nibbles4 nibbles_high(Nibbles n) {
  return nibbles_low({_mm256_srli_epi16(n.lo, 4), _mm256_srli_epi16(n.hi, 4)});
}
TRANSEPT_INLINE Signed4 signed4_load(const int8_t* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return _mm256_set1_epi32(four);
}
TRANSEPT_INLINE IntVec zeros_load(const uint8_t* p) {
  const __m128i bytes = _mm_loadu_si128((const __m128i*)p);
  return {_mm256_cvtepu8_epi32(bytes), _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8))};
}
TRANSEPT_INLINE IntVec zeros_all_eight() { return {_mm256_set1_epi32(8), _mm256_set1_epi32(8)}; }
// As in vec_avx512.h.
TRANSEPT_INLINE IntVec zero_times_sum(IntVec zero, const int32_t* minus_sum) {
  const __m256i sum = _mm256_set1_epi32(*minus_sum);
  return {_mm256_madd_epi16(zero.lo, sum), _mm256_madd_epi16(zero.hi, sum)};
}
#if defined(__AVXVNNI__)
TRANSEPT_INLINE BlockSum block_start(IntVec zero, const int32_t* minus_sum) {
  return zero_times_sum(zero, minus_sum);
}
TRANSEPT_INLINE BlockSum block_dot4(BlockSum acc, Nibbles4 w, Signed4 x) {
  return {_mm256_dpbusd_avx_epi32(acc.lo, w.lo, x), _mm256_dpbusd_avx_epi32(acc.hi, w.hi, x)};
}
TRANSEPT_INLINE IntVec block_sum(IntVec zero, const int32_t* minus_sum, BlockSum acc) {
  (void)zero;
  (void)minus_sum;
  return acc;
}
#else
TRANSEPT_INLINE BlockSum block_start(IntVec zero, const int32_t* minus_sum) {
  (void)zero;
  (void)minus_sum;
  return {_mm256_setzero_si256(), _mm256_setzero_si256()};
}
TRANSEPT_INLINE BlockSum block_dot4(BlockSum acc, Nibbles4 w, Signed4 x) {
  return {_mm256_add_epi16(acc.lo, _mm256_maddubs_epi16(w.lo, x)),
          _mm256_add_epi16(acc.hi, _mm256_maddubs_epi16(w.hi, x))};
}
TRANSEPT_INLINE IntVec block_sum(IntVec zero, const int32_t* minus_sum, BlockSum acc) {
  const __m256i ones = _mm256_set1_epi16(1);
  const IntVec start = zero_times_sum(zero, minus_sum);
  return {_mm256_add_epi32(_mm256_madd_epi16(acc.lo, ones), start.lo),
          _mm256_add_epi32(_mm256_madd_epi16(acc.hi, ones), start.hi)};
}
#endif

}  // namespace
