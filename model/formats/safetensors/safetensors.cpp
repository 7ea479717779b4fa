#include "model/formats/safetensors/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/base/file_kind.h"
#include "engine/base/json.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"

namespace transept {
namespace {

constexpr std::size_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxTensors = 1'000'000;

struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;
};

// The header as events: {"name": {"dtype": s, "shape": [n], "data_offsets": [b, e]},
// "__metadata__": {s: s}}. Only this shape is accepted, so nothing nests and nothing is built that
// is not needed.
class HeaderHandler : public nlohmann::json_sax<Json> {
 public:
  std::vector<Entry> entries;
  std::string error;

  bool start_object(std::size_t) override {
    if (depth_ == 1 && !in_metadata_) entries.push_back({key_, {}, {}, {}});
    if (depth_ >= 2 || list_ != nullptr) return fail("nested too deeply");
    if (entries.size() > kMaxTensors) return fail("too many tensors");
    ++depth_;
    seen_fields_.clear();
    return true;
  }
  bool key(std::string& name) override {
    key_ = name;
    if (depth_ == 1) {
      in_metadata_ = name == "__metadata__";
      if (!names_.insert(name).second) return fail("\"" + name + "\" occurs twice");
    } else if (!seen_fields_.insert(name).second) {
      return fail("\"" + name + "\" occurs twice in one entry");
    }
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || list_ != nullptr) return fail("a list where none belongs");
    if (key_ == "shape") list_ = &entries.back().shape;
    if (key_ == "data_offsets") list_ = &entries.back().offsets;
    return list_ != nullptr || fail("unknown field \"" + key_ + "\"");
  }
  bool end_array() override {
    list_ = nullptr;
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    if (list_ == nullptr || list_->size() >= 64) return fail("a number where none belongs");
    list_->push_back(value);
    return true;
  }
  bool string(std::string& value) override {
    if (in_metadata_ && depth_ == 2) return true;
    if (depth_ != 2 || list_ != nullptr || key_ != "dtype") {
      return fail("a string where none belongs");
    }
    entries.back().dtype = value;
    return true;
  }
  bool null() override { return fail("null where a value belongs"); }
  bool boolean(bool) override { return fail("a truth value where none belongs"); }
  bool number_integer(std::int64_t) override { return fail("a negative number"); }
  bool number_float(double, const std::string&) override { return fail("a fraction"); }
  bool binary(Json::binary_t&) override { return fail("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    return fail("not valid JSON at byte " + std::to_string(position));
  }

 private:
  bool fail(const std::string& what) {
    error = what;
    return false;
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  std::string key_;
  std::set<std::string> names_;
  std::set<std::string> seen_fields_;
  std::vector<std::uint64_t>* list_ = nullptr;
};

std::optional<DType> dtype_of(const std::string& name) {
  static const std::map<std::string, DType> types = {
      {"BOOL", DType::boolean}, {"U8", DType::u8},   {"I8", DType::i8},     {"I16", DType::i16},
      {"U16", DType::u16},      {"F16", DType::f16}, {"BF16", DType::bf16}, {"I32", DType::i32},
      {"U32", DType::u32},      {"F32", DType::f32}, {"F64", DType::f64},   {"I64", DType::i64}};
  const auto found = types.find(name);
  return found == types.end() ? std::nullopt : std::optional(found->second);
}

Result<std::shared_ptr<const Tensor>> describe(const Entry& entry, const std::string& origin,
                                               std::span<const std::byte> data,
                                               std::shared_ptr<const MappedFile> file) {
  const std::optional<DType> dtype = dtype_of(entry.dtype);
  if (!dtype) {
    return Status(Code::kUnsupported,
                  origin + ": element type \"" + entry.dtype + "\" is not read");
  }
  if (entry.shape.size() > 2) {
    return Status(Code::kUnsupported, origin + ": more than two dimensions");
  }
  auto tensor = std::make_shared<Tensor>();
  tensor->origin = origin;
  tensor->dtype = *dtype;
  constexpr std::uint64_t kMaxSide = std::uint64_t{1} << 31;
  for (const std::uint64_t side : entry.shape) {
    if (side > kMaxSide) return Status(Code::kCorrupt, origin + ": shape is too large");
  }
  tensor->rows = entry.shape.size() == 2 ? entry.shape[0] : 1;
  tensor->cols = entry.shape.empty() ? 1 : entry.shape.back();
  const std::uint64_t begin = entry.offsets[0];
  const std::uint64_t end = entry.offsets[1];
  const std::size_t bytes = tensor->elements() * (dtype_bits(*dtype) / 8);
  if (end - begin != bytes) {
    return Status(Code::kCorrupt, origin + ": expected " + std::to_string(bytes) +
                                      " bytes, found " + std::to_string(end - begin));
  }
  tensor->bytes = data.subspan(begin, bytes);
  tensor->owner = std::move(file);
  TRANSEPT_RETURN_IF_ERROR(check_tensor(*tensor));
  return std::shared_ptr<const Tensor>(std::move(tensor));
}

// Adds what one file holds.
Status add_file(const std::filesystem::path& path, WeightFiles& files, Checkpoint& checkpoint) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto file, files.open(path));
  const std::span<const std::byte> bytes = file->bytes();
  const auto corrupt = [&](const std::string& what) {
    return wrong_file(bytes, path.string(), Status(Code::kCorrupt, path.string() + ": " + what));
  };
  if (bytes.size() < 8) return corrupt("too short for a safetensors file");
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header > kMaxHeader || header > bytes.size() - 8) {
    return corrupt("its header is longer than the file, or too long");
  }
  const std::span<const std::byte> data = bytes.subspan(8 + header);
  const auto* text = reinterpret_cast<const char*>(bytes.data()) + 8;
  HeaderHandler handler;
  if (header == 0 || text[0] != '{' || !Json::sax_parse(text, text + header, &handler)) {
    return corrupt("its header is malformed" + (handler.error.empty() ? "" : ": " + handler.error));
  }
  std::sort(handler.entries.begin(), handler.entries.end(),
            [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; });
  std::uint64_t expected = 0;
  for (const Entry& entry : handler.entries) {
    const std::string origin = path.filename().string() + ", tensor \"" + entry.name + "\"";
    if (entry.offsets.size() != 2 || entry.offsets[0] != expected || entry.offsets[1] < expected ||
        entry.offsets[1] > data.size()) {
      return Status(Code::kCorrupt,
                    origin + ": its offsets leave a hole, overlap or exceed the file");
    }
    expected = entry.offsets[1];
    TRANSEPT_ASSIGN_OR_RETURN(auto tensor, describe(entry, origin, data, file));
    if (!checkpoint.tensors.emplace(entry.name, std::move(tensor)).second) {
      return Status(Code::kCorrupt, origin + ": another file has a tensor of this name");
    }
  }
  if (expected != data.size()) return corrupt("bytes that belong to no tensor");
  checkpoint.paths.push_back(path);
  return Status();
}

// The files of an index, each once.
Result<std::vector<std::filesystem::path>> shards_of(const std::filesystem::path& path) {
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree index, read_json(path, kMaxHeader));
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object()) {
    return Status(Code::kCorrupt, path.string() + ": no weight_map");
  }
  std::set<std::string> names;
  for (const Json& name : *map) {
    if (!name.is_string()) {
      return Status(Code::kCorrupt, path.string() + ": weight_map holds something but names");
    }
    names.insert(name.get<std::string>());
  }
  std::vector<std::filesystem::path> files;
  for (const std::string& name : names) {
    if (name.empty() || name.find('/') != name.npos || name.find('\0') != name.npos ||
        name == "..") {
      return Status(Code::kCorrupt,
                    path.string() + ": \"" + name + "\" is not a file of the directory");
    }
    files.push_back(path.parent_path() / name);
  }
  return files;
}

}  // namespace

Result<Checkpoint> read_safetensors(const std::filesystem::path& path, WeightFiles& files) {
  Checkpoint checkpoint;
  TRANSEPT_RETURN_IF_ERROR(add_file(path, files, checkpoint));
  return checkpoint;
}

Result<Checkpoint> read_sharded_safetensors(const std::filesystem::path& index,
                                            WeightFiles& files) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto shards, shards_of(index));
  Checkpoint checkpoint;
  checkpoint.paths.push_back(index);
  for (const std::filesystem::path& shard : shards) {
    TRANSEPT_RETURN_IF_ERROR(add_file(shard, files, checkpoint));
  }
  return checkpoint;
}

}  // namespace transept
