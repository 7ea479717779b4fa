#include "model/formats/onnx/onnx_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/files.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/temp_path.h"

namespace transept::onnx {
namespace {

using namespace testing_onnx;
using testing::ElementsAre;
using testing::HasSubstr;

// W is [in 3, out 2] as MatMul wants it; logically [2, 3].
const std::vector<float> kInOut = {1, 4, 2, 5, 3, 6};
const std::vector<float> kOutIn = {1, 2, 3, 4, 5, 6};

class BlocksTest : public testing::Test {
 protected:
  // Reads a graph with input "x" and looks at what "y" is made of.
  Result<std::vector<Source>> read(std::vector<std::string> nodes,
                                   std::vector<std::string> initializers) {
    const std::string bytes = model(graph({.nodes = std::move(nodes),
                                           .initializers = std::move(initializers),
                                           .inputs = {value("x", 1)},
                                           .outputs = {value("y", 1)}}));
    auto opened = open_model(write_file(temp_path("onnx_blocks_test.onnx"), bytes));
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    model_ = *std::move(opened);
    auto scope = Scope::build(*model_, model_->graph, nullptr);
    if (!scope.ok()) return scope.status();
    scope_ = std::make_unique<Scope>(*std::move(scope));
    blocks_ = std::make_unique<Blocks>(*scope_);
    return blocks_->sources("y");
  }

  // Expects one linear layer with weights 1..6 and, when given, the bias {7, 8}.
  void expect_linear(std::vector<std::string> nodes, std::vector<std::string> initializers,
                     bool biased = true) {
    initializers.push_back(floats("b", {2}, {7, 8}));
    const auto found = read(std::move(nodes), std::move(initializers));
    ASSERT_TRUE(found.ok()) << found.status().message();
    ASSERT_EQ(found->size(), 1u);
    const Block& block = *found->front().block;
    ASSERT_EQ(block.kind, Block::Kind::linear);
    EXPECT_THAT(block.inputs, ElementsAre("x"));
    EXPECT_EQ(block.weight->rows, 2u);
    EXPECT_EQ(values(*block.weight), kOutIn);
    ASSERT_EQ(block.bias != nullptr, biased);
    if (biased) {
      EXPECT_EQ(values(*block.bias), (std::vector<float>{7, 8}));
    }
  }

  void expect_error(std::vector<std::string> nodes, std::vector<std::string> initializers,
                    const std::string& text) {
    const auto found = read(std::move(nodes), std::move(initializers));
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.status().code(), Code::kUnsupported);
    EXPECT_THAT(found.status().message(), HasSubstr(text));
    EXPECT_THAT(found.status().message(), HasSubstr("onnx_blocks_test.onnx"));
  }

  static std::vector<float> values(const Tensor& tensor) {
    std::vector<float> out(tensor.elements());
    read_rows(tensor, 0, tensor.rows, out.data());
    return out;
  }

  std::unique_ptr<const Model> model_;
  std::unique_ptr<Scope> scope_;
  std::unique_ptr<Blocks> blocks_;
};

TEST_F(BlocksTest, OneLinearLayerHasManyForms) {
  const std::string in_out = floats("w", {3, 2}, kInOut);
  const std::string out_in = floats("w", {2, 3}, kOutIn);
  const std::string swap = ints_attribute("perm", {1, 0});
  expect_linear({node("MatMul", {"x", "w"}, {"m"}), node("Add", {"m", "b"}, {"y"})}, {in_out});
  expect_linear({node("MatMul", {"x", "w"}, {"m"}), node("Add", {"b", "m"}, {"y"})}, {in_out});
  expect_linear({node("MatMul", {"x", "w"}, {"y"})}, {in_out}, false);
  expect_linear({node("Gemm", {"x", "w", "b"}, {"y"})}, {in_out});
  expect_linear({node("Gemm", {"x", "w", "b"}, {"y"}, {int_attribute("transB", 1)})}, {out_in});
  expect_linear(
      {node("FusedMatMul", {"x", "w"}, {"m"}, {int_attribute("transB", 1)}, "com.microsoft"),
       node("Add", {"m", "b"}, {"y"})},
      {out_in});
  expect_linear({node("Transpose", {"w"}, {"t"}, {swap}), node("MatMul", {"x", "t"}, {"m"}),
                 node("Add", {"m", "b"}, {"y"})},
                {out_in});
  // Exporters merge equal tensors through Identity, and shape biases.
  expect_linear(
      {node("Identity", {"b"}, {"i"}), node("Identity", {"w"}, {"j"}),
       node("MatMul", {"x", "j"}, {"m"}), node("Cast", {"m"}, {"c"}, {int_attribute("to", 1)}),
       node("Add", {"i", "c"}, {"y"})},
      {in_out});
  expect_linear({node("Unsqueeze", {"b"}, {"u"}, {ints_attribute("axes", {0})}),
                 node("MatMul", {"x", "w"}, {"m"}), node("Add", {"u", "m"}, {"y"})},
                {in_out});
  expect_linear({node("Constant", {}, {"k"}, {tensor_attribute("value", in_out)}),
                 node("MatMul", {"x", "k"}, {"m"}), node("Add", {"m", "b"}, {"y"})},
                {});
  expect_linear({node("Reshape", {"w", "shape"}, {"r"}), node("MatMul", {"x", "r"}, {"m"}),
                 node("Add", {"m", "b"}, {"y"})},
                {floats("w", {6}, kInOut), tensor("shape", 7, {2}, raw<std::int64_t>({3, -1}))});
}

TEST_F(BlocksTest, DequantisesOnEitherSideOfATranspose) {
  // Values are (q - zero) * scale, one scale and zero point an output.
  const std::vector<std::int8_t> in_out = {3, 3, 5, 3, 7, 4};
  const std::vector<std::int8_t> out_in = {3, 5, 7, 3, 3, 4};
  const std::string scale = floats("s", {2}, {0.5f, 1.0f});
  const std::string zero = tensor("z", 3, {2}, raw<std::int8_t>({1, -1}));
  const auto add = node("Add", {"m", "b"}, {"y"});
  const auto matmul = node("MatMul", {"x", "d"}, {"m"});
  const std::vector<float> expected = {1, 2, 3, 4, 4, 5};
  const auto expect = [&](std::vector<std::string> nodes, const std::string& weight) {
    nodes.push_back(matmul);
    nodes.push_back(add);
    const auto found = read(std::move(nodes), {weight, scale, zero, floats("b", {2}, {7, 8})});
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_EQ(values(*found->front().block->weight), expected);
    EXPECT_EQ(found->front().block->weight->quantization.kind, Quantization::Kind::per_row);
  };
  const std::string swap = ints_attribute("perm", {1, 0});
  expect({node("DequantizeLinear", {"w", "s", "z"}, {"d"}, {int_attribute("axis", 1)})},
         tensor("w", 3, {3, 2}, raw(in_out)));
  expect({node("DequantizeLinear", {"w", "s", "z"}, {"t"}, {int_attribute("axis", 0)}),
          node("Transpose", {"t"}, {"d"}, {swap})},
         tensor("w", 3, {2, 3}, raw(out_in)));
  expect({node("Transpose", {"w"}, {"t"}, {swap}),
          node("DequantizeLinear", {"t", "s", "z"}, {"d"}, {int_attribute("axis", -1)})},
         tensor("w", 3, {2, 3}, raw(out_in)));
}

TEST_F(BlocksTest, BlockedScalesFollowTheirTranspose) {
  // [out 2, in 4] of ones, blocks of two inputs, so the scales themselves are the values.
  const std::string swap = ints_attribute("perm", {1, 0});
  const std::vector<float> expected = {1, 1, 2, 2, 3, 3, 4, 4};
  const auto expect = [&](std::vector<std::string> nodes, std::vector<std::int64_t> dims, int axis,
                          std::vector<std::int64_t> scale_dims, std::vector<float> scales) {
    nodes.insert(nodes.begin(),
                 node("DequantizeLinear", {"w", "s"}, {"d"},
                      {int_attribute("axis", axis), int_attribute("block_size", 2)}));
    const auto found = read(std::move(nodes), {tensor("w", 3, dims, std::string(8, '\1')),
                                               floats("s", scale_dims, scales)});
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_EQ(values(*found->front().block->weight), expected);
  };
  expect({node("MatMul", {"x", "d"}, {"y"})}, {4, 2}, 0, {2, 2}, {1, 3, 2, 4});
  expect({node("Transpose", {"d"}, {"t"}, {swap}), node("MatMul", {"x", "t"}, {"y"})}, {2, 4}, 1,
         {2, 2}, {1, 2, 3, 4});
}

TEST_F(BlocksTest, TellsActivationsApart) {
  const std::string w = floats("w", {3, 2}, kInOut);
  const auto ops_of = [&](std::vector<std::string> nodes,
                          std::vector<std::string> initializers = {}) {
    nodes.insert(nodes.begin(), node("MatMul", {"x", "w"}, {"m"}));
    initializers.push_back(w);
    const auto found = read(std::move(nodes), std::move(initializers));
    EXPECT_TRUE(found.ok()) << found.status().message();
    return found.ok() ? found->front().ops : 0;
  };
  EXPECT_EQ(ops_of({node("Relu", {"m"}, {"y"})}), static_cast<unsigned>(Op::relu));
  EXPECT_EQ(ops_of({node("Sigmoid", {"m"}, {"s"}), node("Mul", {"m", "s"}, {"y"})}),
            static_cast<unsigned>(Op::sigmoid));
  EXPECT_EQ(ops_of({node("Gelu", {"m"}, {"y"})}), static_cast<unsigned>(Op::gelu));
  EXPECT_EQ(ops_of({node("FastGelu", {"m"}, {"y"}, {}, "com.microsoft")}),
            static_cast<unsigned>(Op::gelu_tanh));
  EXPECT_EQ(ops_of({node("QuickGelu", {"m"}, {"y"}, {}, "com.microsoft")}),
            static_cast<unsigned>(Op::quick_gelu));
  EXPECT_EQ(ops_of({node("BiasGelu", {"m", "b"}, {"y"}, {}, "com.microsoft")},
                   {floats("b", {2}, {7, 8})}),
            static_cast<unsigned>(Op::gelu));
  EXPECT_EQ(values(*blocks_->sources("y")->front().block->bias), (std::vector<float>{7, 8}));
}

TEST_F(BlocksTest, NormsHaveManyForms) {
  const std::string g = floats("g", {2}, {1, 2});
  const std::string b = floats("b", {2}, {3, 4});
  const std::string two = floats("two", {}, {2});
  const std::string one = floats("one", {}, {1});
  const std::string eps = floats("eps", {}, {0.25f});
  const std::vector<std::string> last = {ints_attribute("axes", {-1})};
  const auto expect_norm = [&](std::vector<std::string> nodes, bool centred, bool shifted,
                               std::size_t inputs = 1, bool biased = false) {
    const std::string what = nodes.front();
    const auto found = read(std::move(nodes), {g, b, two, one, eps});
    ASSERT_TRUE(found.ok()) << found.status().message();
    ASSERT_EQ(found->size(), 1u) << what;
    const Block& block = *found->front().block;
    ASSERT_EQ(block.kind, Block::Kind::norm) << what;
    EXPECT_EQ(block.centred, centred) << what;
    EXPECT_EQ(block.inputs, std::vector<std::string_view>(inputs, "x")) << what;
    EXPECT_EQ(values(*block.weight), (std::vector<float>{1, 2})) << what;
    EXPECT_EQ(block.bias != nullptr, shifted) << what;
    EXPECT_EQ(block.skip_bias != nullptr, biased) << what;
  };
  const auto one_node = [](const std::string& op, std::vector<std::string> inputs,
                           const std::string& domain = "") {
    return std::vector<std::string>{node(op, inputs, {"y"}, {}, domain)};
  };
  const std::string microsoft = "com.microsoft";
  expect_norm(one_node("LayerNormalization", {"x", "g", "b"}), true, true);
  expect_norm(one_node("LayerNormalization", {"x", "g"}), true, false);
  expect_norm(one_node("RMSNormalization", {"x", "g"}), false, false);
  expect_norm(one_node("SimplifiedLayerNormalization", {"x", "g"}), false, false);
  expect_norm(one_node("SimplifiedLayerNormalization", {"x", "g"}, microsoft), false, false);
  expect_norm(one_node("SkipLayerNormalization", {"x", "x", "g", "b"}, microsoft), true, true, 2);
  expect_norm(one_node("SkipLayerNormalization", {"x", "x", "g", "", "b"}, microsoft), true, false,
              2, true);
  expect_norm(one_node("SkipSimplifiedLayerNormalization", {"x", "x", "g", "b"}, microsoft), false,
              false, 2, true);
  const std::vector<std::string> root_mean_square = {
      node("Pow", {"x", "two"}, {"p"}), node("ReduceMean", {"p"}, {"m"}, last),
      node("Add", {"m", "eps"}, {"e"}), node("Sqrt", {"e"}, {"r"})};
  std::vector<std::string> by_quotient = root_mean_square;
  by_quotient.push_back(node("Div", {"x", "r"}, {"q"}));
  by_quotient.push_back(node("Mul", {"q", "g"}, {"y"}));
  expect_norm(by_quotient, false, false);
  std::vector<std::string> by_inverse = root_mean_square;
  by_inverse.push_back(node("Div", {"one", "r"}, {"i"}));
  by_inverse.push_back(node("Mul", {"x", "i"}, {"q"}));
  by_inverse.push_back(node("Mul", {"g", "q"}, {"z"}));
  by_inverse.push_back(node("Add", {"z", "b"}, {"y"}));
  expect_norm(by_inverse, false, true);
  EXPECT_EQ(blocks_->sources("y")->front().block->epsilon, 0.25f);
  expect_error(one_node("LayerNormalization", {"x", "x", "b"}), {b}, "expected constant scale");
}

// Sums and products of two layers are blocks; those of one layer with itself or an input are not.
TEST_F(BlocksTest, OnlyTwoLayersMakeAPair) {
  const std::string w = floats("w", {3, 2}, kInOut);
  const std::string v = floats("v", {3, 2}, kInOut);
  const std::string a = node("MatMul", {"x", "w"}, {"a"});
  const std::string c = node("MatMul", {"x", "v"}, {"c"});
  const auto kind = [&](std::vector<std::string> nodes) {
    const auto found = read(std::move(nodes), {w, v});
    return found.ok() && found->size() == 1 ? found->front().block->kind : Block::Kind::input;
  };
  EXPECT_EQ(kind({a, c, node("Add", {"a", "c"}, {"y"})}), Block::Kind::add);
  EXPECT_EQ(kind({a, c, node("Relu", {"a"}, {"r"}), node("Mul", {"r", "c"}, {"y"})}),
            Block::Kind::multiply);
  EXPECT_EQ(kind({a, node("Sigmoid", {"a"}, {"s"}), node("Mul", {"a", "s"}, {"y"})}),
            Block::Kind::linear);
  EXPECT_EQ(kind({a, c, node("Add", {"a", "c"}, {"d"}), node("Relu", {"d"}, {"r"}),
                  node("Add", {"r", "a"}, {"y"})}),
            Block::Kind::add);
}

TEST_F(BlocksTest, NamesWhatItDoesNotUnderstand) {
  const std::string w = floats("w", {3, 2}, kInOut);
  expect_error(
      {node("MatMul", {"x", "w"}, {"m"}), node("Attention", {"m"}, {"y"}, {}, "com.microsoft")},
      {w}, "node \"the Attention\" (Attention)");
  expect_error({node("MatMul", {"x", "w"}, {"m"}), node("Relu", {"m"}, {"y"}, {}, "my.domain")},
               {w}, "the Relu");
  expect_error({node("MatMul", {"x", "w"}, {"m"}), node("Mul", {"m", "g"}, {"y"})},
               {w, floats("g", {2}, {1, 2})}, "\"g\" is no bias, scale or weight");
  expect_error(
      {node("Cast", {"w"}, {"c"}, {int_attribute("to", 10)}), node("MatMul", {"x", "c"}, {"y"})},
      {w}, "a Cast that changes values");
  expect_error({node("DequantizeLinear", {"q", "s"}, {"d"}, {int_attribute("axis", 0)}),
                node("MatMul", {"x", "d"}, {"y"})},
               {tensor("q", 3, {3, 2}, "123456"), floats("s", {3}, {1, 2, 3})},
               "scales run along the inputs");
  expect_error(
      {node("MatMulNBits", {"x", "w", "s"}, {"y"}, {int_attribute("K", 3)}, "com.microsoft")},
      {w, floats("s", {1}, {1})}, "K, N, bits");
}

TEST_F(BlocksTest, CirclesAndDoubleDefinitionsEnd) {
  expect_error({node("Relu", {"y"}, {"z"}), node("Relu", {"z"}, {"y"})}, {}, "in a circle");
  const auto twice = read({node("Relu", {"x"}, {"y"}), node("Relu", {"x"}, {"y"})}, {});
  EXPECT_EQ(twice.status().code(), Code::kCorrupt);
  const auto nothing = read({node("Relu", {"nowhere"}, {"y"})}, {});
  EXPECT_EQ(nothing.status().code(), Code::kCorrupt);
  EXPECT_THAT(nothing.status().message(), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace transept::onnx
