// Our reader against ONNX's own library, on every .onnx file of the fixtures: the same nodes,
// names, attributes, shapes and payloads; and onnx::checker accepts the files it knows the
// operators of.
//
// A program of its own, because ONNX's protobuf cannot share a process with every tokenizer
// library. The library under test is linked, too, and does not use protobuf.
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/formats/onnx/onnx_model.h"
#include "model/model_files.h"
#include "tests/support/files.h"

namespace transept::onnx {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> fixtures() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(TRANSEPT_TEST_DATA) / "fixtures")) {
    if (entry.path().extension() == ".onnx") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The payload as the specification lays it out, from whichever field holds it.
std::string payload(const ::onnx::TensorProto& tensor, const fs::path& directory,
                    std::size_t bits) {
  if (tensor.data_location() == ::onnx::TensorProto::EXTERNAL) {
    std::string location, offset = "0", length;
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") location = entry.value();
      if (entry.key() == "offset") offset = entry.value();
      if (entry.key() == "length") length = entry.value();
    }
    const std::string file = read_file(directory / location);
    return length.empty() ? file.substr(std::stoul(offset))
                          : file.substr(std::stoul(offset), std::stoul(length));
  }
  if (tensor.has_raw_data()) return tensor.raw_data();
  std::string out;
  const auto put = [&](auto value, std::size_t bytes) {
    out.append(reinterpret_cast<const char*>(&value), bytes);
  };
  for (const float value : tensor.float_data()) put(value, 4);
  for (const double value : tensor.double_data()) put(value, 8);
  for (const std::int64_t value : tensor.int64_data()) put(value, 8);
  for (const std::uint64_t value : tensor.uint64_data()) put(value, bits / 8);
  for (const std::int32_t value : tensor.int32_data())
    put(value, std::max<std::size_t>(1, bits / 8));
  return out;
}

void compare(const TensorData& ours, const ::onnx::TensorProto& theirs, const fs::path& directory) {
  EXPECT_EQ(ours.name, theirs.name());
  EXPECT_EQ(static_cast<int>(ours.type), theirs.data_type()) << theirs.name();
  EXPECT_TRUE(
      std::equal(ours.dims.begin(), ours.dims.end(), theirs.dims().begin(), theirs.dims().end()))
      << theirs.name();
  const std::size_t bits = data_type_bits(ours.type);
  ASSERT_GT(bits, 0u) << theirs.name();
  const std::string expected = payload(theirs, directory, bits);
  ASSERT_EQ(ours.bytes.size(), expected.size()) << theirs.name();
  const auto* bytes = reinterpret_cast<const char*>(ours.bytes.data());
  EXPECT_TRUE(std::string_view(bytes, ours.bytes.size()) == expected) << theirs.name();
}

void compare(const Graph& ours, const ::onnx::GraphProto& theirs, const fs::path& directory);

void compare(const Attribute& ours, const ::onnx::AttributeProto& theirs,
             const fs::path& directory) {
  EXPECT_EQ(ours.name, theirs.name());
  EXPECT_EQ(ours.f, theirs.f());
  EXPECT_EQ(ours.i, theirs.i());
  EXPECT_EQ(ours.s, theirs.s());
  EXPECT_TRUE(
      std::equal(ours.ints.begin(), ours.ints.end(), theirs.ints().begin(), theirs.ints().end()));
  EXPECT_TRUE(std::equal(ours.floats.begin(), ours.floats.end(), theirs.floats().begin(),
                         theirs.floats().end()));
  ASSERT_EQ(ours.tensor != nullptr, theirs.has_t());
  if (ours.tensor) compare(*ours.tensor, theirs.t(), directory);
  ASSERT_EQ(ours.graph != nullptr, theirs.has_g());
  if (ours.graph) compare(*ours.graph, theirs.g(), directory);
}

void compare(const Node& ours, const ::onnx::NodeProto& theirs, const fs::path& directory) {
  EXPECT_EQ(ours.name, theirs.name());
  EXPECT_EQ(ours.op_type, theirs.op_type());
  EXPECT_EQ(ours.domain, theirs.domain() == "ai.onnx" ? "" : theirs.domain());
  EXPECT_TRUE(std::equal(ours.inputs.begin(), ours.inputs.end(), theirs.input().begin(),
                         theirs.input().end()));
  EXPECT_TRUE(std::equal(ours.outputs.begin(), ours.outputs.end(), theirs.output().begin(),
                         theirs.output().end()));
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
    EXPECT_EQ(static_cast<int>(ours[static_cast<std::size_t>(i)].type),
              theirs[i].type().tensor_type().elem_type());
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
    EXPECT_EQ((*ours)->metadata[static_cast<std::size_t>(i)].second,
              theirs.metadata_props(i).value());
  }
  compare((*ours)->graph, theirs.graph(), GetParam().parent_path());
}

// What the library's operator tables do not know, although the file is sound; "" when there is
// nothing.
std::string unknown_to_checker(const ::onnx::GraphProto& graph, std::int64_t opset) {
  for (const ::onnx::NodeProto& node : graph.node()) {
    if (node.domain().empty() && node.op_type() == "LayerNormalization" && opset < 17) {
      return "onnxruntime's LayerNormalization before opset 17";
    }
    for (const ::onnx::AttributeProto& attribute : node.attribute()) {
      if (!attribute.has_g()) continue;
      const std::string inner = unknown_to_checker(attribute.g(), opset);
      if (!inner.empty()) return inner;
    }
  }
  for (const ::onnx::TensorProto& tensor : graph.initializer()) {
    if (tensor.data_type() > ::onnx::TensorProto::BFLOAT16) return "4-bit tensors";
  }
  return "";
}

// Debian's library ends at opset 17. Newer files are checked as if they were of its newest version,
// which is stricter than their own: no operator they use lost or changed an attribute since.
TEST_P(Fixture, PassesOnnxsChecker) {
  ::onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(read_file(GetParam())));
  const int newest = ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at("").second;
  std::int64_t opset = 0;
  for (auto& set : *model.mutable_opset_import()) {
    if (!set.domain().empty()) continue;
    opset = set.version();
    if (opset > newest) set.set_version(newest);
  }
  if (model.ir_version() > ::onnx::IR_VERSION) model.set_ir_version(::onnx::IR_VERSION);
  const std::string unknown = unknown_to_checker(model.graph(), opset);
  if (!unknown.empty()) GTEST_SKIP() << "not known to this ONNX library: " << unknown;
  fs::current_path(GetParam().parent_path());  // where external data is looked for
  try {
    ::onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    // onnxruntime's half-precision converter leaves nodes out of order, which onnxruntime itself
    // accepts.
    if (std::strstr(error.what(), "topologically sorted") != nullptr &&
        GetParam().parent_path().filename() == "marian-fp16") {
      GTEST_SKIP() << "this converter does not sort nodes";
    }
    FAIL() << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Fixture, testing::ValuesIn(fixtures()), [](const auto& parameter) {
  std::string name = parameter.param.lexically_relative(fs::path(TRANSEPT_TEST_DATA) / "fixtures")
                         .replace_extension();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

// Dynamic int8: every weight is (q - zero point) * scale, by ONNX's reading of the file and the
// quantiser's naming (X_quantized, X_scale, X_zero_point), with a scale a tensor or a column.
class Quantised : public testing::TestWithParam<std::string> {};

using Initializers = std::map<std::string, ::onnx::TensorProto>;

void collect(const ::onnx::GraphProto& graph, Initializers& all) {
  for (const auto& tensor : graph.initializer()) all[tensor.name()] = tensor;
  for (const auto& node : graph.node()) {
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) collect(attribute.g(), all);
    }
  }
}

std::vector<int> integers(const ::onnx::TensorProto& tensor) {
  const std::string bytes = payload(tensor, {}, 8);
  std::vector<int> values;
  for (const char byte : bytes) {
    values.push_back(tensor.data_type() == ::onnx::TensorProto::INT8
                         ? static_cast<signed char>(byte)
                         : static_cast<unsigned char>(byte));
  }
  return values;
}

TEST_P(Quantised, EveryWeightIsWhatTheFormatDefines) {
  const fs::path directory = fs::path(TRANSEPT_TEST_DATA) / "fixtures" / GetParam();
  const auto files = open_model_files(directory, {});
  ASSERT_TRUE(files.ok()) << files.status().message();
  std::map<std::string, Initializers> by_file;
  for (const fs::path& path : files->paths) {
    if (path.extension() != ".onnx") continue;
    ::onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(read_file(path)));
    collect(model.graph(), by_file[path.filename()]);
  }
  std::size_t compared = 0;
  for (const auto& [role, tensor] : files->tensors) {
    // "encoder_model.onnx, tensor "X_quantized""
    const std::string& origin = tensor->origin;
    const std::size_t quote = origin.find('"');
    const std::string name = origin.substr(quote + 1, origin.size() - quote - 2);
    const std::size_t suffix = name.rfind("_quantized");
    if (tensor->rows == 1 || suffix == name.npos) continue;
    const std::string base = name.substr(0, suffix);
    const Initializers& initializers = by_file.at(origin.substr(0, origin.find(',')));
    const ::onnx::TensorProto& weight = initializers.at(name);
    const std::vector<int> q = integers(weight);
    const std::vector<int> zero = integers(initializers.at(base + "_zero_point"));
    const std::string scale_bytes = payload(initializers.at(base + "_scale"), {}, 32);
    std::vector<float> scale(scale_bytes.size() / sizeof(float));
    std::memcpy(scale.data(), scale_bytes.data(), scale_bytes.size());
    const auto rows = static_cast<std::size_t>(weight.dims(0));
    const auto cols = static_cast<std::size_t>(weight.dims(1));
    // A table is [vocab, width] in the file and here; the matrix of a layer is [in, out] there,
    // [out, in] here.
    const bool table = tensor->rows == rows && tensor->cols == cols && !tensor->transposed;
    ASSERT_TRUE(table || (tensor->rows == cols && tensor->cols == rows)) << role;
    std::vector<float> values(tensor->elements());
    read_rows(*tensor, 0, tensor->rows, values.data());
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < cols; ++c) {
        const float expected =
            static_cast<float>(q[r * cols + c] - zero[zero.size() == 1 ? 0 : c]) *
            scale[scale.size() == 1 ? 0 : c];
        ASSERT_EQ(values[table ? r * cols + c : c * rows + r], expected)
            << role << " " << r << " " << c;
      }
    }
    ++compared;
  }
  // All linear layers and the three tables.
  EXPECT_EQ(compared, 2u * 6 + 2u * 10 + 3);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Quantised,
                         testing::Values("marian-q8", "marian-q8-default",
                                         "marian-q8-default-merged", "marian-q8-notied",
                                         "marian-q8-split", "marian-u8", "marian-avx512",
                                         "marian-avx2-perchannel"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace transept::onnx
