#include "model/model_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/temp_path.h"

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

INSTANTIATE_TEST_SUITE_P(Fixtures, Float32Export,
                         testing::Values("marian", "marian-dynamo", "marian-external",
                                         "marian-legacy113", "marian-monolith",
                                         "marian-monolith-unfolded", "marian-nopast",
                                         "marian-norenorm", "marian-opset11", "marian-opset13",
                                         "marian-opset14", "marian-opset17", "marian-ort-bart",
                                         "marian-ort-basic", "marian-ort-extended", "marian-ort-o2",
                                         "marian-safetensors-sharded", "marian-slim"),
                         [](const auto& parameter) { return as_test_name(parameter.param); });

// How far a scheme may move a weight: half a step of its grid, times the largest weight of these
// models (1.02).
struct Lossy {
  std::string name;
  std::string variant;
  double weights;  // bound of the layers' matrices
  double rest;     // bound of biases, norms; tables and head follow `weights`
};

class LossyExport : public testing::TestWithParam<Lossy> {};

TEST_P(LossyExport, EveryRoleIsNearTheCheckpoint) {
  const ModelFiles expected = open_fixture("marian-safetensors");
  const ModelFiles found = open_fixture(GetParam().name);
  // Tables of positions come along where 4 bits make them differ from sinusoids.
  const bool stored_positions = found.architecture.encoder.positions == Positions::learned;
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
    testing::Values(
        Lossy{"marian-fp16", "fp16", 5e-4, 1e-3}, Lossy{"marian-fp16-io", "fp16", 5e-4, 1e-3},
        Lossy{"marian-fp16-optimum", "fp16", 5e-4, 1e-3},
        Lossy{"marian-safetensors-fp16", "fp16", 5e-4, 1e-3},
        Lossy{"marian-safetensors-bf16", "bf16", 4e-3, 8e-3}, Lossy{"marian-q8", "q8", 8e-3, 0},
        Lossy{"marian-q8-default", "q8", 5e-3, 0}, Lossy{"marian-q8-default-merged", "q8", 5e-3, 0},
        Lossy{"marian-q8-split", "q8", 8e-3, 0}, Lossy{"marian-q8-notied", "q8", 8e-3, 0},
        Lossy{"marian-u8", "uint8", 8e-3, 0}, Lossy{"marian-avx512", "q8", 5e-3, 0},
        Lossy{"marian-avx2-perchannel", "q8", 5e-3, 0}, Lossy{"marian-nbits8", "q8", 5e-3, 0},
        Lossy{"marian-q4", "q4", 0.08, 0}, Lossy{"marian-q4-asym", "q4", 0.08, 0},
        Lossy{"marian-q4-qdq", "q4", 0.08, 0}, Lossy{"marian-q4-gather", "q4", 0.08, 0},
        Lossy{"marian-q4f16", "q4f16", 0.08, 1e-3}, Lossy{"marian-bnb4", "bnb4", 0.1, 0},
        Lossy{"marian-bnb4-fp4", "bnb4", 0.1, 0}),
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
  EXPECT_EQ(a.encoder.activation, Activation::swish);
  EXPECT_EQ(a.decoder.placement, NormPlacement::post);
  EXPECT_EQ(a.encoder.max_positions, 128u);
  EXPECT_FLOAT_EQ(a.decoder.embed_scale, std::sqrt(32.0f));
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

// Other shapes than the fixtures', by the same exporters.
class TinyModel : public testing::TestWithParam<std::string> {};

TEST_P(TinyModel, ExportsEqualTheCheckpoint) {
  const fs::path directory = fs::path(TRANSEPT_TEST_DATA) / "tiny" / GetParam();
  const auto checkpoint = open_model_files(directory / "checkpoint", {});
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  for (const char* form : {"merged", "whole", "q8"}) {
    const auto found = open_model_files(directory / form, {});
    ASSERT_TRUE(found.ok()) << found.status().message();
    ASSERT_EQ(found->tensors.size(), checkpoint->tensors.size());
    for (const auto& [role, tensor] : checkpoint->tensors) {
      const double bound = std::string(form) == "q8" && tensor->rows > 1 ? 0.01 : 0.0;
      EXPECT_LE(largest_difference(values(*found->tensors.at(role)), values(*tensor)), bound)
          << form << " " << role;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, TinyModel, testing::Values("deep-encoder", "untied", "untrained"),
                         [](const auto& parameter) { return as_test_name(parameter.param); });

// A copy of a directory to damage.
class DamagedModel : public testing::Test {
 protected:
  void copy(const std::string& fixture) {
    directory_ = temp_path("model_files_test");
    fs::remove_all(directory_);
    fs::copy(kFixtures / fixture, directory_, fs::copy_options::recursive);
  }
  void remove(const std::string& file) { fs::remove(directory_ / file); }
  void write(const std::string& file, const std::string& text) {
    write_file(directory_ / file, text);
  }
  // Replaces `from` by `to` in a text file.
  void edit(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = read_file(directory_ / file);
    ASSERT_NE(text.find(from), text.npos) << from;
    text.replace(text.find(from), from.size(), to);
    write(file, text);
  }
  Status open(const std::string& variant = "") {
    OpenOptions options;
    options.variant = variant;
    return open_model_files(directory_, options).status();
  }
  void expect(Code code, const std::string& text, const std::string& variant = "") {
    const Status status = open(variant);
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_THAT(status.message(), HasSubstr(text));
  }

  // Some tests name directories of others, or none.
  void TearDown() override { fs::remove_all(temp_path("model_files_test")); }

  fs::path directory_;
};

TEST_F(DamagedModel, NamesWhatIsMissing) {
  directory_ = "/no/such/model";
  expect(Code::kNotFound, "no such directory");
  directory_ = "";
  expect(Code::kNotFound, "the path of the model is empty");
  copy("marian-external");
  remove("encoder_model.onnx_data");
  expect(Code::kNotFound, "encoder_model.onnx_data");
  remove("encoder_model.onnx");
  expect(Code::kNotFound, "encoder_model.onnx is missing");
  copy("marian-nopast");
  remove("decoder_model.onnx");
  expect(Code::kNotFound, "decoder_model.onnx is missing");
  copy("marian-nopast");
  remove("config.json");
  expect(Code::kNotFound, "config.json");
  copy("marian-safetensors-sharded");
  remove("model-00002-of-00003.safetensors");
  expect(Code::kNotFound, "model-00002-of-00003.safetensors");
  copy("marian-nopast");
  remove("vocab.json");
  expect(Code::kNotFound, "vocab.json");
}

TEST_F(DamagedModel, OpensWithoutAnyTokenizer) {
  copy("marian-nopast");
  for (const char* file : {"vocab.json", "source.spm", "target.spm"}) remove(file);
  EXPECT_TRUE(open().ok()) << open().message();
}

TEST_F(DamagedModel, RefusesADecoderWithPastAlone) {
  copy("marian-opset11");
  remove("decoder_model.onnx");
  expect(Code::kUnsupported, "cross-attention");
  fs::rename(directory_ / "decoder_with_past_model.onnx", directory_ / "decoder_model.onnx");
  expect(Code::kUnsupported, "is a decoder with past");
}

TEST_F(DamagedModel, RecognisesFormatsItDoesNotRead) {
  copy("marian-safetensors");
  fs::rename(directory_ / "model.safetensors", directory_ / "pytorch_model.bin");
  expect(Code::kUnsupported, "pickle");
  fs::rename(directory_ / "pytorch_model.bin", directory_ / "model.bin");
  expect(Code::kUnsupported, "CTranslate2");
  fs::rename(directory_ / "model.bin", directory_ / "model.npz");
  expect(Code::kUnsupported, "Marian's own format");
  remove("model.npz");
  expect(Code::kNotFound, "no model found");
}

TEST_F(DamagedModel, ComparesConfigurationAndGraph) {
  const auto changed = [&](const char* from, const char* to, Code code, const std::string& text) {
    copy("marian");
    edit("config.json", from, to);
    expect(code, text);
  };
  changed("\"encoder_layers\": 2", "\"encoder_layers\": 3", Code::kCorrupt,
          "config.json says 3 layers in the encoder");
  changed("\"decoder_layers\": 2", "\"decoder_layers\": 1", Code::kCorrupt, "goes on");
  changed("\"encoder_attention_heads\": 4", "\"encoder_attention_heads\": 8", Code::kCorrupt,
          "8 heads");
  changed("\"activation_function\": \"swish\"", "\"activation_function\": \"relu\"", Code::kCorrupt,
          "activation");
  changed("\"scale_embedding\": true", "\"scale_embedding\": false", Code::kCorrupt,
          "embeddings are scaled by 5.65");
  changed("\"decoder_ffn_dim\": 64", "\"decoder_ffn_dim\": 48", Code::kCorrupt,
          "decoder.layer[0].ffn.in.weight: shape [64,32], expected [48,32]");
  changed("\"d_model\": 32", "\"d_model\": 64", Code::kCorrupt, "");
  changed("\"vocab_size\": 443\n", "\"vocab_size\": 444\n", Code::kCorrupt, "");
  changed("\"model_type\": \"marian\"", "\"model_type\": \"llama\"", Code::kUnsupported,
          "supported are: marian");
  changed("\"model_type\": \"marian\"", "\"model_type\": 5", Code::kCorrupt, "model_type");
  changed("{", "", Code::kCorrupt, "not valid JSON");
}

TEST_F(DamagedModel, ComparesVocabularyAndModel) {
  copy("marian-safetensors");
  edit("vocab.json", "{", "{\"one too many\": 443, ");
  expect(Code::kCorrupt, "vocabulary has 444 ids, the model 443");
}

TEST_F(DamagedModel, ChoosesAmongVariants) {
  copy("marian-q8");
  fs::copy(kFixtures / "marian-q4" / "onnx", directory_ / "onnx");
  fs::copy(kFixtures / "marian-u8" / "onnx", directory_ / "onnx");
  const auto opened = [&](const std::string& variant) {
    OpenOptions options;
    options.variant = variant;
    const auto files = open_model_files(directory_, options);
    EXPECT_TRUE(files.ok()) << files.status().message();
    return files.ok() ? files->variant : "";
  };
  EXPECT_EQ(opened(""), "q8");
  EXPECT_EQ(opened("q4"), "q4");
  EXPECT_EQ(opened("uint8"), "uint8");
  expect(Code::kInvalidArgument, "has no variant \"fp16\"; it has: q8, uint8, q4", "fp16");
  remove("onnx/encoder_model_q4.onnx");
  expect(Code::kNotFound, "encoder_model_q4.onnx is missing", "q4");
  fs::copy(kFixtures / "marian-opset14" / "encoder_model.onnx", directory_ / "onnx");
  fs::copy(kFixtures / "marian-opset14" / "decoder_model_merged.onnx", directory_ / "onnx");
  EXPECT_EQ(opened(""), "fp32");
  // Users mix the parts of variants; a plain file counts as what it holds.
  remove("onnx/encoder_model.onnx");
  for (const char* part : {"_quantized", "_uint8"}) {
    remove("onnx/decoder_model_merged" + std::string(part) + ".onnx");
  }
  EXPECT_EQ(opened(""), "q8+fp32");
  copy("marian-q8-default");
  EXPECT_EQ(opened("q8"), "q8");
  EXPECT_EQ(opened("fp32"), "q8");
}

TEST(ModelFiles, TheDefaultModelOpens) {
  const auto files = open_model_files(
      fs::path(TRANSEPT_TEST_DATA) / ".." / ".." / "model" / "pretrained" / "en-de", {});
  ASSERT_TRUE(files.ok()) << files.status().message();
  EXPECT_EQ(files->architecture.encoder.layers, 6u);
  EXPECT_EQ(files->architecture.decoder.layers, 2u);
  EXPECT_EQ(files->tensors.at("head.weight")->quantization.kind, Quantization::Kind::per_row);
  EXPECT_EQ(files->tensors.at("encoder.embed.weight")->quantization.kind,
            Quantization::Kind::per_tensor);
  EXPECT_EQ(files->tensors.at("encoder.embed.weight"), files->tensors.at("decoder.embed.weight"));
  ASSERT_NE(files->tokenizer, nullptr);
}

TEST(ModelFiles, PointsOutWhatIsUnusual) {
  EXPECT_THAT(open_fixture("marian-norenorm").notes, Contains(HasSubstr("renormalize_logits")));
  EXPECT_THAT(open_fixture("marian-q8").notes, Contains(HasSubstr("stored as i8, u8")));
  EXPECT_THAT(open_fixture("marian-q8-notied").notes,
              Contains(HasSubstr("output projection differs")));
  EXPECT_TRUE(open_fixture("marian").notes.empty());
}

}  // namespace
}  // namespace transept
