#include "model/formats/onnx/onnx_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "tests/support/files.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/temp_path.h"

namespace transept::onnx {
namespace {

using namespace testing_onnx;
using testing::HasSubstr;

std::string path_of(const std::string& name) { return temp_path("onnx_model_test_" + name); }

Result<std::unique_ptr<const Model>> open_bytes(const std::string& bytes) {
  return open_model(write_file(path_of("model.onnx"), bytes));
}

Result<std::unique_ptr<const Model>> open_with(const std::string& initializer) {
  return open_bytes(model(graph({.initializers = {initializer}})));
}

template <class T>
std::vector<T> payload(const TensorData& tensor) {
  std::vector<T> out(tensor.bytes.size() / sizeof(T));
  std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
  return out;
}

// A tensor with one typed payload field, packed or one field an element.
template <class Add>
std::string typed(int type, std::int64_t count, Add add) {
  std::string out;
  protozero::pbf_writer writer(out);
  add(writer);  // before the shape: fields may come in any order
  writer.add_int64(1, count);
  writer.add_int32(2, type);
  writer.add_string(8, "t");
  return out;
}

TEST(OnnxModel, ReadsTypedPayloadsPackedAndNot) {
  const std::vector<float> f = {1.5f, -2};
  const std::vector<double> d = {1.5, -2};
  const std::vector<std::int32_t> i = {-1, 300};
  const std::vector<std::int64_t> l = {-1, std::int64_t{1} << 40};
  const std::vector<std::uint64_t> u = {1, std::uint64_t{1} << 63};
  const auto check = [](auto expected, int type, auto packed, auto single) {
    using T = typename decltype(expected)::value_type;
    for (const auto& text : {typed(type, 2, packed), typed(type, 2, single)}) {
      const auto model = open_with(text);
      ASSERT_TRUE(model.ok()) << model.status().message();
      EXPECT_EQ(payload<T>((*model)->graph.initializers[0]), expected);
    }
  };
  check(
      f, 1, [&](auto& w) { w.add_packed_float(4, f.begin(), f.end()); },
      [&](auto& w) {
        for (auto v : f) w.add_float(4, v);
      });
  check(
      d, 11, [&](auto& w) { w.add_packed_double(10, d.begin(), d.end()); },
      [&](auto& w) {
        for (auto v : d) w.add_double(10, v);
      });
  check(
      i, 6, [&](auto& w) { w.add_packed_int32(5, i.begin(), i.end()); },
      [&](auto& w) {
        for (auto v : i) w.add_int32(5, v);
      });
  check(
      l, 7, [&](auto& w) { w.add_packed_int64(7, l.begin(), l.end()); },
      [&](auto& w) {
        for (auto v : l) w.add_int64(7, v);
      });
  check(
      u, 13, [&](auto& w) { w.add_packed_uint64(11, u.begin(), u.end()); },
      [&](auto& w) {
        for (auto v : u) w.add_uint64(11, v);
      });
  // Narrow types travel in int32_data, one element each; half precision as its bits.
  const std::vector<std::int32_t> narrow = {-1, 100};
  const auto packed = [&](auto& w) { w.add_packed_int32(5, narrow.begin(), narrow.end()); };
  const auto single = [&](auto& w) {
    for (auto v : narrow) w.add_int32(5, v);
  };
  check(std::vector<std::int8_t>{-1, 100}, 3, packed, single);
  check(std::vector<std::uint8_t>{255, 100}, 2, packed, single);
  check(std::vector<std::uint16_t>{0xffff, 100}, 10, packed, single);
  check(std::vector<std::uint16_t>{0xffff, 100}, 16, packed, single);
  check(
      std::vector<std::uint32_t>{7, 8}, 12,
      [](auto& w) {
        w.add_uint64(11, 7);
        w.add_uint64(11, 8);
      },
      [](auto& w) {
        const std::vector<std::uint64_t> v = {7, 8};
        w.add_packed_uint64(11, v.begin(), v.end());
      });
}

TEST(OnnxModel, PacksSubByteTypesAsTheFileDoes) {
  const auto model = open_with(typed(22, 3, [](auto& w) {
    w.add_int32(5, 0x21);
    w.add_int32(5, 0x0f);
  }));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(payload<std::uint8_t>((*model)->graph.initializers[0]),
            (std::vector<std::uint8_t>{0x21, 0x0f}));
}

TEST(OnnxModel, ReadsNodesAttributesAndSubgraphs) {
  const std::string inner =
      graph({.nodes = {node("Relu", {"x"}, {"y"})}, .outputs = {value("y", 1)}});
  const std::string outer =
      graph({.nodes = {node("If", {"c"}, {"z"}, {graph_attribute("then_branch", inner)}),
                       node("Transpose", {"z"}, {"t"}, {ints_attribute("perm", {1, 0})}, "ai.onnx"),
                       node("QuickGelu", {"t"}, {"q"}, {int_attribute("n", -3)}, "com.microsoft")},
             .inputs = {value("x", 1), value("c", 9)},
             .outputs = {value("q", 1)}});
  const auto model = open_bytes(testing_onnx::model(outer));
  ASSERT_TRUE(model.ok()) << model.status().message();
  const Graph& g = (*model)->graph;
  ASSERT_EQ(g.nodes.size(), 3u);
  EXPECT_EQ(g.nodes[0].attribute("then_branch")->graph->nodes[0].op_type, "Relu");
  EXPECT_EQ(g.nodes[1].domain, "");
  EXPECT_EQ(g.nodes[1].attribute("perm")->ints, (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(g.nodes[2].domain, "com.microsoft");
  EXPECT_EQ(g.nodes[2].int_attribute("n", 0), -3);
  EXPECT_EQ(g.nodes[2].int_attribute("absent", 5), 5);
  EXPECT_EQ(g.inputs[1].type, DataType::boolean);
}

TEST(OnnxModel, ReadsOpsetsAndMetadata) {
  std::string bytes = model(graph({}));
  protozero::pbf_writer writer(bytes);
  std::string opset = message({{1, "com.microsoft"}});
  protozero::pbf_writer(opset).add_int64(2, 1);
  writer.add_bytes(8, opset);
  writer.add_bytes(14, message({{1, "key"}, {2, "value"}}));
  const auto found = open_bytes(bytes);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)->ir_version, 8);
  EXPECT_EQ((*found)->operator_sets[0].domain, "com.microsoft");
  EXPECT_EQ((*found)->operator_sets[0].version, 1);
  EXPECT_EQ((*found)->metadata[0].second, "value");
}

std::string external(const std::string& location, const std::string& offset,
                     const std::string& length) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_int64(1, 2);
  writer.add_int32(2, 1);
  writer.add_string(8, "w");
  writer.add_bytes(13, message({{1, "location"}, {2, location}}));
  if (!offset.empty()) writer.add_bytes(13, message({{1, "offset"}, {2, offset}}));
  if (!length.empty()) writer.add_bytes(13, message({{1, "length"}, {2, length}}));
  writer.add_int32(14, 1);
  return out;
}

TEST(OnnxModel, ReadsExternalData) {
  write_file(path_of("data"), raw<float>({9, 1, 2}));
  const std::string name = std::filesystem::path(path_of("data")).filename();
  const auto model = open_with(external(name, "4", "8"));
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(payload<float>((*model)->graph.initializers[0]), (std::vector<float>{1, 2}));
  EXPECT_EQ((*model)->data_files.size(), 1u);
  EXPECT_TRUE(open_with(external(name, "", "")).ok());
}

TEST(OnnxModel, RefusesExternalDataOutsideTheDirectoryOrTheFile) {
  write_file(path_of("data"), raw<float>({9, 1, 2}));
  const std::string name = std::filesystem::path(path_of("data")).filename();
  const auto error = [](const std::string& tensor, Code code) {
    const auto model = open_with(tensor);
    EXPECT_EQ(model.status().code(), code) << model.status().message();
    return model.status().message();
  };
  for (const char* path : {"../data", "/etc/passwd", "a/../../data", ""}) {
    EXPECT_THAT(error(external(path, "", ""), Code::kCorrupt), HasSubstr("not a path inside"));
  }
  EXPECT_THAT(error(external("absent", "", ""), Code::kNotFound), HasSubstr("absent"));
  EXPECT_THAT(error(external(name, "8", "8"), Code::kCorrupt), HasSubstr("which has 12"));
  EXPECT_THAT(error(external(name, "18446744073709551615", ""), Code::kCorrupt),
              HasSubstr("expected 8 bytes"));
  EXPECT_THAT(error(external(name, "0", "4"), Code::kCorrupt),
              HasSubstr("length 4, but its shape and type need 8 bytes"));
  EXPECT_THAT(error(external(name, "-4", ""), Code::kCorrupt), HasSubstr("not a number"));
}

TEST(OnnxModel, RefusesWhatItDoesNotRead) {
  const auto sparse = open_bytes(model(graph({}) + message({{15, ""}})));
  EXPECT_EQ(sparse.status().code(), Code::kUnsupported);
  EXPECT_THAT(sparse.status().message(), HasSubstr("sparse"));
  const auto functions = open_bytes(model(graph({})) + message({{25, ""}}));
  EXPECT_EQ(functions.status().code(), Code::kUnsupported);
  EXPECT_THAT(functions.status().message(), HasSubstr("functions"));
  const auto segments = open_with(message({{8, "s"}, {3, ""}}));
  EXPECT_EQ(segments.status().code(), Code::kUnsupported);
  EXPECT_THAT(segments.status().message(), HasSubstr("segments"));
}

TEST(OnnxModel, RefusesMalformedTensors) {
  const auto error = [](const std::string& tensor) {
    const auto model = open_with(tensor);
    EXPECT_EQ(model.status().code(), Code::kCorrupt);
    return model.status().message();
  };
  EXPECT_THAT(error(tensor("w", 1, {3}, "12345678")), HasSubstr("expected 12 bytes, found 8"));
  EXPECT_THAT(error(tensor("w", 1, {-3}, "")), HasSubstr("negative"));
  EXPECT_THAT(error(tensor("w", 1, {1 << 30, 1 << 30}, "")), HasSubstr("too large"));
  EXPECT_THAT(error(tensor("w", 1, std::vector<std::int64_t>(100, 1), "1234")),
              HasSubstr("64 dimensions"));
  EXPECT_THAT(error(typed(1, 1, [](auto& w) { w.add_int32(5, 1); })),
              HasSubstr("does not fit its type"));
  EXPECT_THAT(error(typed(1, 1,
                          [](auto& w) {
                            w.add_float(4, 1);
                            w.add_bytes(9, "1234");
                          })),
              HasSubstr("two payloads"));
}

TEST(OnnxModel, BoundsNesting) {
  std::string deep = graph({});
  for (int i = 0; i < 100; ++i)
    deep = graph({.nodes = {node("If", {}, {}, {graph_attribute("g", deep)})}});
  const auto found = open_bytes(model(deep));
  EXPECT_EQ(found.status().code(), Code::kCorrupt);
  EXPECT_THAT(found.status().message(), HasSubstr("nested"));
}

TEST(OnnxModel, BoundsTheNumberOfItems) {
  std::string bytes;
  for (int i = 0; i < 3'000'000; ++i) bytes += std::string("\x0a\x00", 2);
  const auto found = open_bytes(model(bytes));
  EXPECT_EQ(found.status().code(), Code::kCorrupt);
  EXPECT_THAT(found.status().message(), HasSubstr("more nodes"));
}

TEST(OnnxModel, SaysWhatIsNoModel) {
  EXPECT_EQ(open_bytes("").status().code(), Code::kCorrupt);
  EXPECT_EQ(open_bytes("hello, this is text").status().code(), Code::kCorrupt);
  EXPECT_EQ(open_model(path_of("no such file")).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace transept::onnx
