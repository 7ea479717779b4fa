// WeightPacker: the layers of a network, packed by several threads into one block of memory, or
// found in a file that an earlier packing left.
//
// Such a file is named by a digest of all that packing reads: every byte of the weights, their
// types, shapes and scales, the order of rows and columns, the compute type, the layout and the
// version of the library. So it cannot be stale: other weights have another file. (A model file's
// size and times would be quicker to compare than its bytes, but prove nothing: copies keep times,
// and file systems have coarse ones.) Reading the weights costs a fraction of packing them.
// Instruction sets share files, since they share layouts and bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/team.h"
#include "engine/ops/linear/pack.h"

namespace transept {

// What holds the arrays of the layers, and where they come from.
struct PackedWeights {
  std::shared_ptr<const void> memory;
  std::filesystem::path file;  // empty: none was asked for, or none could be written
  bool found = false;          // the file was there, and the arrays are in its mapping
  Status status = {};          // kCorrupt naming a matrix that holds NaN
};

// kCorrupt: a tensor that holds NaN.
Status holds_no_numbers(const Tensor& tensor);

class WeightPacker {
 public:
  using Order = std::vector<std::int32_t>;

  WeightPacker(const KernelTable& kernels, Gemm gemm) : kernels_(kernels), gemm_(gemm) {}

  // A layer that pack() completes. Outputs: the order of each part; inputs: of all; empty: as they
  // are.
  // REQUIRES: `to` stays where it is until then.
  void add(Linear* to, std::vector<LinearPart> parts, Order outputs, Order inputs, Compute compute);

  // Completes all layers. Pages of model files are given back while they are read. With
  // a directory, a file there is used, or written where there is none that is whole; a failure to
  // write is logged and changes nothing. Matrices with NaN are told and not written. Threads end before it returns. Throws std::bad_alloc.
  PackedWeights pack(std::size_t threads, const std::filesystem::path& directory);

 private:
  struct Layer {
    Linear* to;
    std::vector<LinearPart> parts;  // whose orders are `outputs`
    Order outputs;
    Order inputs;
    Compute compute;
  };

  LinearSource source(const Layer& layer) const {
    return {layer.parts, layer.inputs, layer.compute, gemm_};
  }
  std::size_t measure() const;
  void place(std::byte* block);
  void release_files() const;
  Status pack_all(Team& team);
  Digest key(Team& team) const;

  const KernelTable& kernels_;
  Gemm gemm_;
  std::vector<Layer> layers_;
};

}  // namespace transept
