#include "engine/ops/output_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "engine/ops/linear/pack.h"
#include "tests/support/every_isa.h"
#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

constexpr std::size_t kDepth = 24;
constexpr std::size_t kVocab = 1337;  // two whole chunks and a part
constexpr std::size_t kRows = 100;

class OutputLayerTest : public EveryIsa {
 protected:
  struct Answer {
    std::vector<std::int32_t> tokens;
    std::vector<float> logits, special;
    float lse = 0;
  };

  std::vector<Answer> project(std::size_t rows, std::uint32_t top,
                              const std::vector<std::int32_t>& special,
                              const OutputColumns* columns = nullptr) const {
    std::vector<Answer> answers(rows);
    std::vector<OutputRow> requests;
    for (std::size_t r = 0; r < rows; ++r) {
      Answer& a = answers[r];
      a.tokens.resize(top);
      a.logits.resize(top);
      a.special.resize(special.size());
      requests.push_back({.hidden = hidden_.data() + r * kDepth,
                          .columns = columns,
                          .special = special,
                          .special_logits = a.special.data(),
                          .best = {a.tokens.data(), a.logits.data(), 0, top},
                          .needs_lse = true,
                          .lse = 0.0f});
    }
    OutputScratch scratch;
    project_rows(kernels(), head_, requests, scratch);
    for (std::size_t r = 0; r < rows; ++r) {
      answers[r].lse = requests[r].lse;
      answers[r].tokens.resize(requests[r].best.size);
    }
    return answers;
  }

  std::vector<double> logits(std::size_t row) const {
    std::vector<double> y(kVocab);
    for (std::size_t v = 0; v < kVocab; ++v) {
      y[v] = bias_[v];
      for (std::size_t k = 0; k < kDepth; ++k) {
        y[v] += static_cast<double>(hidden_[row * kDepth + k]) * weight_[v * kDepth + k];
      }
    }
    return y;
  }

  std::vector<float> hidden_ = random_floats(kRows * kDepth, 1, 2.0f);
  std::vector<float> weight_ = random_floats(kVocab * kDepth, 2);
  std::vector<float> bias_ = random_floats(kVocab, 3);
  Linear head_ = [this] {
    const LinearPart part{make_tensor(weight_, kVocab, kDepth), make_tensor(bias_, 1, kVocab)};
    return pack_linear(kernels(), {&part, 1}, {}, Compute::float32, Gemm::native);
  }();
};

TEST_P(OutputLayerTest, SpecialColumnsAreLeftOutAndTheRestAgreesWithTheFormula) {
  const std::vector<std::int32_t> special = {0, 5, 511, 512, 513, 1336};
  const auto answers = project(40, 6, special);
  for (std::size_t r = 0; r < 40; ++r) {
    auto y = logits(r);
    for (std::size_t i = 0; i < special.size(); ++i) {
      EXPECT_NEAR(answers[r].special[i], y[special[i]], 1e-5);
      y[special[i]] = -std::numeric_limits<double>::infinity();
    }
    double sum = 0;
    for (double value : y) sum += std::exp(value);
    EXPECT_NEAR(answers[r].lse, std::log(sum), 1e-5);
    std::vector<std::int32_t> order(kVocab);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return y[a] > y[b]; });
    order.resize(6);
    EXPECT_EQ(answers[r].tokens, order);
  }
}

TEST_P(OutputLayerTest, EveryColumnSpecialLeavesNothing) {
  std::vector<std::int32_t> all(kVocab);
  std::iota(all.begin(), all.end(), 0);
  const auto answer = project(1, 3, all).front();
  EXPECT_TRUE(answer.tokens.empty());
  EXPECT_EQ(answer.lse, -std::numeric_limits<float>::infinity());
}

TEST_P(OutputLayerTest, ARowsBitsDoNotDependOnItsCompany) {
  const auto all = project(kRows, 4, {7});
  // of a block of rows: one, some, all, and one more
  for (const std::size_t rows : {1u, 2u, 48u, 49u}) {
    const auto some = project(rows, 4, {7});
    for (std::size_t r = 0; r < rows; ++r) {
      EXPECT_EQ(some[r].tokens, all[r].tokens);
      EXPECT_TRUE(same_bits(some[r].logits, all[r].logits));
      EXPECT_TRUE(same_bits(std::span(&some[r].lse, 1), std::span(&all[r].lse, 1)));
    }
  }
}

class RestrictedOutputTest : public OutputLayerTest {
 protected:
  OutputColumns restricted_to(const std::vector<std::int32_t>& ids) const {
    OutputColumns columns{.ids = ids, .head = {}};
    choose_outputs(head_, ids, columns.head);
    return columns;
  }
};

TEST_P(RestrictedOutputTest, OtherColumnsDoNotExist) {
  std::vector<std::int32_t> ids;
  // two chunks
  for (std::int32_t id = 1; id < static_cast<std::int32_t>(kVocab); id += 2) ids.push_back(id);
  const std::vector<std::int32_t> special = {0, 5, 512, 513, 1335, 1336};
  const OutputColumns columns = restricted_to(ids);
  const auto answers = project(40, 6, special, &columns);
  for (std::size_t r = 0; r < 40; ++r) {
    const auto y = logits(r);
    for (std::size_t i = 0; i < special.size(); ++i) {
      if (special[i] % 2 == 1) {
        EXPECT_NEAR(answers[r].special[i], y[special[i]], 1e-5);
      } else {
        EXPECT_EQ(answers[r].special[i], -std::numeric_limits<float>::infinity());
      }
    }
    std::vector<std::int32_t> order;
    double sum = 0;
    for (const std::int32_t id : ids) {
      if (std::find(special.begin(), special.end(), id) != special.end()) continue;
      order.push_back(id);
      sum += std::exp(y[static_cast<std::size_t>(id)]);
    }
    EXPECT_NEAR(answers[r].lse, std::log(sum), 1e-5);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return y[a] > y[b]; });
    order.resize(6);
    EXPECT_EQ(answers[r].tokens, order);
  }
}

TEST_P(RestrictedOutputTest, ASetOfAllColumnsGivesTheBitsOfNone) {
  std::vector<std::int32_t> all(kVocab);
  std::iota(all.begin(), all.end(), 0);
  const OutputColumns columns = restricted_to(all);
  const auto restricted = project(7, 4, {7, 600}, &columns);
  const auto free = project(7, 4, {7, 600});
  for (std::size_t r = 0; r < 7; ++r) {
    EXPECT_EQ(restricted[r].tokens, free[r].tokens);
    EXPECT_TRUE(same_bits(restricted[r].logits, free[r].logits));
    EXPECT_TRUE(same_bits(restricted[r].special, free[r].special));
    EXPECT_TRUE(same_bits(std::span(&restricted[r].lse, 1), std::span(&free[r].lse, 1)));
  }
}

TEST_P(RestrictedOutputTest, MoreBestThanThereAreColumnsGivesThemAll) {
  const std::vector<std::int32_t> ids = {3, 9};
  const OutputColumns columns = restricted_to(ids);
  EXPECT_EQ(project(1, 5, {3}, &columns).front().tokens, std::vector<std::int32_t>{9});
}

TRANSEPT_INSTANTIATE_EVERY_ISA(RestrictedOutputTest);
TRANSEPT_INSTANTIATE_EVERY_ISA(OutputLayerTest);

}  // namespace
}  // namespace transept
