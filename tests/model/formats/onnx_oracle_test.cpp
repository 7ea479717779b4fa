// Our reader against ONNX's own library, on every .onnx file of the fixtures: the same nodes, names, attributes,
// shapes and payloads; and onnx::checker accepts the files it knows the operators of.
//
// A program of its own, because ONNX's protobuf cannot share a process with every tokenizer library. The
// library under test is linked, too, and does not use protobuf.
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "model/formats/onnx/onnx_model.h"

namespace transept::onnx {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> fixtures() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(TRANSEPT_TEST_DATA) / "fixtures")) {
    if (entry.path().extension() == ".onnx") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The payload as the specification lays it out, from whichever field holds it.
std::string payload(const ::onnx::TensorProto& tensor, const fs::path& directory, std::size_t bits) {
  if (tensor.data_location() == ::onnx::TensorProto::EXTERNAL) {
    std::string location, offset = "0", length;
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") location = entry.value();
      if (entry.key() == "offset") offset = entry.value();
      if (entry.key() == "length") length = entry.value();
    }
    const std::string file = read_file(directory / location);
    return length.empty() ? file.substr(std::stoul(offset)) : file.substr(std::stoul(offset), std::stoul(length));
  }
  if (tensor.has_raw_data()) return tensor.raw_data();
  std::string out;
  const auto put = [&](auto value, std::size_t bytes) { out.append(reinterpret_cast<const char*>(&value), bytes); };
  for (const float value : tensor.float_data()) put(value, 4);
  for (const double value : tensor.double_data()) put(value, 8);
  for (const std::int64_t value : tensor.int64_data()) put(value, 8);
  for (const std::uint64_t value : tensor.uint64_data()) put(value, bits / 8);
  for (const std::int32_t value : tensor.int32_data()) put(value, std::max<std::size_t>(1, bits / 8));
  return out;
}

void compare(const TensorData& ours, const ::onnx::TensorProto& theirs, const fs::path& directory) {
  EXPECT_EQ(ours.name, theirs.name());
  EXPECT_EQ(static_cast<int>(ours.type), theirs.data_type()) << theirs.name();
  EXPECT_TRUE(std::equal(ours.dims.begin(), ours.dims.end(), theirs.dims().begin(), theirs.dims().end()))
      << theirs.name();
  const std::size_t bits = data_type_bits(ours.type);
  ASSERT_GT(bits, 0u) << theirs.name();
  const std::string expected = payload(theirs, directory, bits);
  ASSERT_EQ(ours.bytes.size(), expected.size()) << theirs.name();
  EXPECT_EQ(std::memcmp(ours.bytes.data(), expected.data(), expected.size()), 0) << theirs.name();
}

void compare(const Graph& ours, const ::onnx::GraphProto& theirs, const fs::path& directory);

void compare(const Attribute& ours, const ::onnx::AttributeProto& theirs, const fs::path& directory) {
  EXPECT_EQ(ours.name, theirs.name());
  EXPECT_EQ(ours.f, theirs.f());
  EXPECT_EQ(ours.i, theirs.i());
  EXPECT_EQ(ours.s, theirs.s());
  EXPECT_TRUE(std::equal(ours.ints.begin(), ours.ints.end(), theirs.ints().begin(), theirs.ints().end()));
  EXPECT_TRUE(std::equal(ours.floats.begin(), ours.floats.end(), theirs.floats().begin(), theirs.floats().end()));
  ASSERT_EQ(ours.tensor != nullptr, theirs.has_t());
  if (ours.tensor) compare(*ours.tensor, theirs.t(), directory);
  ASSERT_EQ(ours.graph != nullptr, theirs.has_g());
  if (ours.graph) compare(*ours.graph, theirs.g(), directory);
}

void compare(const Node& ours, const ::onnx::NodeProto& theirs, const fs::path& directory) {
  EXPECT_EQ(ours.name, theirs.name());
  EXPECT_EQ(ours.op_type, theirs.op_type());
  EXPECT_EQ(ours.domain, theirs.domain() == "ai.onnx" ? "" : theirs.domain());
  EXPECT_TRUE(std::equal(ours.inputs.begin(), ours.inputs.end(), theirs.input().begin(), theirs.input().end()));
  EXPECT_TRUE(std::equal(ours.outputs.begin(), ours.outputs.end(), theirs.output().begin(), theirs.output().end()));
  ASSERT_EQ(ours.attributes.size(), static_cast<std::size_t>(theirs.attribute_size()));
  for (int i = 0; i < theirs.attribute_size(); ++i) {
    compare(ours.attributes[static_cast<std::size_t>(i)], theirs.attribute(i), directory);
  }
}

void compare(const std::vector<ValueInfo>& ours,
             const google::protobuf::RepeatedPtrField<::onnx::ValueInfoProto>& theirs) {
  ASSERT_EQ(ours.size(), static_cast<std::size_t>(theirs.size()));
  for (int i = 0; i < theirs.size(); ++i) {
    EXPECT_EQ(ours[static_cast<std::size_t>(i)].name, theirs[i].name());
    EXPECT_EQ(static_cast<int>(ours[static_cast<std::size_t>(i)].type), theirs[i].type().tensor_type().elem_type());
  }
}

void compare(const Graph& ours, const ::onnx::GraphProto& theirs, const fs::path& directory) {
  EXPECT_EQ(ours.name, theirs.name());
  ASSERT_EQ(ours.nodes.size(), static_cast<std::size_t>(theirs.node_size()));
  for (int i = 0; i < theirs.node_size(); ++i) {
    compare(ours.nodes[static_cast<std::size_t>(i)], theirs.node(i), directory);
  }
  ASSERT_EQ(ours.initializers.size(), static_cast<std::size_t>(theirs.initializer_size()));
  for (int i = 0; i < theirs.initializer_size(); ++i) {
    compare(ours.initializers[static_cast<std::size_t>(i)], theirs.initializer(i), directory);
  }
  compare(ours.inputs, theirs.input());
  compare(ours.outputs, theirs.output());
}

class Fixture : public testing::TestWithParam<fs::path> {};

TEST_P(Fixture, ReadsAsOnnxReadsIt) {
  ::onnx::ModelProto theirs;
  ASSERT_TRUE(theirs.ParseFromString(read_file(GetParam())));
  const auto ours = open_model(GetParam());
  ASSERT_TRUE(ours.ok()) << ours.status().message();
  EXPECT_EQ((*ours)->ir_version, theirs.ir_version());
  EXPECT_EQ((*ours)->producer, theirs.producer_name());
  ASSERT_EQ((*ours)->operator_sets.size(), static_cast<std::size_t>(theirs.opset_import_size()));
  for (int i = 0; i < theirs.opset_import_size(); ++i) {
    const OperatorSet& set = (*ours)->operator_sets[static_cast<std::size_t>(i)];
    EXPECT_EQ(set.domain, theirs.opset_import(i).domain());
    EXPECT_EQ(set.version, theirs.opset_import(i).version());
  }
  ASSERT_EQ((*ours)->metadata.size(), static_cast<std::size_t>(theirs.metadata_props_size()));
  for (int i = 0; i < theirs.metadata_props_size(); ++i) {
    EXPECT_EQ((*ours)->metadata[static_cast<std::size_t>(i)].first, theirs.metadata_props(i).key());
    EXPECT_EQ((*ours)->metadata[static_cast<std::size_t>(i)].second, theirs.metadata_props(i).value());
  }
  compare((*ours)->graph, theirs.graph(), GetParam().parent_path());
}

// Operators that onnxruntime adds under the standard domain or that are newer than the library.
bool uses(const ::onnx::GraphProto& graph, const std::set<std::string>& operators) {
  return std::any_of(graph.node().begin(), graph.node().end(), [&](const ::onnx::NodeProto& node) {
    if (node.domain().empty() && operators.count(node.op_type()) != 0) return true;
    return std::any_of(node.attribute().begin(), node.attribute().end(), [&](const ::onnx::AttributeProto& attribute) {
      return attribute.has_g() && uses(attribute.g(), operators);
    });
  });
}

TEST_P(Fixture, PassesOnnxsChecker) {
  ::onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(read_file(GetParam())));
  std::int64_t opset = 0;
  for (const auto& set : model.opset_import()) {
    if (set.domain().empty()) opset = set.version();
  }
  const int newest = ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at("").second;
  if (opset > newest || model.ir_version() > ::onnx::IR_VERSION) {
    GTEST_SKIP() << "opset " << opset << ", IR " << model.ir_version() << ": this ONNX library ends at opset "
                 << newest << ", IR " << ::onnx::IR_VERSION;
  }
  if (opset < 17 && uses(model.graph(), {"LayerNormalization"})) {
    GTEST_SKIP() << "onnxruntime uses LayerNormalization before opset 17";
  }
  try {
    ::onnx::checker::check_model(GetParam().string());
  } catch (const std::exception& error) {
    FAIL() << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Fixture, testing::ValuesIn(fixtures()), [](const auto& parameter) {
  std::string name = parameter.param.lexically_relative(fs::path(TRANSEPT_TEST_DATA) / "fixtures").replace_extension();
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace transept::onnx
