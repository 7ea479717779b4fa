// Network: an architecture with its weights packed for the kernels; immutable and shared by all
// threads.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/network/architecture.h"
#include "engine/network/weight_packer.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct Weights;
struct KernelTable;

// Tables above this cost memory and time that nobody should pay who leaves his files alone.
inline constexpr std::size_t kKeptTableBytes = std::size_t{8} << 20;

class Network {
 public:
  // Packs every matrix once (weight_packer.h), with at most so many threads. `automatic` is int8
  // where most of the file is, else float32; so a file of 4-bit weights gives the numbers it
  // defines, with float activations. `int4` keeps such weights, and holds what else that file has
  // in int8; matrices of any other file become 4-bit ones. Tables whose rows are read while
  // translating are copied up to so many bytes; larger ones stay where they are and must not
  // change. Errors: those of check_weights; kCorrupt for weights that are NaN;
  // kUnsupported for a compute type this build or processor does not offer.
  static Result<std::shared_ptr<const Network>> build(
      const Architecture& architecture, const TensorMap& tensors, Compute compute, Gemm gemm,
      std::size_t threads = 1, const std::filesystem::path& packed_cache = {},
      std::size_t kept_table_bytes = kKeptTableBytes);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const Architecture& architecture() const { return architecture_; }
  const Weights& weights() const { return *weights_; }
  const KernelTable& kernels() const { return *kernels_; }
  Compute compute() const { return compute_; }
  // Source and target positions there are embeddings for; no segment may have more.
  std::size_t max_source_positions() const;
  std::size_t max_target_positions() const;
  // How many matrices are held in which form: "36 matrices in int4: the file's own integers, scales
  // and zero points".
  const std::vector<std::string>& weight_forms() const { return weight_forms_; }
  // Bytes of packed weights.
  std::size_t weight_bytes() const;
  const PackedWeights& packed() const { return packed_; }

 private:
  Network();
  Architecture architecture_;
  PackedWeights packed_;
  std::unique_ptr<Weights> weights_;
  const KernelTable* kernels_ = nullptr;
  Compute compute_ = Compute::float32;
  std::vector<std::string> weight_forms_;
};

}  // namespace transept
