#include "model/formats/onnx/onnx_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/files.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/temp_path.h"

namespace transept::onnx {
namespace {

using namespace testing_onnx;
using testing::HasSubstr;
using testing::Pointwise;

std::string integers(const std::string& name, const std::vector<std::int64_t>& values) {
  return tensor(name, 7, {static_cast<std::int64_t>(values.size())}, raw(values));
}

class EvaluatorTest : public testing::Test {
 protected:
  // What "y" is when "x" is [2, 3], 1..6 in float32.
  Result<ValuePtr> run(std::vector<std::string> nodes, std::vector<std::string> initializers = {}) {
    const std::string bytes = model(graph({.nodes = std::move(nodes),
                                           .initializers = std::move(initializers),
                                           .inputs = {value("x", 1), value("other", 1)},
                                           .outputs = {value("y", 1)}}));
    auto opened = open_model(write_file(temp_path("onnx_evaluator_test.onnx"), bytes));
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    model_ = *std::move(opened);
    auto scope = Scope::build(*model_, model_->graph, nullptr);
    if (!scope.ok()) return scope.status();
    scope_ = std::make_unique<Scope>(*std::move(scope));
    Evaluator evaluator(*scope_);
    evaluator.bind("x", {DataType::f32, {2, 3}, {1, 2, 3, 4, 5, 6}});
    return evaluator.evaluate("y");
  }

  void expect(const Result<ValuePtr>& result, const Dims& dims,
              const std::vector<double>& numbers) {
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ((*result)->dims, dims);
    EXPECT_THAT((*result)->numbers, Pointwise(testing::DoubleNear(1e-6), numbers));
  }

  void expect_error(const Result<ValuePtr>& result, const std::string& text) {
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.status().message(), HasSubstr(text));
    EXPECT_THAT(result.status().message(), HasSubstr("onnx_evaluator_test.onnx"));
  }

  std::unique_ptr<const Model> model_;
  std::unique_ptr<Scope> scope_;
};

TEST_F(EvaluatorTest, Broadcasts) {
  expect(run({node("Add", {"x", "row"}, {"y"})}, {floats("row", {3}, {10, 20, 30})}), {2, 3},
         {11, 22, 33, 14, 25, 36});
  expect(run({node("Sub", {"column", "x"}, {"y"})}, {floats("column", {2, 1}, {10, 20})}), {2, 3},
         {9, 8, 7, 16, 15, 14});
  expect(run({node("Div", {"x", "two"}, {"y"})}, {floats("two", {}, {2})}), {2, 3},
         {0.5, 1, 1.5, 2, 2.5, 3});
  expect_error(run({node("Mul", {"x", "v"}, {"y"})}, {floats("v", {2}, {1, 2})}),
               "do not broadcast");
}

TEST_F(EvaluatorTest, MovesNumbers) {
  expect(run({node("Transpose", {"x"}, {"y"}, {ints_attribute("perm", {1, 0})})}), {3, 2},
         {1, 4, 2, 5, 3, 6});
  expect(run({node("Reshape", {"x", "s"}, {"y"})}, {integers("s", {3, 1, -1})}), {3, 1, 2},
         {1, 2, 3, 4, 5, 6});
  expect(run({node("Gather", {"x", "i"}, {"y"}, {int_attribute("axis", 1)})},
             {integers("i", {-1, 0})}),
         {2, 2}, {3, 1, 6, 4});
  expect(run({node("Slice", {"x", "s", "e", "a", "t"}, {"y"})},
             {integers("s", {-1}), integers("e", {-4}), integers("a", {1}), integers("t", {-2})}),
         {2, 2}, {3, 1, 6, 4});
  expect(run({node("Trilu", {"x"}, {"y"}, {int_attribute("upper", 0)})}), {2, 3},
         {1, 0, 0, 4, 5, 0});
  expect(run({node("Concat", {"x", "x"}, {"y"}, {int_attribute("axis", 0)})}), {4, 3},
         {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6});
}

// The axis of softmax covers all dimensions behind it before opset 13, which is what a model
// without an operator set is taken for.
TEST_F(EvaluatorTest, SoftmaxOfRows) {
  const auto rows = run({node("Softmax", {"x"}, {"y"}, {int_attribute("axis", -1)})});
  expect(rows, {2, 3}, {0.0900306, 0.2447285, 0.6652410, 0.0900306, 0.2447285, 0.6652410});
  const auto all = run({node("Softmax", {"x"}, {"y"}, {int_attribute("axis", 0)})});
  expect(all, {2, 3}, {0.0042698, 0.0116065, 0.0315496, 0.0857607, 0.2331220, 0.6336914});
}

TEST_F(EvaluatorTest, NormsWithAndWithoutMean) {
  const std::string gamma = floats("gamma", {3}, {1, 2, 3});
  const std::string beta = floats("beta", {3}, {0, 0, 1});
  const std::vector<std::string> no_epsilon = {float_attribute("epsilon", 0)};
  // Rows 1 2 3 and 4 5 6 have the deviation sqrt(2 / 3), and root mean squares of 14 / 3 and 77 / 3.
  expect(
      run({node("LayerNormalization", {"x", "gamma", "beta"}, {"y"}, no_epsilon)}, {gamma, beta}),
      {2, 3}, {-1.2247449, 0, 4.6742346, -1.2247449, 0, 4.6742346});
  const std::vector<double> scaled = {0.4629100, 1.8516402, 4.1661905,
                                      0.7895420, 1.9738551, 3.5529391};
  expect(run({node("RMSNormalization", {"x", "gamma"}, {"y"}, no_epsilon)}, {gamma}), {2, 3},
         scaled);
  expect(run({node("Mul", {"x", "half"}, {"h"}),
              node("SkipSimplifiedLayerNormalization", {"h", "h", "gamma"}, {"y"}, no_epsilon,
                   "com.microsoft")},
             {gamma, floats("half", {}, {0.5f})}),
         {2, 3}, scaled);
  expect_error(run({node("RMSNormalization", {"x", "gamma", "beta"}, {"y"})}, {gamma, beta}),
               "shift");
}

TEST_F(EvaluatorTest, QuantisationDoesNotRound) {
  expect(run({node("DynamicQuantizeLinear", {"x"}, {"q", "s", "z"}),
              node("DequantizeLinear", {"q", "s", "z"}, {"y"})}),
         {2, 3}, {1, 2, 3, 4, 5, 6});
}

TEST_F(EvaluatorTest, TypesDoNotMix) {
  expect_error(run({node("Add", {"x", "i"}, {"y"})}, {integers("i", {1})}), "different types");
  expect_error(
      run({node("Cast", {"x"}, {"h"}, {int_attribute("to", 10)}), node("Mul", {"x", "h"}, {"y"})}),
      "different types");
  expect_error(run({node("Where", {"x", "x", "x"}, {"y"})}), "condition");
}

TEST_F(EvaluatorTest, HostileGraphsEndInASentence) {
  expect_error(run({node("Expand", {"x", "s"}, {"y"})},
                   {integers("s", {std::int64_t{1} << 40, std::int64_t{1} << 40, 2, 3})}),
               "larger than any");
  expect_error(run({node("ConstantOfShape", {"s"}, {"y"})}, {integers("s", {-1})}),
               "negative dimension");
  expect_error(run({node("Div", {"i", "i"}, {"y"})}, {integers("i", {0})}), "division by zero");
  expect_error(run({node("Range", {"a", "b", "c"}, {"y"})},
                   {floats("a", {}, {0}), floats("b", {}, {1}), floats("c", {}, {0})}),
               "range");
  expect_error(run({node("Add", {"x", "y"}, {"y"})}), "in a circle");
  expect_error(run({node("Add", {"x", "other"}, {"y"})}), "where no such input belongs");
  expect_error(run({node("Add", {"x", "nothing"}, {"y"})}), "nothing defines");
  expect_error(run({node("Conv", {"x"}, {"y"})}), "not understood");
  expect_error(run({node("Gelu", {"x"}, {"y"}, {}, "com.example")}), "not understood");
  expect_error(run({node("Gather", {"x", "i"}, {"y"})}, {integers("i", {7})}), "out of range");
  expect_error(run({node("Transpose", {"x"}, {"y"}, {ints_attribute("perm", {0, 0})})}),
               "repetitions");
  expect_error(
      run({node("Slice", {"x", "s", "e"}, {"y"})}, {integers("s", {0}), integers("e", {9})}),
      "beyond its input");
}

// Doubles in size with each node: stopped before memory is.
TEST_F(EvaluatorTest, WorkIsBounded) {
  std::vector<std::string> nodes;
  std::string last = "x";
  for (int i = 0; i < 60; ++i) {
    const std::string next = i == 59 ? "y" : "v" + std::to_string(i);
    nodes.push_back(node("Concat", {last, last}, {next}, {int_attribute("axis", 0)}));
    last = next;
  }
  expect_error(run(std::move(nodes)), "larger than any");
}

// Each node is cheap enough by itself.
TEST_F(EvaluatorTest, WorkOfManyNodesIsBounded) {
  std::vector<std::string> nodes = {node("Expand", {"f", "s"}, {"v0"})};
  for (int i = 0; i < 300; ++i) {
    nodes.push_back(node("MatMul", {"v" + std::to_string(i), "v0"}, {"v" + std::to_string(i + 1)}));
  }
  nodes.push_back(node("Identity", {"v300"}, {"y"}));
  expect_error(run(std::move(nodes), {floats("f", {1, 1}, {0}), integers("s", {400, 400})}),
               "more work than any");
}

}  // namespace
}  // namespace transept::onnx
