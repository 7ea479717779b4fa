#include "model/formats/onnx/onnx_model.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <exception>
#include <limits>
#include <map>
#include <optional>
#include <protozero/pbf_message.hpp>

#include "engine/base/file_kind.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"
#include "model/formats/onnx/onnx_fields.h"

namespace transept::onnx {
namespace {

using protozero::pbf_message;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

// Subgraphs in subgraphs: exporters use one level.
constexpr int kMaxGraphDepth = 8;
// Nodes, names, attributes, tensors and dimensions of one file together. The largest exports have
// some ten thousand; the bound keeps a hostile file of two-byte messages from growing a hundredfold
// in memory.
constexpr std::size_t kMaxItems = std::size_t{1} << 21;

std::string_view text(const protozero::data_view& view) { return {view.data(), view.size()}; }

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

// Walks one file. Functions take a message and fill a struct; protozero throws on malformed wire
// data, which `open_model` turns into a Status.
class Reader {
 public:
  Reader(std::shared_ptr<const MappedFile> file, WeightFiles& files)
      : file_(std::move(file)), files_(files) {}

  Status read(Model& model);

 private:
  Status reserve(pbf_message<GraphField> message, Graph& graph);
  Status read_graph(pbf_message<GraphField> message, int depth, Graph& graph);
  Status read_node(pbf_message<NodeField> message, int depth, Node& node);
  Status read_attribute(pbf_message<AttributeField> message, int depth, Attribute& attribute);
  // Where the numbers of a tensor are.
  struct Payload {
    bool external = false;
    std::optional<protozero::data_view> raw;
    std::vector<TensorField> typed;  // fields that occur
  };

  Status read_tensor(pbf_message<TensorField> message, TensorData& tensor);
  Status read_header(pbf_message<TensorField> message, TensorData& tensor, Payload& payload);
  Status count_elements(TensorData& tensor) const;
  Status decode(pbf_message<TensorField> message, TensorField field, TensorData& tensor) const;
  Status read_value_info(pbf_message<ValueInfoField> message, ValueInfo& info);
  Status read_external(std::string_view tensor, pbf_message<TensorField> entries, TensorData& out,
                       std::size_t expected);
  Result<std::shared_ptr<const MappedFile>> data_file(std::string_view tensor,
                                                      std::string_view location);

  Status count(std::size_t items) {
    items_ += items;
    if (items_ <= kMaxItems) return Status();
    return corrupt("more nodes, names and tensors than any model has");
  }
  Status corrupt(const std::string& what) const {
    return Status(Code::kCorrupt, file_->path().string() + ": " + what);
  }
  Status unsupported(const std::string& what) const {
    return Status(Code::kUnsupported, file_->path().string() + ": " + what);
  }

  std::shared_ptr<const MappedFile> file_;
  WeightFiles& files_;
  std::map<std::string, std::shared_ptr<const MappedFile>, std::less<>> data_files_;
  std::size_t items_ = 0;
};

// Appends the elements of a repeated numeric field, packed or not, as little-endian T.
template <class T, class Message, class Value>
void append(Message& message, std::vector<std::byte>& out, Value value_of) {
  // A few at a time: one by one, room for each would be asked for apart.
  std::array<T, 64> held;
  std::size_t count = 0;
  const auto flush = [&] {
    const auto bytes = std::as_bytes(std::span(held).first(count));
    out.insert(out.end(), bytes.begin(), bytes.end());
    count = 0;
  };
  if (message.wire_type() == pbf_wire_type::length_delimited) {
    for (const auto value : value_of.packed(message)) {
      held[count++] = static_cast<T>(value);
      if (count == held.size()) flush();
    }
  } else {
    held[count++] = static_cast<T>(value_of.single(message));
  }
  flush();
}

struct Int32Values {
  template <class M>
  auto packed(M& m) const {
    return m.get_packed_int32();
  }
  template <class M>
  auto single(M& m) const {
    return m.get_int32();
  }
};
struct Int64Values {
  template <class M>
  auto packed(M& m) const {
    return m.get_packed_int64();
  }
  template <class M>
  auto single(M& m) const {
    return m.get_int64();
  }
};
struct Uint64Values {
  template <class M>
  auto packed(M& m) const {
    return m.get_packed_uint64();
  }
  template <class M>
  auto single(M& m) const {
    return m.get_uint64();
  }
};
struct FloatValues {
  template <class M>
  auto packed(M& m) const {
    return m.get_packed_float();
  }
  template <class M>
  auto single(M& m) const {
    return m.get_float();
  }
};
struct DoubleValues {
  template <class M>
  auto packed(M& m) const {
    return m.get_packed_double();
  }
  template <class M>
  auto single(M& m) const {
    return m.get_double();
  }
};

// True when the field at the message's position is a number in the wire type `scalar`, or packed.
template <class Message>
bool is_number(const Message& message, pbf_wire_type scalar) {
  return message.wire_type() == scalar || message.wire_type() == pbf_wire_type::length_delimited;
}

template <class Message>
void append_ints(Message& message, std::vector<std::int64_t>& out) {
  if (message.wire_type() == pbf_wire_type::length_delimited) {
    for (const auto value : message.get_packed_int64()) out.push_back(value);
  } else {
    out.push_back(message.get_int64());
  }
}

// The typed payload fields of TensorProto: which data types each of them carries.
bool field_carries(TensorField field, DataType type) {
  switch (field) {
    case TensorField::float_data: return type == DataType::f32;
    case TensorField::double_data: return type == DataType::f64;
    case TensorField::int64_data: return type == DataType::i64;
    case TensorField::uint64_data: return type == DataType::u64 || type == DataType::u32;
    case TensorField::int32_data:
      switch (type) {
        case DataType::i32:
        case DataType::i16:
        case DataType::i8:
        case DataType::u16:
        case DataType::u8:
        case DataType::boolean:
        case DataType::f16:
        case DataType::bf16:
        case DataType::i4:
        case DataType::u4:
        case DataType::i2:
        case DataType::u2: return true;
        default: return false;
      }
    default: return false;
  }
}

OperatorSet read_operator_set(pbf_message<OperatorSetField> message) {
  OperatorSet set;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(OperatorSetField::domain, pbf_wire_type::length_delimited):
        set.domain = text(message.get_view());
        break;
      case tag_and_type(OperatorSetField::version, pbf_wire_type::varint):
        set.version = message.get_int64();
        break;
      default: message.skip();
    }
  }
  return set;
}

std::pair<std::string_view, std::string_view> read_entry(pbf_message<EntryField> message) {
  std::pair<std::string_view, std::string_view> entry;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(EntryField::key, pbf_wire_type::length_delimited):
        entry.first = text(message.get_view());
        break;
      case tag_and_type(EntryField::value, pbf_wire_type::length_delimited):
        entry.second = text(message.get_view());
        break;
      default: message.skip();
    }
  }
  return entry;
}

Status Reader::read(Model& model) {
  bool has_graph = false;
  pbf_message<ModelField> message(reinterpret_cast<const char*>(file_->bytes().data()),
                                  file_->bytes().size());
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(ModelField::ir_version, pbf_wire_type::varint):
        model.ir_version = message.get_int64();
        break;
      case tag_and_type(ModelField::producer_name, pbf_wire_type::length_delimited):
        model.producer = text(message.get_view());
        break;
      case tag_and_type(ModelField::graph, pbf_wire_type::length_delimited):
        if (has_graph) return corrupt("it holds two graphs");
        has_graph = true;
        TRANSEPT_RETURN_IF_ERROR(read_graph(message.get_message(), 0, model.graph));
        break;
      case tag_and_type(ModelField::opset_import, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        model.operator_sets.push_back(read_operator_set(message.get_message()));
        break;
      case tag_and_type(ModelField::metadata_props, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        model.metadata.push_back(read_entry(message.get_message()));
        break;
      case tag_and_type(ModelField::functions, pbf_wire_type::length_delimited):
        return unsupported("it defines functions of its own; export it with functions inlined");
      default: message.skip();
    }
  }
  if (!has_graph) return corrupt("it is not an ONNX model, or it is truncated: it holds no graph");
  for (const auto& [location, data] : data_files_) model.data_files.push_back(data->path());
  model.file = file_;
  return Status();
}

// Room for what a graph holds, which is counted against the bound of items here. Vectors that grow
// would move it several times, over pages that stay behind.
Status Reader::reserve(pbf_message<GraphField> message, Graph& graph) {
  std::size_t nodes = 0;
  std::size_t initializers = 0;
  for (; message.next(); message.skip()) {
    nodes += message.tag() == GraphField::node ? 1 : 0;
    initializers += message.tag() == GraphField::initializer ? 1 : 0;
  }
  TRANSEPT_RETURN_IF_ERROR(count(nodes + initializers));
  graph.nodes.reserve(nodes);
  graph.initializers.reserve(initializers);
  return Status();
}

Status Reader::read_graph(pbf_message<GraphField> message, int depth, Graph& graph) {
  if (depth >= kMaxGraphDepth) return corrupt("graphs are nested too deeply");
  TRANSEPT_RETURN_IF_ERROR(reserve(message, graph));
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(GraphField::node, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(
            read_node(message.get_message(), depth, graph.nodes.emplace_back()));
        break;
      case tag_and_type(GraphField::name, pbf_wire_type::length_delimited):
        graph.name = text(message.get_view());
        break;
      case tag_and_type(GraphField::initializer, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(
            read_tensor(message.get_message(), graph.initializers.emplace_back()));
        break;
      case tag_and_type(GraphField::input, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        TRANSEPT_RETURN_IF_ERROR(
            read_value_info(message.get_message(), graph.inputs.emplace_back()));
        break;
      case tag_and_type(GraphField::output, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        TRANSEPT_RETURN_IF_ERROR(
            read_value_info(message.get_message(), graph.outputs.emplace_back()));
        break;
      case tag_and_type(GraphField::sparse_initializer, pbf_wire_type::length_delimited):
        return unsupported("graph " + quoted(graph.name) + " stores sparse initializers");
      default: message.skip();
    }
  }
  return Status();
}

Status Reader::read_node(pbf_message<NodeField> message, int depth, Node& node) {
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(NodeField::input, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        node.inputs.push_back(text(message.get_view()));
        break;
      case tag_and_type(NodeField::output, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        node.outputs.push_back(text(message.get_view()));
        break;
      case tag_and_type(NodeField::name, pbf_wire_type::length_delimited):
        node.name = text(message.get_view());
        break;
      case tag_and_type(NodeField::op_type, pbf_wire_type::length_delimited):
        node.op_type = text(message.get_view());
        break;
      case tag_and_type(NodeField::domain, pbf_wire_type::length_delimited):
        node.domain = text(message.get_view());
        if (node.domain == "ai.onnx") node.domain = {};
        break;
      case tag_and_type(NodeField::attribute, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        TRANSEPT_RETURN_IF_ERROR(
            read_attribute(message.get_message(), depth, node.attributes.emplace_back()));
        break;
      default: message.skip();
    }
  }
  return Status();
}

Status Reader::read_attribute(pbf_message<AttributeField> message, int depth,
                              Attribute& attribute) {
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(AttributeField::name, pbf_wire_type::length_delimited):
        attribute.name = text(message.get_view());
        break;
      case tag_and_type(AttributeField::f, pbf_wire_type::fixed32):
        attribute.f = message.get_float();
        break;
      case tag_and_type(AttributeField::i, pbf_wire_type::varint):
        attribute.i = message.get_int64();
        break;
      case tag_and_type(AttributeField::s, pbf_wire_type::length_delimited):
        attribute.s = text(message.get_view());
        break;
      case tag_and_type(AttributeField::t, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        attribute.tensor = std::make_unique<TensorData>();
        TRANSEPT_RETURN_IF_ERROR(read_tensor(message.get_message(), *attribute.tensor));
        break;
      case tag_and_type(AttributeField::g, pbf_wire_type::length_delimited):
        TRANSEPT_RETURN_IF_ERROR(count(1));
        attribute.graph = std::make_unique<Graph>();
        TRANSEPT_RETURN_IF_ERROR(read_graph(message.get_message(), depth + 1, *attribute.graph));
        break;
      case tag_and_type(AttributeField::floats, pbf_wire_type::fixed32):
        attribute.floats.push_back(message.get_float());
        break;
      case tag_and_type(AttributeField::floats, pbf_wire_type::length_delimited):
        for (const float value : message.get_packed_float()) attribute.floats.push_back(value);
        break;
      case tag_and_type(AttributeField::ints, pbf_wire_type::varint):
      case tag_and_type(AttributeField::ints, pbf_wire_type::length_delimited):
        append_ints(message, attribute.ints);
        TRANSEPT_RETURN_IF_ERROR(count(1));
        break;
      default: message.skip();
    }
  }
  return Status();
}

Status Reader::read_value_info(pbf_message<ValueInfoField> message, ValueInfo& info) {
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(ValueInfoField::name, pbf_wire_type::length_delimited):
        info.name = text(message.get_view());
        break;
      case tag_and_type(ValueInfoField::type, pbf_wire_type::length_delimited): {
        pbf_message<TypeField> type = message.get_message();
        while (type.next(TypeField::tensor_type, pbf_wire_type::length_delimited)) {
          pbf_message<TensorTypeField> tensor = type.get_message();
          while (tensor.next(TensorTypeField::elem_type, pbf_wire_type::varint)) {
            info.type = static_cast<DataType>(tensor.get_int32());
          }
        }
        break;
      }
      default: message.skip();
    }
  }
  return Status();
}

// Type and shape, which the payload needs, and where the payload is; fields may come in any order.
Status Reader::read_header(pbf_message<TensorField> message, TensorData& tensor, Payload& payload) {
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(TensorField::dims, pbf_wire_type::varint):
      case tag_and_type(TensorField::dims, pbf_wire_type::length_delimited):
        append_ints(message, tensor.dims);
        if (tensor.dims.size() > 64) return corrupt("a tensor has more than 64 dimensions");
        break;
      case tag_and_type(TensorField::data_type, pbf_wire_type::varint):
        tensor.type = static_cast<DataType>(message.get_int32());
        break;
      case tag_and_type(TensorField::name, pbf_wire_type::length_delimited):
        tensor.name = text(message.get_view());
        break;
      case tag_and_type(TensorField::raw_data, pbf_wire_type::length_delimited):
        payload.raw = message.get_view();  // protobuf: the last one counts
        break;
      case tag_and_type(TensorField::data_location, pbf_wire_type::varint):
        payload.external = message.get_int32() == 1;
        break;
      case tag_and_type(TensorField::segment, pbf_wire_type::length_delimited):
        return unsupported("tensor " + quoted(tensor.name) + " is stored in segments");
      default:
        switch (const auto field = message.tag()) {
          case TensorField::float_data:
          case TensorField::int32_data:
          case TensorField::int64_data:
          case TensorField::double_data:
          case TensorField::uint64_data:
            if (payload.typed.empty() || payload.typed.back() != field)
              payload.typed.push_back(field);
            if (payload.typed.size() > 64) return corrupt("the payload of a tensor is scattered");
            break;
          default: break;
        }
        message.skip();
    }
  }
  return Status();
}

Status Reader::count_elements(TensorData& tensor) const {
  for (const std::int64_t dim : tensor.dims) {
    if (dim < 0) return corrupt("tensor " + quoted(tensor.name) + " has a negative dimension");
    constexpr std::size_t kMaxElements = std::size_t{1} << 40;
    if (dim != 0 && tensor.elements > kMaxElements / static_cast<std::size_t>(dim))
      return corrupt("tensor " + quoted(tensor.name) + " is too large");
    tensor.elements *= static_cast<std::size_t>(dim);
  }
  return Status();
}

// Numbers of one repeated field, in the width that the tensor's type has.
Status Reader::decode(pbf_message<TensorField> message, TensorField field,
                      TensorData& tensor) const {
  const std::string where = "tensor " + quoted(tensor.name);
  if (!field_carries(field, tensor.type))
    return corrupt(where + " has a payload that does not fit its type");
  const std::size_t bits = data_type_bits(tensor.type);
  const auto wire = field == TensorField::float_data    ? pbf_wire_type::fixed32
                    : field == TensorField::double_data ? pbf_wire_type::fixed64
                                                        : pbf_wire_type::varint;
  std::vector<std::byte>& out = tensor.decoded;
  while (message.next(field)) {
    if (!is_number(message, wire)) return corrupt(where + " has a malformed payload");
    switch (field) {
      case TensorField::float_data: append<float>(message, out, FloatValues()); break;
      case TensorField::double_data: append<double>(message, out, DoubleValues()); break;
      case TensorField::int64_data: append<std::int64_t>(message, out, Int64Values()); break;
      case TensorField::uint64_data:
        if (bits == 32) {
          append<std::uint32_t>(message, out, Uint64Values());
        } else {
          append<std::uint64_t>(message, out, Uint64Values());
        }
        break;
      default:
        // Narrow types sit one to an int32, sub-byte types as one packed byte to an int32.
        if (bits == 32) {
          append<std::int32_t>(message, out, Int32Values());
        } else if (bits == 16) {
          append<std::uint16_t>(message, out, Int32Values());
        } else {
          append<std::uint8_t>(message, out, Int32Values());
        }
    }
  }
  tensor.bytes = out;
  return Status();
}

Status Reader::read_tensor(pbf_message<TensorField> message, TensorData& tensor) {
  Payload payload;
  TRANSEPT_RETURN_IF_ERROR(read_header(message, tensor, payload));
  TRANSEPT_RETURN_IF_ERROR(count_elements(tensor));
  const std::string where = "tensor " + quoted(tensor.name);
  tensor.file = file_;
  const std::size_t bits = data_type_bits(tensor.type);
  if (bits == 0) return Status();  // whoever needs its values will say that they are not read
  const std::size_t expected = (tensor.elements * bits + 7) / 8;
  if (payload.external) return read_external(tensor.name, message, tensor, expected);
  if (payload.typed.size() + (payload.raw ? 1 : 0) > 1) return corrupt(where + " has two payloads");
  if (payload.raw) {
    tensor.bytes = {reinterpret_cast<const std::byte*>(payload.raw->data()), payload.raw->size()};
  } else if (!payload.typed.empty()) {
    TRANSEPT_RETURN_IF_ERROR(decode(message, payload.typed.front(), tensor));
  }
  if (tensor.bytes.size() == expected) return Status();
  return corrupt(where + ": expected " + std::to_string(expected) + " bytes, found " +
                 std::to_string(tensor.bytes.size()));
}

Result<std::shared_ptr<const MappedFile>> Reader::data_file(std::string_view tensor,
                                                            std::string_view location) {
  const auto known = data_files_.find(location);
  if (known != data_files_.end()) return known->second;
  const std::filesystem::path relative(location);
  const bool leaves = std::any_of(relative.begin(), relative.end(),
                                  [](const std::filesystem::path& part) { return part == ".."; });
  if (location.empty() || location.find('\0') != location.npos || relative.is_absolute() ||
      leaves) {
    return corrupt("tensor " + quoted(tensor) + " lies in " + quoted(location) +
                   ", which is not a path inside the model's directory");
  }
  if (data_files_.size() >= 4096) return corrupt("it names more than 4096 data files");
  TRANSEPT_ASSIGN_OR_RETURN(auto file, files_.open(file_->path().parent_path() / relative));
  data_files_.emplace(location, file);
  return file;
}

Status Reader::read_external(std::string_view name, pbf_message<TensorField> entries,
                             TensorData& out, std::size_t expected) {
  std::string_view location;
  std::size_t offset = 0;
  std::optional<std::size_t> length;
  const auto number = [](std::string_view digits, std::size_t& value) {
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value);
    return parsed.ec == std::errc() && parsed.ptr == end;
  };
  while (entries.next(TensorField::external_data, pbf_wire_type::length_delimited)) {
    std::string_view key;
    std::string_view value;
    pbf_message<EntryField> entry = entries.get_message();
    while (entry.next()) {
      switch (entry.tag_and_type()) {
        case tag_and_type(EntryField::key, pbf_wire_type::length_delimited):
          key = text(entry.get_view());
          break;
        case tag_and_type(EntryField::value, pbf_wire_type::length_delimited):
          value = text(entry.get_view());
          break;
        default: entry.skip();
      }
    }
    std::size_t parsed = 0;
    if (key == "location") location = value;
    if (key == "offset" || key == "length") {
      if (!number(value, parsed)) {
        return corrupt("tensor " + quoted(name) + ": external data " + std::string(key) + " " +
                       quoted(value) + " is not a number");
      }
      if (key == "offset") offset = parsed;
      if (key == "length") length = parsed;
    }
  }
  TRANSEPT_ASSIGN_OR_RETURN(out.file, data_file(name, location));
  const std::span<const std::byte> bytes = out.file->bytes();
  if (length.value_or(expected) != expected) {
    return corrupt("tensor " + quoted(name) + ": external data has length " +
                   std::to_string(*length) + ", but its shape and type need " +
                   std::to_string(expected) + " bytes");
  }
  if (offset > bytes.size() || expected > bytes.size() - offset) {
    const Status status = corrupt(
        "tensor " + quoted(name) + ": expected " + std::to_string(expected) + " bytes at offset " +
        std::to_string(offset) + " of " + out.file->path().filename().string() + ", which has " +
        std::to_string(bytes.size()));
    return wrong_file(bytes, out.file->path().string(), status);
  }
  out.bytes = bytes.subspan(offset, expected);
  return Status();
}

}  // namespace

std::size_t data_type_bits(DataType type) {
  switch (type) {
    case DataType::f64:
    case DataType::i64:
    case DataType::u64: return 64;
    case DataType::f32:
    case DataType::i32:
    case DataType::u32: return 32;
    case DataType::f16:
    case DataType::bf16:
    case DataType::i16:
    case DataType::u16: return 16;
    case DataType::i8:
    case DataType::u8:
    case DataType::boolean: return 8;
    case DataType::i4:
    case DataType::u4: return 4;
    case DataType::i2:
    case DataType::u2: return 2;
    default: return 0;
  }
}

const Attribute* Node::attribute(std::string_view attribute_name) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == attribute_name) return &attribute;
  }
  return nullptr;
}

std::int64_t Node::int_attribute(std::string_view attribute_name, std::int64_t fallback) const {
  const Attribute* found = attribute(attribute_name);
  return found != nullptr ? found->i : fallback;
}

float Node::float_attribute(std::string_view attribute_name, float fallback) const {
  const Attribute* found = attribute(attribute_name);
  return found != nullptr ? found->f : fallback;
}

Result<std::unique_ptr<const Model>> open_model(const std::filesystem::path& path,
                                                WeightFiles& files) {
  TRANSEPT_ASSIGN_OR_RETURN(auto file, files.open(path));
  auto model = std::make_unique<Model>();
  Status status;
  try {
    status = Reader(file, files).read(*model);
  } catch (const protozero::exception&) {
    status =
        Status(Code::kCorrupt, path.string() + ": it is not an ONNX model, or it is truncated");
  }
  if (!status.ok()) return wrong_file(file->bytes(), path.string(), std::move(status));
  return std::unique_ptr<const Model>(std::move(model));
}

}  // namespace transept::onnx
