// float32 weights as they are, multiplied by OpenBLAS.
#include <algorithm>

#include "engine/kernels/gemm_blas.h"
#include "engine/ops/linear/columns.h"
#include "engine/ops/linear/form.h"

namespace transept {
namespace {

void place(const LinearSource& /*source*/, ArrayPlace& place, Linear& layer) {
  layer.plain = place.take<float>(layer.out * layer.in);
}

void clear_edges(Linear& /*layer*/) {}

bool pack(const KernelTable& /*kernels*/, const LinearSource& source, const LinearShare& share,
          Linear& layer) {
  return for_each_block<float>(
      source, share, read_floats,
      [&](std::size_t first, std::size_t count, const float* rows, const float*) {
        std::copy_n(rows, count * layer.in, layer.plain.data() + first * layer.in);
      });
}

void prepare(const KernelTable&, const Linear&, LinearScratch&, LinearInput&) {}

void multiply(const KernelTable& kernels, const Linear& layer, const LinearInput& input,
              std::size_t first, const GemmOutput& out) {
  blas_multiply(input.x, input.rows, layer.plain.data() + first * layer.in, out.cols, layer.in,
                out.y, out.ldy);
  kernels.finish_rows(out);
}

void choose_columns(const Linear& layer, std::span<const std::int32_t> columns, Linear& chosen) {
  float* to = chosen.plain.ensure(columns.size() * layer.in);
  for (const std::int32_t column : columns) {
    to =
        std::copy_n(layer.plain.data() + static_cast<std::size_t>(column) * layer.in, layer.in, to);
  }
}

std::size_t bytes(const Linear& layer) { return layer.plain.size_bytes(); }

std::string origin(const Tensor& tensor) { return kFloat32Form.origin(tensor); }

}  // namespace

// OpenBLAS takes a lock around its threads' setting, and threads of ours that share a product would
// wait for each other there.
const LinearForm kBlasForm = {.place = place,
                              .clear_edges = clear_edges,
                              .pack = pack,
                              .prepare = prepare,
                              .multiply = multiply,
                              .choose_columns = choose_columns,
                              .bytes = bytes,
                              .origin = origin,
                              .shares_columns = false};

}  // namespace transept
