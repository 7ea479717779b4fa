#include "engine/base/page_block.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace transept {
namespace {

// Of x86-64, and of aarch64 with small pages of 4 KiB. Elsewhere blocks are just aligned more than
// needed.
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

PageBlock::PageBlock(std::size_t size) {
  if (size == 0) return;
  const std::size_t asked = size;
  // A last huge page that is nearly full costs less than the small ones in its place.
  constexpr std::size_t kWaste = kHugePage / 32;
  if (size % kHugePage > kHugePage - kWaste) size += kHugePage - size % kHugePage;
  // Only aligned parts of a mapping get huge pages. What is skipped before them is never touched
  // and costs nothing.
  const std::size_t spare = size < kHugePage ? 0 : kHugePage;
  if (size + spare < asked) throw std::bad_alloc();
  // Small pages come all at once: one by one their first touches would take several times as long.
  const int populate = spare == 0 ? MAP_POPULATE : 0;
  void* mapped = ::mmap(nullptr, size + spare, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | populate, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  mapped_ = {static_cast<std::byte*>(mapped), size + spare};
  const std::size_t past = reinterpret_cast<std::uintptr_t>(mapped) % kHugePage;
  bytes_ = mapped_.subspan(spare == 0 || past == 0 ? 0 : kHugePage - past, asked);
#ifdef MADV_HUGEPAGE
  if (spare > 0) ::madvise(bytes_.data(), size, MADV_HUGEPAGE);
#endif
}

PageBlock::~PageBlock() {
  if (!mapped_.empty()) ::munmap(mapped_.data(), mapped_.size());
}

}  // namespace transept
