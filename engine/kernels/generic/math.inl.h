// exp, tanh, erf and the activations over Vec: our own polynomials, the same operations in each
// ISA.

namespace {

// 2^y for -126 <= y <= 127, relative error below 2e-7; 2^0 is 1. Minimax polynomial of degree 5 in
// the fraction, fitted for this file.
TRANSEPT_INLINE Vec vec_exp2_in_range(Vec y) {
  const Vec magic = vec_set(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  const Vec shifted = vec_add(y, magic);
  const Vec f = vec_sub(y, vec_sub(shifted, magic));
  Vec p = vec_set(0.00132647273f);
  p = vec_fma(p, f, vec_set(0.00967151299f));
  p = vec_fma(p, f, vec_set(0.0555073358f));
  p = vec_fma(p, f, vec_set(0.240222424f));
  p = vec_fma(p, f, vec_set(0.693147004f));
  p = vec_fma(p, f, vec_set(1.0f));
  return vec_scale_by_pow2(p, shifted);
}

constexpr float kLog2E = 1.44269504f;

// e^x for x <= 0 as softmax and log-sum-exp have it: one of their terms is 1, so that 1e-38 in the
// place of anything smaller, e^-inf included, vanishes in the sum, and so does an error of 1e-7 |x|
// of a term e^x.
TRANSEPT_INLINE Vec vec_exp_of_nonpositive(Vec x) {
  return vec_exp2_in_range(vec_max(vec_mul(x, vec_set(kLog2E)), vec_set(-126.0f)));
}

// e^x for any x, relative error below (2 + |x|) 1e-7, never 0 or inf: x is clamped at +-87.
TRANSEPT_INLINE Vec vec_exp(Vec x) {
  const Vec y = vec_mul(x, vec_set(kLog2E));
  return vec_exp2_in_range(vec_min(vec_max(y, vec_set(-126.0f)), vec_set(126.0f)));
}

// 1 / (1 + e^-x)
TRANSEPT_INLINE Vec vec_sigmoid(Vec x) {
  const Vec one = vec_set(1.0f);
  const Vec y = vec_mul(x, vec_set(-kLog2E));
  return vec_div(
      one, vec_add(one, vec_exp2_in_range(vec_min(vec_max(y, vec_set(-126.0f)), vec_set(126.0f)))));
}

// 1 - 2 / (e^2x + 1), absolute error below 2e-7.
TRANSEPT_INLINE Vec vec_tanh(Vec x) {
  const Vec one = vec_set(1.0f);
  return vec_sub(one, vec_div(vec_set(2.0f), vec_add(vec_exp(vec_add(x, x)), one)));
}

// Absolute error below 3e-7. |x| <= 1: x P(x^2); beyond: 1 - exp(-Q(|x|)) with Q = -log erfc; both
// polynomials are minimax fits made for this file.
TRANSEPT_INLINE Vec vec_erf(Vec x) {
  const Vec a = vec_min(vec_abs(x), vec_set(4.0f));
  const Vec z = vec_mul(a, a);
  Vec p = vec_set(7.889122935011983e-05f);
  p = vec_fma(p, z, vec_set(-0.0008020842215046287f));
  p = vec_fma(p, z, vec_set(0.005189535673707724f));
  p = vec_fma(p, z, vec_set(-0.026854444295167923f));
  p = vec_fma(p, z, vec_set(0.11283600330352783f));
  p = vec_fma(p, z, vec_set(-0.3761262595653534f));
  p = vec_fma(p, z, vec_set(1.1283791065216064f));
  const Vec near = vec_mul(p, a);
  Vec q = vec_set(2.1686762920580804e-05f);
  q = vec_fma(q, a, vec_set(-0.00044133528717793524f));
  q = vec_fma(q, a, vec_set(0.004204556345939636f));
  q = vec_fma(q, a, vec_set(-0.025208240374922752f));
  q = vec_fma(q, a, vec_set(0.1084185540676117f));
  q = vec_fma(q, a, vec_set(0.6332198977470398f));
  q = vec_fma(q, a, vec_set(1.1295783519744873f));
  q = vec_fma(q, a, vec_set(-0.0001880370546132326f));
  const Vec far = vec_sub(vec_set(1.0f), vec_exp(vec_sub(vec_set(0.0f), q)));
  return vec_copysign(vec_select(vec_greater(a, vec_set(1.0f)), far, near), x);
}

// x / 2 (1 + erf(x / sqrt 2)). Source: Hendrycks and Gimpel 2016.
TRANSEPT_INLINE Vec vec_gelu(Vec x) {
  const Vec half = vec_mul(x, vec_set(0.5f));
  return vec_fma(half, vec_erf(vec_mul(x, vec_set(0.70710678f))), half);
}

// The same by tanh(sqrt(2 / pi) (x + 0.044715 x^3)).
TRANSEPT_INLINE Vec vec_gelu_new(Vec x) {
  const Vec cube = vec_mul(vec_mul(x, x), x);
  const Vec inner = vec_mul(vec_fma(cube, vec_set(0.044715f), x), vec_set(0.79788456f));
  const Vec half = vec_mul(x, vec_set(0.5f));
  return vec_fma(half, vec_tanh(inner), half);
}

}  // namespace
