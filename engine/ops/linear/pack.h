// Packing: weights of a model file to the layouts that linear() multiplies.
//
// In steps, so that many layers can be packed by many threads into one block of memory:
// place_linear says where a layer's arrays are, pack_edges and pack_share fill them. The bits
// depend on nothing but the source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/array_place.h"
#include "engine/base/tensor.h"
#include "engine/kernels/kernel_table.h"
#include "engine/ops/linear/linear.h"
#include "transept/options.h"

namespace transept {

// One weight with its bias (null: none).
struct LinearPart {
  std::shared_ptr<const Tensor> weight;  // [out, in]
  std::shared_ptr<const Tensor> bias;    // [1, out]
  // output o is row order[o] of the weight, -1: 0; empty: as they are
  std::span<const std::int32_t> order = {};

  std::size_t out() const { return order.empty() ? weight->rows : order.size(); }
};

// Parts that share their input, as one layer: out is the sum of theirs, in the order given.
// REQUIRES: equal `in`, biases as long as their weights' rows.
struct LinearSource {
  std::span<const LinearPart> parts;
  // input i is column inputs[i] of the weights, -1: unused; empty: as they are
  std::span<const std::int32_t> inputs = {};
  // any but automatic; integers of a file are kept (int8_weights.h, int4_weights.h)
  Compute compute = Compute::float32;
  Gemm gemm = Gemm::native;
};

// Outputs [first, last) of one part.
struct LinearShare {
  std::size_t part;
  std::size_t first;
  std::size_t last;
};

// The layer with its arrays placed, and nothing written to them: reads descriptions of tensors,
// never their bytes.
Linear place_linear(const LinearSource& source, ArrayPlace& place);

// All outputs, in shares of some megabytes where they can be read apart from each other.
std::vector<LinearShare> linear_shares(const LinearSource& source);

// Biases, and what pads the last panel.
void pack_edges(const LinearSource& source, Linear& layer);

// Any number of shares may be packed at once, but none before the edges. False: a weight is NaN, and
// what was packed is of no use.
bool pack_share(const KernelTable& kernels, const LinearSource& source, const LinearShare& share,
                Linear& layer);

// All of it, in memory of its own.
Linear pack_linear(const KernelTable& kernels, std::span<const LinearPart> parts,
                   std::span<const std::int32_t> inputs, Compute compute, Gemm gemm);

}  // namespace transept
