// Safetensors: a checkpoint's tensors by name, as views into the mapped file.
//
// Everything the format promises is checked: header size, offsets without holes or overlap, sizes
// equal to shape times type. Source: huggingface/safetensors, README and safetensors/src/tensor.rs.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/base/mapped_file.h"
#include "engine/network/architecture.h"
#include "transept/status.h"

namespace transept {

// Adds the tensors of one file to `tensors`. Matrices keep their shape, vectors become [1, n].
// `files` opens the file. Errors: kNotFound, kCorrupt (names file and tensor), kUnsupported (element
// types that are not read, more than two dimensions).
Status read_safetensors(const std::filesystem::path& path, WeightFiles& files, TensorMap& tensors);
inline Status read_safetensors(const std::filesystem::path& path, TensorMap& tensors) {
  WeightFiles files;
  return read_safetensors(path, files, tensors);
}

// The files that model.safetensors.index.json lists, each once. Errors: kCorrupt (no weight_map, a
// path that leaves the directory).
Result<std::vector<std::filesystem::path>> read_safetensors_index(
    const std::filesystem::path& path);

}  // namespace transept
