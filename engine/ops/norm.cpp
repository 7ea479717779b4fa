#include "engine/ops/norm.h"

namespace transept {

void normalise(const KernelTable& kernels, const Norm& norm, const float* x, std::size_t rows,
               float* y) noexcept {
  const std::size_t width = norm.gamma.size();
  switch (norm.rule) {
    case NormRule::layer:
      return kernels.layer_norm(x, norm.gamma.data(), norm.beta.data(), norm.eps, rows, width, y);
    case NormRule::rms: return kernels.rms_norm(x, norm.gamma.data(), norm.eps, rows, width, y);
  }
}

}  // namespace transept
