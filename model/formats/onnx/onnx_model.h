// OnnxModel: an .onnx file as data: graphs, nodes, attributes, tensors. Nothing is executed.
//
// Names and raw payloads are views into the mapped file, which the model keeps alive; typed
// payloads that protobuf stores as varints are decoded once. Sizes are checked before anything is
// allocated, and what the library does not read (segments, sparse initializers, functions) is
// refused in a sentence. Immutable after `open`, so safe to share between threads.
// Source: onnx/onnx.proto of ONNX 1.23 (field numbers), docs/ExternalData.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/mapped_file.h"
#include "transept/status.h"

namespace transept::onnx {

// TensorProto.DataType.
enum class DataType : std::int32_t {
  undefined = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  string = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  bf16 = 16,
  u4 = 21,
  i4 = 22,
  u2 = 25,
  i2 = 26,
};

// Bits of one element; 0 for types whose values are not read (strings, complex, float8, ...).
std::size_t data_type_bits(DataType type);

struct TensorData {
  std::string_view name;
  DataType type = DataType::undefined;
  std::vector<std::int64_t> dims;  // each >= 0; their product fits
  std::size_t elements = 1;
  // Little-endian, row-major, exactly elements * bits / 8 bytes (rounded up); empty for unread
  // types.
  std::span<const std::byte> bytes;
  // backs `bytes` where the file held varints or several chunks
  std::vector<std::byte> decoded;
  // the file that holds the payload: the .onnx file or its data file
  std::shared_ptr<const MappedFile> file;
};

struct Graph;

struct Attribute {
  std::string_view name;
  float f = 0.0f;
  std::int64_t i = 0;
  std::string_view s;
  std::unique_ptr<TensorData> tensor;
  std::unique_ptr<Graph> graph;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
};

struct Node {
  std::string_view name;
  std::string_view op_type;
  std::string_view domain;               // "" is ai.onnx
  std::vector<std::string_view> inputs;  // "" where an optional input is absent
  std::vector<std::string_view> outputs;
  std::vector<Attribute> attributes;

  // nullptr when the node has no such attribute.
  const Attribute* attribute(std::string_view attribute_name) const;
  std::int64_t int_attribute(std::string_view attribute_name, std::int64_t fallback) const;
  float float_attribute(std::string_view attribute_name, float fallback) const;
};

struct ValueInfo {
  std::string_view name;
  DataType type = DataType::undefined;
};

struct Graph {
  std::string_view name;
  std::vector<Node> nodes;
  std::vector<TensorData> initializers;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
};

struct OperatorSet {
  std::string_view domain;
  std::int64_t version = 0;
};

struct Model {
  std::int64_t ir_version = 0;
  std::string_view producer;
  std::vector<OperatorSet> operator_sets;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  Graph graph;
  std::shared_ptr<const MappedFile> file;
  std::vector<std::filesystem::path> data_files;  // external data that was opened

  // "encoder_model.onnx": for messages.
  std::string file_name() const { return file->path().filename().string(); }
};

// `files` opens the file and its data files. Errors: kNotFound (the file, or a data file it names),
// kCorrupt, kUnsupported; the message names the file and what in it.
Result<std::unique_ptr<const Model>> open_model(const std::filesystem::path& path,
                                                WeightFiles& files);
inline Result<std::unique_ptr<const Model>> open_model(const std::filesystem::path& path) {
  WeightFiles files;
  return open_model(path, files);
}

}  // namespace transept::onnx
