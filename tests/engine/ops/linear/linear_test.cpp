// Layers of every arithmetic against the formula in double, with the error that the numbers of that
// arithmetic allow.

#include "engine/ops/linear/linear.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/ops/linear/pack.h"
#include "tests/support/every_isa.h"
#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

class LinearTest : public EveryIsa {};

constexpr std::size_t kIn = 75;
constexpr std::size_t kRows = 9;

// Two parts, neither a whole number of panels, one of them without a bias.
struct Layer {
  std::vector<float> weight[2] = {random_floats(37 * kIn, 1), random_floats(21 * kIn, 2)};
  std::vector<float> bias = random_floats(37, 3);
  std::vector<float> x = random_floats(kRows * kIn, 4, 2.0f);

  Linear pack(const KernelTable& kernels, Compute compute, Gemm gemm = Gemm::native) const {
    const LinearPart parts[2] = {{make_tensor(weight[0], 37, kIn), make_tensor(bias, 1, 37), {}},
                                 {make_tensor(weight[1], 21, kIn), nullptr, {}}};
    return pack_linear(kernels, parts, {}, compute, gemm);
  }

  double product(std::size_t row, std::size_t column) const {
    const float* w =
        column < 37 ? weight[0].data() + column * kIn : weight[1].data() + (column - 37) * kIn;
    double sum = column < 37 ? bias[column] : 0.0;
    for (std::size_t k = 0; k < kIn; ++k) sum += static_cast<double>(x[row * kIn + k]) * w[k];
    return sum;
  }
};

TEST_P(LinearTest, EveryArithmeticIsTheProductWithinItsPrecision) {
  const Layer layer;
  // Errors of 75 products of numbers up to 2 and 1, which add up like a random walk: half a step of
  // the activations and half a step of the weights each.
  const double walk = std::sqrt(static_cast<double>(kIn)) * 4;
  const std::pair<Compute, double> precisions[] = {{Compute::float32, 1e-5},
                                                   {Compute::bfloat16, walk / 512},
                                                   {Compute::int8, walk / 127},
                                                   {Compute::int4, walk / 15}};
  for (const auto& [compute, precision] : precisions) {
    const Linear packed = layer.pack(kernels(), compute);
    LinearScratch scratch;
    std::vector<float> y(kRows * packed.out);
    linear(kernels(), packed, layer.x.data(), kRows, scratch, y.data());
    double worst = 0;
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t c = 0; c < packed.out; ++c) {
        worst = std::max(worst, std::fabs(y[r * packed.out + c] - layer.product(r, c)));
      }
    }
    EXPECT_LT(worst, precision) << static_cast<int>(compute);
    EXPECT_EQ(worst > 1e-5, compute != Compute::float32) << "not the arithmetic asked for";
  }
}

TEST_P(LinearTest, SomeRowsAndColumnsAreTheSameBitsAsAll) {
  const Layer layer;
  for (Compute compute : {Compute::float32, Compute::bfloat16, Compute::int8, Compute::int4}) {
    const Linear packed = layer.pack(kernels(), compute);
    LinearScratch scratch;
    std::vector<float> all(kRows * packed.out);
    linear(kernels(), packed, layer.x.data(), kRows, scratch, all.data());
    const LinearInput input = linear_input(kernels(), packed, layer.x.data(), kRows, scratch);
    std::vector<float> some(3 * 26);
    linear_columns(kernels(), packed, input.rows_from(4, 3), 32, 26, {.y = some.data(), .ldy = 26});
    for (std::size_t r = 0; r < 3; ++r) {
      EXPECT_TRUE(same_bits(std::span(some).subspan(r * 26, 26),
                            std::span(all).subspan((4 + r) * packed.out + 32, 26)));
    }
  }
}

TEST_P(LinearTest, ChosenOutputsAreTheSameBitsAsAmongAll) {
  const Layer layer;
  const std::pair<Compute, Gemm> forms[] = {{Compute::float32, Gemm::native},
                                            {Compute::bfloat16, Gemm::native},
                                            {Compute::int8, Gemm::native},
                                            {Compute::int4, Gemm::native},
                                            {Compute::float32, Gemm::openblas}};
  for (const auto& [compute, gemm] : forms) {
    const Linear packed = layer.pack(kernels(), compute, gemm);
    LinearScratch scratch;
    std::vector<float> all(kRows * packed.out);
    linear(kernels(), packed, layer.x.data(), kRows, scratch, all.data());
    Linear chosen;
    // The memory of more is used again for fewer, and no number of the former shows.
    for (const std::vector<std::int32_t>& outputs :
         {std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 36, 37,
                                    38},
          std::vector<std::int32_t>{57, 3, 40}}) {
      choose_outputs(packed, outputs, chosen);
      ASSERT_EQ(chosen.out, outputs.size());
      std::vector<float> some(kRows * outputs.size());
      linear(kernels(), chosen, layer.x.data(), kRows, scratch, some.data());
      for (std::size_t r = 0; r < kRows; ++r) {
        for (std::size_t o = 0; o < outputs.size(); ++o) {
          const float among_all = all[r * packed.out + static_cast<std::size_t>(outputs[o])];
          if (gemm == Gemm::native) {
            ASSERT_EQ(some[r * outputs.size() + o], among_all) << static_cast<int>(compute);
          } else {
            ASSERT_NEAR(some[r * outputs.size() + o], among_all, 1e-5);
          }
        }
      }
    }
  }
}

// Blocks of 4-bit weights lie along the inputs: these must find their own, in whatever order and
// with gaps they come.
TEST_P(LinearTest, InputsAndOutputsInAnotherOrderAreTheSameNumbers) {
  const Layer layer;
  std::vector<std::int32_t> inputs(kIn + 5, -1);
  for (std::size_t k = 0; k < kIn; ++k) inputs[(k * 7) % (kIn + 5)] = static_cast<std::int32_t>(k);
  std::vector<std::int32_t> outputs = {36, -1};
  for (std::int32_t o = 0; o < 36; ++o) outputs.push_back(o);
  std::vector<float> x(kRows * inputs.size(), 9.0f);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] >= 0) {
        x[r * inputs.size() + i] = layer.x[r * kIn + static_cast<std::size_t>(inputs[i])];
      }
    }
  }
  const LinearPart plain_part{
      make_tensor(layer.weight[0], 37, kIn), make_tensor(layer.bias, 1, 37), {}};
  const LinearPart ordered_part{plain_part.weight, plain_part.bias, outputs};
  const Linear plain = pack_linear(kernels(), {&plain_part, 1}, {}, Compute::int4, Gemm::native);
  const Linear ordered =
      pack_linear(kernels(), {&ordered_part, 1}, inputs, Compute::int4, Gemm::native);
  LinearScratch scratch;
  std::vector<float> expected(kRows * 37);
  std::vector<float> y(kRows * outputs.size());
  linear(kernels(), plain, layer.x.data(), kRows, scratch, expected.data());
  linear(kernels(), ordered, x.data(), kRows, scratch, y.data());
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      const float value =
          outputs[o] < 0 ? 0.0f : expected[r * 37 + static_cast<std::size_t>(outputs[o])];
      ASSERT_EQ(y[r * outputs.size() + o], value) << r << ", " << o;
    }
  }
}

TEST_P(LinearTest, Bfloat16OfAFileKeepsItsBitsAndTakesHalfTheMemory) {
  std::vector<std::uint16_t> halves;
  for (const float value : random_floats(16 * 64, 5)) {
    halves.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
  }
  auto tensor = std::make_shared<Tensor>();
  tensor->dtype = DType::bf16;
  tensor->rows = 16;
  tensor->cols = 64;
  tensor->bytes = std::as_bytes(std::span(halves));
  const LinearPart part{tensor, nullptr};
  const Linear packed = pack_linear(kernels(), {&part, 1}, {}, Compute::bfloat16, Gemm::native);
  EXPECT_EQ(packed.bytes(), halves.size() * 2);
  for (std::size_t c = 0; c < 16; ++c) {
    for (std::size_t k = 0; k < 64; ++k) {
      const std::uint32_t word = packed.panels_bf16.data()[k / 2 * 16 + c];
      ASSERT_EQ(k % 2 == 0 ? word >> 16 : word & 0xffffu, halves[c * 64 + k]);
    }
  }
}

TRANSEPT_INSTANTIATE_EVERY_ISA(LinearTest);

}  // namespace
}  // namespace transept
