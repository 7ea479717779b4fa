// Safetensors: a checkpoint's tensors by name, as views into the mapped file.
//
// Everything the format promises is checked: header size, offsets without holes or overlap, sizes
// equal to shape times type. Source: huggingface/safetensors, README and safetensors/src/tensor.rs.
#pragma once

#include <filesystem>

#include "engine/base/mapped_file.h"
#include "model/formats/checkpoint.h"
#include "transept/status.h"

namespace transept {

// The tensors of one file. Matrices keep their shape, vectors become [1, n]. `files` opens the file.
// Errors: kNotFound, kCorrupt (names file and tensor), kUnsupported (element types that are not read,
// more than two dimensions).
Result<Checkpoint> read_safetensors(const std::filesystem::path& path, WeightFiles& files);

// Those of all files that an index (model.safetensors.index.json) lists, which lie beside it; the
// index is the first of the paths. Errors: the same; kCorrupt (no weight_map, a path that leaves the
// directory, a tensor in two files).
Result<Checkpoint> read_sharded_safetensors(const std::filesystem::path& index, WeightFiles& files);

}  // namespace transept
