#include "engine/kernels/dispatch.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/cpu_features.h"

namespace transept {

std::span<const KernelTable* const> runnable_kernels() {
  static const std::vector<const KernelTable*> tables = [] {
    std::vector<const KernelTable*> found;
    const auto offer = [&found](const KernelTable& table) {
      if ((table.needs & ~cpu_features()) == 0) found.push_back(&table);
    };
#if defined(TRANSEPT_X86_KERNELS)
    offer(kernels_avx512bf16());
    offer(kernels_avx512vnni());
    offer(kernels_avx512());
    offer(kernels_avxvnni());
    offer(kernels_avx2());
#endif
    offer(kernels_scalar());
    return found;
  }();
  return tables;
}

Result<const KernelTable*> choose_kernels() {
  const char* forced = std::getenv("TRANSEPT_ISA");
  if (forced == nullptr || *forced == '\0') return runnable_kernels().front();
  std::string names;
  for (const KernelTable* table : runnable_kernels()) {
    if (std::string_view(forced) == table->name) return table;
    names += (names.empty() ? "" : ", ") + std::string(table->name);
  }
  return Status(Code::kInvalidArgument,
                "TRANSEPT_ISA=" + std::string(forced) + ": this build and processor have " + names);
}

}  // namespace transept
