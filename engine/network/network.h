// Network: an architecture with its weights packed for the kernels; immutable and shared by all threads.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/network/architecture.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct Weights;
struct KernelTable;

class Network {
 public:
  // Packs every matrix once. Errors: those of check_weights; kUnsupported for a compute type this
  // build or processor does not offer.
  static Result<std::shared_ptr<const Network>> build(const Architecture& architecture,
                                                      const TensorMap& tensors, Compute compute,
                                                      Gemm gemm);
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
  // Bytes of packed weights.
  std::size_t weight_bytes() const;

 private:
  Network();
  Architecture architecture_;
  std::unique_ptr<Weights> weights_;
  const KernelTable* kernels_ = nullptr;
  Compute compute_ = Compute::float32;
};

}  // namespace transept
