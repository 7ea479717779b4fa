#include "model/missing_weights.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "engine/base/directory.h"
#include "engine/base/file_kind.h"
#include "engine/base/mapped_file.h"
#include "model/onnx_files.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kListed = 12;
constexpr std::size_t kEntries = 1000;  // looked at in a directory

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// In the order of their names.
std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> entries;
  for (const std::string& name : entry_names(directory, kEntries))
    entries.push_back(directory / name);
  return entries;
}

bool holds_model(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory, ignored) && is_there(directory / "config.json") &&
         (has_onnx_files(directory) || is_there(directory / "model.safetensors") ||
          is_there(directory / "model.safetensors.index.json"));
}

// A directory below that is a model: an unpacked archive's own, or a snapshot in a cache of the Hub.
fs::path model_below(const std::vector<fs::path>& entries) {
  for (const fs::path& entry : entries) {
    if (holds_model(entry)) return entry;
  }
  for (const fs::path& entry : entries) {
    if (entry.filename() != "snapshots") continue;
    for (const fs::path& snapshot : entries_of(entry)) {
      if (holds_model(snapshot)) return snapshot;
    }
  }
  return {};
}

// "opus.zip is a ZIP archive: unpack it", of the first file that is something of its own.
std::string odd_file(const std::vector<fs::path>& entries) {
  for (const fs::path& entry : entries) {
    std::error_code ignored;
    if (!fs::is_regular_file(entry, ignored)) continue;
    const auto file = MappedFile::open(entry);
    if (!file.ok()) continue;
    if (const std::string what = what_is((*file)->bytes()); !what.empty())
      return entry.filename().string() + " is " + what;
  }
  return "";
}

// "config.json, README.md and 3 more".
std::string list_of(const std::vector<fs::path>& entries) {
  if (entries.empty()) return "nothing";
  std::string text;
  for (std::size_t i = 0; i < std::min(kListed, entries.size()); ++i)
    text += (i == 0 ? "" : ", ") + entries[i].filename().string();
  if (entries.size() > kListed)
    text += " and " + std::to_string(entries.size() - kListed) + " more";
  return text;
}

Status unsupported(const fs::path& directory, const std::string& what) {
  return Status(Code::kUnsupported, directory.string() + ": " + what);
}

// A format this version does not read; ok when there is none.
Status other_format(const fs::path& directory, const std::vector<fs::path>& entries) {
  constexpr const char* kSave =
      "; save the model as safetensors (save_pretrained) or export it to ONNX (optimum-cli export "
      "onnx)";
  if (is_there(directory / "pytorch_model.bin") ||
      is_there(directory / "pytorch_model.bin.index.json")) {
    return unsupported(directory,
                       std::string("pytorch_model.bin is a Python pickle and is not read") + kSave);
  }
  for (const fs::path& entry : entries) {
    const std::string name = entry.filename().string();
    if (entry.extension() == ".npz" || name == "decoder.yml" ||
        (entry.extension() == ".bin" && name.find("intgemm") != std::string::npos)) {
      return unsupported(directory, "this is a model in Marian's own format (" + name +
                                        "), which this version does not read");
    }
  }
  if (is_there(directory / "model.bin")) {
    return unsupported(directory,
                       "this is a CTranslate2 model (model.bin), which this version does not read");
  }
  for (const char* name : {"tf_model.h5", "flax_model.msgpack", "rust_model.ot"}) {
    if (is_there(directory / name))
      return unsupported(directory, std::string(name) + " is not read" + kSave);
  }
  return Status();
}

}  // namespace

Status explain_missing_weights(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (!is_there(path)) return Status(Code::kNotFound, path.string() + ": no such directory");
    const auto file = MappedFile::open(path);
    const std::string what = file.ok() ? what_is((*file)->bytes()) : "";
    return Status(Code::kNotFound,
                  path.string() + ": not a directory" +
                      (what.empty() ? ": a model is the directory of its files" : ", but " + what));
  }
  const std::vector<fs::path> entries = entries_of(path);
  if (Status other = other_format(path, entries); !other.ok()) return other;
  std::string message =
      path.string() +
      ": no model found: expected encoder_model.onnx with decoder_model_merged.onnx or "
      "decoder_model.onnx, model.onnx (each here or in onnx/), model.safetensors or "
      "model.safetensors.index.json; found " +
      list_of(entries);
  if (const fs::path below = model_below(entries); !below.empty()) {
    message += "; " + below.string() + " is a model";
  } else if (const std::string odd = odd_file(entries); !odd.empty()) {
    message += "; " + odd;
  }
  return Status(Code::kNotFound, message);
}

}  // namespace transept
