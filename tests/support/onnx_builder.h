// Small ONNX files for tests, written field by field with protozero, so that any payload form and
// any mistake can be made. Functions return serialised messages.
#pragma once

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

namespace transept::testing_onnx {

using Fields = std::initializer_list<std::pair<std::uint32_t, std::string>>;

// A message of length-delimited fields.
inline std::string message(Fields fields) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const auto& [tag, value] : fields) writer.add_bytes(tag, value);
  return out;
}

// TensorProto with raw_data. `type` is TensorProto.DataType.
inline std::string tensor(const std::string& name, int type, const std::vector<std::int64_t>& dims,
                          const std::string& raw) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_packed_int64(1, dims.begin(), dims.end());
  writer.add_int32(2, type);
  writer.add_string(8, name);
  writer.add_bytes(9, raw);
  return out;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

inline std::string floats(const std::string& name, const std::vector<std::int64_t>& dims,
                          const std::vector<float>& values) {
  return tensor(name, 1, dims, raw(values));
}

inline std::string ints_attribute(const std::string& name,
                                  const std::vector<std::int64_t>& values) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_string(1, name);
  for (const std::int64_t value : values) writer.add_int64(8, value);
  return out;
}

inline std::string int_attribute(const std::string& name, std::int64_t value) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_string(1, name);
  writer.add_int64(3, value);
  return out;
}

inline std::string float_attribute(const std::string& name, float value) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_string(1, name);
  writer.add_float(2, value);
  return out;
}

inline std::string tensor_attribute(const std::string& name, const std::string& value) {
  return message({{1, name}, {5, value}});
}

inline std::string graph_attribute(const std::string& name, const std::string& value) {
  return message({{1, name}, {6, value}});
}

inline std::string node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs,
                        const std::vector<std::string>& attributes = {},
                        const std::string& domain = "") {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const auto& input : inputs) writer.add_string(1, input);
  for (const auto& output : outputs) writer.add_string(2, output);
  writer.add_string(3, "the " + op);
  writer.add_string(4, op);
  for (const auto& attribute : attributes) writer.add_bytes(5, attribute);
  if (!domain.empty()) writer.add_string(7, domain);
  return out;
}

// ValueInfoProto of a tensor type.
inline std::string value(const std::string& name, int type) {
  std::string tensor_type;
  protozero::pbf_writer(tensor_type).add_int32(1, type);
  return message({{1, name}, {2, message({{1, tensor_type}})}});
}

struct GraphParts {
  std::vector<std::string> nodes = {}, initializers = {}, inputs = {}, outputs = {};
};

inline std::string graph(const GraphParts& parts) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const auto& part : parts.nodes) writer.add_bytes(1, part);
  writer.add_string(2, "g");
  for (const auto& part : parts.initializers) writer.add_bytes(5, part);
  for (const auto& part : parts.inputs) writer.add_bytes(11, part);
  for (const auto& part : parts.outputs) writer.add_bytes(12, part);
  return out;
}

inline std::string model(const std::string& graph_message) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_int64(1, 8);
  writer.add_bytes(7, graph_message);
  return out;
}

}  // namespace transept::testing_onnx
