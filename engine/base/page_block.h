// PageBlock: one large piece of memory straight from the system, in huge pages where it offers
// them.
//
// A first touch of memory costs more than the work on it when pages are small: half a microsecond
// for 4 KiB.
#pragma once

#include <cstddef>
#include <span>

namespace transept {

class PageBlock {
 public:
  // Zeros. Throws std::bad_alloc.
  explicit PageBlock(std::size_t size);
  ~PageBlock();
  PageBlock(const PageBlock&) = delete;
  PageBlock& operator=(const PageBlock&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> mapped_;
  std::span<std::byte> bytes_;
};

}  // namespace transept
