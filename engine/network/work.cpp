#include "engine/network/work.h"

#include "engine/network/cell_format.h"
#include "engine/network/roles.h"

namespace transept {
namespace {

double bytes_of_number(Compute compute) {
  switch (compute) {
    case Compute::int4: return 0.5;
    case Compute::int8: return 1.0;
    case Compute::bfloat16: return 2.0;
    case Compute::float32:
    case Compute::automatic: break;
  }
  return 4.0;
}

// Width of all heads, times layers.
double attention_width(const Stack& stack) {
  return static_cast<double>(stack.layers * stack.heads * stack.d_head);
}

}  // namespace

NetworkWork work_of(const Network& network) {
  NetworkWork work{};
  const auto at = [&work](Phase phase) -> PhaseWork& {
    return work[static_cast<std::size_t>(phase)];
  };
  const Architecture& a = network.architecture();
  for (const Role& role : roles_of(a)) {
    if (!role.phase) continue;
    const double elements = static_cast<double>(role.rows) * static_cast<double>(role.cols);
    at(*role.phase).per_row += elements;
    at(*role.phase).weight_bytes += elements * bytes_of_number(network.compute());
  }
  // A dot product and a weighted sum, each over the width of all heads.
  at(Phase::encode).per_pair = 2 * attention_width(a.encoder);
  const double cell = cell_format(network).numbers == CellNumbers::float32 ? 4.0 : 2.0;
  for (const Phase phase : {Phase::self_attention, Phase::cross_attention}) {
    at(phase).per_pair = 2 * attention_width(a.decoder);
    at(phase).bytes_per_pair = 2 * attention_width(a.decoder) * cell;
  }
  return work;
}

}  // namespace transept
