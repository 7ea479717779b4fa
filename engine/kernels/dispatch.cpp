#include "engine/kernels/dispatch.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/cpu_features.h"

namespace transept {

namespace {

// Best first.
constexpr const KernelTable& (*kKernels[])() = {
#if defined(TRANSEPT_X86_KERNELS)
    kernels_avx512bf16, kernels_avx512vnni, kernels_avx512, kernels_avxvnni, kernels_avx2,
#endif
    kernels_scalar,
};

bool is_runnable(const KernelTable& table) { return (table.needs & ~cpu_features()) == 0; }

// Asks none behind it, whose code nobody needs in memory. The last one runs everywhere.
const KernelTable* best_kernels() {
  return &(*std::find_if(std::begin(kKernels), std::end(kKernels),
                         [](const auto& kernels) { return is_runnable(kernels()); }))();
}

}  // namespace

std::span<const KernelTable* const> runnable_kernels() {
  static const std::vector<const KernelTable*> tables = [] {
    std::vector<const KernelTable*> found;
    for (const auto& kernels : kKernels) {
      if (is_runnable(kernels())) found.push_back(&kernels());
    }
    return found;
  }();
  return tables;
}

Result<const KernelTable*> choose_kernels() {
  const char* forced = std::getenv("TRANSEPT_ISA");
  if (forced == nullptr || *forced == '\0') return best_kernels();
  std::string names;
  for (const KernelTable* table : runnable_kernels()) {
    if (std::string_view(forced) == table->name) return table;
    names += (names.empty() ? "" : ", ") + std::string(table->name);
  }
  return Status(Code::kInvalidArgument,
                "TRANSEPT_ISA=" + std::string(forced) + ": this build and processor have " + names);
}

}  // namespace transept
