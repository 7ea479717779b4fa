// Checkpoint: what the files of one model hold, whatever their format: tensors by the names that their
// writer gave them.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/base/tensor.h"

namespace transept {

struct Checkpoint {
  TensorMap tensors;                         // views into the files where the format allows it
  std::vector<std::filesystem::path> paths;  // of the files, in the order in which they were read
};

}  // namespace transept
