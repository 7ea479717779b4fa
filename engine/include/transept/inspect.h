// inspect: what a model directory is, without translating anything.
//
//   auto info = transept::inspect("model/pretrained/en-de");
//   if (info.ok()) std::cout << info->family << ", " << info->tensors.size() << " tensors\n";
//
// Everything is read, checked and prepared as by Translator::open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "transept/export.h"
#include "transept/options.h"
#include "transept/profile.h"
#include "transept/status.h"

namespace transept {

// One named fact.
struct Property {
  std::string name;
  std::variant<bool, std::int64_t, float, std::string> value;
};

struct FileInfo {
  std::filesystem::path path;
  std::uintmax_t bytes = 0;
};

struct TensorInfo {
  std::string role;      // what it is in the architecture: "encoder.layer[0].self.q.weight"
  std::string type;      // as stored: "f32", "i8", ...
  std::size_t rows = 0;  // 1 for a vector
  std::size_t cols = 0;
  std::size_t bytes = 0;    // as stored
  std::string origin;       // file and name there
  std::string shared_with;  // the role that owns the same tensor; empty: this one does
};

struct ModelInfo {
  std::string family;   // "marian"
  std::string format;   // "onnx"
  std::string variant;  // "fp32", "q8", ...
  // code of the language it translates from, where its files or its name tell one ("eng")
  std::string source_language = {};
  std::string compute;  // the arithmetic of matrix products: "float32", "int8", ...
  // "36 matrices in int4: the file's own integers, scales and zero points", ...
  std::vector<std::string> weights;
  std::vector<FileInfo> files;  // every file that is read
  std::vector<Property> architecture;
  std::vector<TensorInfo> tensors;  // by role
  std::string tokenizer;            // one line
  // what TranslateOptions::Text::to chooses from, as the model names them; empty: no choice
  std::vector<std::string> languages;
  std::vector<Property> generation;  // defaults of the search
  // How lines become segments: what Split::automatic is, and the source tokens that a segment has at
  // most because the model takes no more (max_source), and because longer ones are not usual for it
  // (usual_segment); 0: no limit.
  std::vector<Property> splitting;
  std::vector<std::string> notes;  // what a user should know about these files
  // what OpenOptions::packed_cache holds for these options; empty: nothing
  std::filesystem::path packed_file;
  bool packed_found = false;  // it was there before
  // numbers of the network: of tables that are tied once, also where quantisation stored them twice
  std::size_t parameters = 0;
  std::size_t weight_bytes = 0;  // prepared weights in memory
  NetworkWork work = {};         // what its phases take
  // caches and buffers of a full batch in every thread, roughly
  std::size_t working_bytes = 0;
};

// Errors: those of Translator::open.
TRANSEPT_API Result<ModelInfo> inspect(const std::filesystem::path& model,
                                       const OpenOptions& options = {});

}  // namespace transept
