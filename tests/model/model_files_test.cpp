#include "model/model_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace transept {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

const fs::path kFixtures = fs::path(TRANSEPT_TEST_DATA) / "fixtures";

ModelFiles open_fixture(const std::string& name, const std::string& variant = "") {
  OpenOptions options;
  options.variant = variant;
  auto files = open_model_files(kFixtures / name, options);
  EXPECT_TRUE(files.ok()) << files.status().message();
  return files.ok() ? *std::move(files) : ModelFiles();
}

std::vector<float> values(const Tensor& tensor) {
  std::vector<float> out(tensor.elements());
  read_rows(tensor, 0, tensor.rows, out.data());
  return out;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return INFINITY;
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max<double>(worst, std::abs(a[i] - b[i]));
  return worst;
}

// Test names may not hold dashes.
std::string as_test_name(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// Exports that keep float32: every role holds exactly the numbers of the safetensors checkpoint.
class Float32Export : public testing::TestWithParam<std::string> {};

TEST_P(Float32Export, EveryRoleEqualsTheCheckpoint) {
  const ModelFiles expected = open_fixture("marian-safetensors");
  const ModelFiles found = open_fixture(GetParam());
  ASSERT_EQ(found.tensors.size(), expected.tensors.size());
  for (const auto& [role, tensor] : expected.tensors) {
    const auto other = found.tensors.find(role);
    ASSERT_NE(other, found.tensors.end()) << role;
    ASSERT_EQ(values(*other->second), values(*tensor)) << role << ", " << other->second->origin;
  }
  EXPECT_EQ(found.variant, "fp32");
  EXPECT_EQ(found.tensors.at("head.weight"), found.tensors.at("decoder.embed.weight"));
  EXPECT_EQ(found.tensors.at("encoder.embed.weight"), found.tensors.at("decoder.embed.weight"));
}

INSTANTIATE_TEST_SUITE_P(
    Fixtures, Float32Export,
    testing::Values("marian", "marian-dynamo", "marian-external", "marian-legacy113", "marian-monolith",
                    "marian-monolith-unfolded", "marian-nopast", "marian-norenorm", "marian-opset11",
                    "marian-opset13", "marian-opset14", "marian-opset17", "marian-ort-bart", "marian-ort-basic",
                    "marian-ort-extended", "marian-ort-o2", "marian-safetensors-sharded", "marian-slim"),
    [](const auto& parameter) { return as_test_name(parameter.param); });

// How far a scheme may move a weight: half a step of its grid, times the largest weight of these models (1.02).
struct Lossy {
  std::string name;
  std::string variant;
  double weights;      // bound of the layers' matrices
  double rest;         // bound of biases, norms; tables and head follow `weights`
};

class LossyExport : public testing::TestWithParam<Lossy> {};

TEST_P(LossyExport, EveryRoleIsNearTheCheckpoint) {
  const ModelFiles expected = open_fixture("marian-safetensors");
  const ModelFiles found = open_fixture(GetParam().name);
  // Tables of positions come along where 4 bits make them differ from sinusoids.
  const bool stored_positions = found.architecture.positions == Positions::learned;
  ASSERT_EQ(found.tensors.size(), expected.tensors.size() + (stored_positions ? 2 : 0));
  EXPECT_EQ(stored_positions, GetParam().name == "marian-q4-gather");
  EXPECT_EQ(found.variant, GetParam().variant);
  for (const auto& [role, tensor] : expected.tensors) {
    const auto other = found.tensors.find(role);
    ASSERT_NE(other, found.tensors.end()) << role;
    const double bound = tensor->rows > 1 ? GetParam().weights : GetParam().rest;
    EXPECT_LE(largest_difference(values(*other->second), values(*tensor)), bound) << role;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Fixtures, LossyExport,
    testing::Values(Lossy{"marian-fp16", "fp16", 5e-4, 1e-3}, Lossy{"marian-fp16-io", "fp16", 5e-4, 1e-3},
                    Lossy{"marian-fp16-optimum", "fp16", 5e-4, 1e-3},
                    Lossy{"marian-safetensors-fp16", "fp16", 5e-4, 1e-3},
                    Lossy{"marian-safetensors-bf16", "bf16", 4e-3, 8e-3},
                    Lossy{"marian-q8", "q8", 8e-3, 0}, Lossy{"marian-q8-default", "q8", 5e-3, 0},
                    Lossy{"marian-q8-default-merged", "q8", 5e-3, 0}, Lossy{"marian-q8-split", "q8", 8e-3, 0},
                    Lossy{"marian-q8-notied", "q8", 8e-3, 0}, Lossy{"marian-u8", "uint8", 8e-3, 0},
                    Lossy{"marian-avx512", "q8", 5e-3, 0}, Lossy{"marian-avx2-perchannel", "q8", 5e-3, 0},
                    Lossy{"marian-nbits8", "q8", 5e-3, 0}, Lossy{"marian-q4", "q4", 0.08, 0},
                    Lossy{"marian-q4-asym", "q4", 0.08, 0}, Lossy{"marian-q4-qdq", "q4", 0.08, 0},
                    Lossy{"marian-q4-gather", "q4", 0.08, 0}, Lossy{"marian-q4f16", "q4f16", 0.08, 1e-3},
                    Lossy{"marian-bnb4", "bnb4", 0.1, 0}, Lossy{"marian-bnb4-fp4", "bnb4", 0.1, 0}),
    [](const auto& parameter) { return as_test_name(parameter.param.name); });

TEST(ModelFiles, ReadsTheNumbersOfTheConfiguration) {
  const ModelFiles files = open_fixture("marian");
  EXPECT_EQ(files.family, "marian");
  EXPECT_EQ(files.format, "onnx");
  const Architecture& a = files.architecture;
  EXPECT_EQ(a.d_model, 32u);
  EXPECT_EQ(a.src_vocab, 443u);
  EXPECT_EQ(a.tgt_vocab, 443u);
  EXPECT_EQ(a.encoder.layers, 2u);
  EXPECT_EQ(a.decoder.heads, 4u);
  EXPECT_EQ(a.decoder.d_head, 8u);
  EXPECT_EQ(a.encoder.d_ff, 64u);
  EXPECT_EQ(a.activation, Activation::swish);
  EXPECT_EQ(a.norm_placement, NormPlacement::post);
  EXPECT_EQ(a.max_positions, 128u);
  EXPECT_FLOAT_EQ(a.embed_scale, std::sqrt(32.0f));
  EXPECT_TRUE(a.has_head_bias);
  EXPECT_EQ(files.defaults.beam, 4u);
  EXPECT_EQ(files.defaults.max_length, 63u);
  EXPECT_EQ(files.defaults.start, 442);
  EXPECT_EQ(files.defaults.end, std::vector<std::int32_t>{0});
  EXPECT_EQ(files.defaults.bad_words, std::vector<std::vector<std::int32_t>>{{442}});
  EXPECT_TRUE(files.defaults.renormalize);
  EXPECT_EQ(files.pad_id, 442);
  EXPECT_EQ(files.unk_id, 1);
  EXPECT_EQ(files.max_source, 128u);
  ASSERT_NE(files.tokenizer, nullptr);
  EXPECT_EQ(files.tokenizer->source_vocab(), 443u);
}

TEST(ModelFiles, PointsOutWhatIsUnusual) {
  EXPECT_THAT(open_fixture("marian-norenorm").notes, Contains(HasSubstr("renormalize_logits")));
  EXPECT_THAT(open_fixture("marian-q8").notes, Contains(HasSubstr("dequantised from i8, u8")));
  EXPECT_THAT(open_fixture("marian-q8-notied").notes, Contains(HasSubstr("output projection differs")));
  EXPECT_TRUE(open_fixture("marian").notes.empty());
}

}  // namespace
}  // namespace transept
