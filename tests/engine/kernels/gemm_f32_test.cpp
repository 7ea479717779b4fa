#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/kernels/gemm_blas.h"
#include "tests/support/every_isa.h"
#include "tests/support/panels.h"
#include "tests/support/random.h"

namespace transept {
namespace {

class GemmF32Test : public EveryIsa {};

struct Problem {
  std::size_t rows, depth, cols;
  std::vector<float> x = random_floats(rows * depth, 1);
  std::vector<float> w = random_floats(cols * depth, 2);  // [cols, depth]
  std::vector<float> bias = random_floats((cols + kPanel - 1) / kPanel * kPanel, 3);
  std::vector<float> residual = random_floats(rows * cols, 4);
};

double activate(Epilogue kind, double t) {
  switch (kind) {
    case Epilogue::none: return t;
    case Epilogue::relu: return std::max(t, 0.0);
    case Epilogue::gelu: return t * 0.5 * (1 + std::erf(t / std::sqrt(2.0)));
    case Epilogue::gelu_new:
      return 0.5 * t * (1 + std::tanh(std::sqrt(2 / M_PI) * (t + 0.044715 * t * t * t)));
    case Epilogue::swish: return t / (1 + std::exp(-t));
    case Epilogue::quick_gelu: return t / (1 + std::exp(-1.702 * t));
  }
  return t;
}

std::vector<float> multiply(const KernelTable& kernels, const Problem& p, Epilogue epilogue) {
  const auto panels = make_panels(p.w, p.cols, p.depth);
  std::vector<float> y(p.rows * p.cols, NAN);
  kernels.gemm_f32({.x = p.x.data(),
                    .ldx = p.depth,
                    .panels = panels.data(),
                    .depth = p.depth,
                    .out = output_of(p, y, epilogue)});
  return y;
}

TEST_P(GemmF32Test, AgreesWithTheFormulaForEveryTile) {
  for (std::size_t rows : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 11u, 13u}) {
    for (std::size_t cols : {1u, 15u, 16u, 17u, 48u, 63u, 64u, 65u, 130u}) {
      for (std::size_t depth : {1u, 7u, 32u}) {
        const Problem p{rows, depth, cols};
        const auto y = multiply(kernels(), p, Epilogue::none);
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < cols; ++c) {
            double expected = 0;
            for (std::size_t k = 0; k < depth; ++k) {
              expected += static_cast<double>(p.x[r * depth + k]) * p.w[c * depth + k];
            }
            expected += p.bias[c] + p.residual[r * cols + c];
            ASSERT_NEAR(y[r * cols + c], expected, 2e-6) << rows << "x" << depth << "x" << cols;
          }
        }
      }
    }
  }
}

TEST_P(GemmF32Test, ActivationsFollowTheirFormulas) {
  for (Epilogue kind : {Epilogue::relu, Epilogue::gelu, Epilogue::gelu_new, Epilogue::swish,
                        Epilogue::quick_gelu}) {
    // Depth 1 with x = 1: the argument of the activation is the weight plus the bias.
    Problem p{1, 1, 4001};
    p.x = {1.0f};
    std::fill(p.bias.begin(), p.bias.end(), 0.0f);
    std::fill(p.residual.begin(), p.residual.end(), 0.0f);
    for (std::size_t c = 0; c < p.cols; ++c) p.w[c] = (static_cast<float>(c) - 2000.0f) * 0.01f;
    const auto y = multiply(kernels(), p, kind);
    for (std::size_t c = 0; c < p.cols; ++c) {
      const double expected = activate(kind, p.w[c]);
      ASSERT_NEAR(y[c], expected, 1e-6 * std::max(1.0, std::fabs(expected)))
          << static_cast<int>(kind) << " at " << p.w[c];
    }
  }
}

TEST_P(GemmF32Test, BitsAreThoseOfTheScalarKernels) {
  for (Epilogue kind : {Epilogue::none, Epilogue::gelu, Epilogue::gelu_new, Epilogue::swish}) {
    const Problem p{9, 75, 83};
    EXPECT_TRUE(same_bits(multiply(kernels(), p, kind), multiply(kernels_scalar(), p, kind)));
  }
}

TEST_P(GemmF32Test, ARowsBitsDoNotDependOnItsCompany) {
  const Problem all{13, 64, 80};
  const auto together = multiply(kernels(), all, Epilogue::swish);
  for (std::size_t r = 0; r < all.rows; ++r) {
    Problem one{1, 64, 80};
    one.x.assign(all.x.begin() + r * 64, all.x.begin() + (r + 1) * 64);
    one.residual.assign(all.residual.begin() + r * 80, all.residual.begin() + (r + 1) * 80);
    EXPECT_TRUE(same_bits(multiply(kernels(), one, Epilogue::swish),
                          std::span(together).subspan(r * 80, 80)));
  }
}

TEST_P(GemmF32Test, AgreesWithOpenBlas) {
  if (!load_blas().ok()) GTEST_SKIP() << "OpenBLAS is not installed";
  Problem p{37, 256, 300};
  std::fill(p.bias.begin(), p.bias.end(), 0.0f);
  std::fill(p.residual.begin(), p.residual.end(), 0.0f);
  std::vector<float> expected(p.rows * p.cols);
  blas_multiply(p.x.data(), p.rows, p.w.data(), p.cols, p.depth, expected.data(), p.cols);
  const auto y = multiply(kernels(), p, Epilogue::none);
  for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 2e-5);
}

TRANSEPT_INSTANTIATE_EVERY_ISA(GemmF32Test);

}  // namespace
}  // namespace transept
