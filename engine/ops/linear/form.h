// LinearForm: what one way of holding weights needs: a row of functions, and a file that has them.
//
// Layers point to the row of their form; what packs, multiplies and picks columns calls through it
// and asks nothing. A new form is a file beside these, its arrays in Linear, and a case of form_of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/base/array_place.h"
#include "engine/base/tensor.h"
#include "engine/kernels/kernel_table.h"
#include "engine/ops/linear/linear.h"
#include "engine/ops/linear/pack.h"
#include "transept/options.h"

namespace transept {

struct LinearForm {
  // Places the arrays of layer.out columns of depth layer.in; bias apart.
  void (*place)(const LinearSource& source, ArrayPlace& place, Linear& layer);
  // Zeros what pads the last panel, before any share is packed.
  void (*clear_edges)(Linear& layer);
  // Fills in the columns of a share, in any order and from several threads. False: one is NaN.
  bool (*pack)(const KernelTable& kernels, const LinearSource& source, const LinearShare& share,
               Linear& layer);
  // Rows of activations as multiply() takes them; input.x, rows and in are set.
  void (*prepare)(const KernelTable& kernels, const Linear& layer, LinearScratch& scratch,
                  LinearInput& input);
  // Columns [first, first + out.cols); first is a multiple of 16.
  void (*multiply)(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
                   std::size_t first, const GemmOutput& out);
  // The arrays of these columns alone; bias apart.
  void (*choose_columns)(const Linear& layer, std::span<const std::int32_t> columns,
                         Linear& chosen);
  std::size_t (*bytes)(const Linear& layer);
  // What the numbers of a tensor become: "quantised from float32", "the file's own integers".
  std::string (*origin)(const Tensor& tensor);
  // Whether threads may share the columns of one product.
  bool shares_columns;
};

extern const LinearForm kFloat32Form;
extern const LinearForm kBfloat16Form;
extern const LinearForm kInt8Form;
extern const LinearForm kInt4Form;
extern const LinearForm kBlasForm;

// REQUIRES: compute is not automatic; with openblas it is float32.
const LinearForm& form_of(Compute compute, Gemm gemm);

}  // namespace transept
