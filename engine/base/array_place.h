// ArrayPlace: where arrays go: each into memory of its own, or one after the other into one block.
#pragma once

#include <cstddef>

#include "engine/base/aligned_buffer.h"

namespace transept {

class ArrayPlace {
 public:
  // Each array has memory of its own.
  ArrayPlace() = default;
  // Arrays have a size but no memory: used() then says how large a block they need.
  static ArrayPlace nowhere() { return ArrayPlace(nullptr); }
  // REQUIRES: a block aligned to cache lines that outlives the arrays, with room for them.
  static ArrayPlace in(std::byte* block) { return ArrayPlace(block); }

  template <class T>
  AlignedBuffer<T> take(std::size_t size) {
    if (!shared_) return AlignedBuffer<T>(size);
    T* data = block_ == nullptr ? nullptr : reinterpret_cast<T*>(block_ + used_);
    used_ += (size * sizeof(T) + kCacheLine - 1) / kCacheLine * kCacheLine;
    return AlignedBuffer<T>::over(data, size);
  }

  // Bytes of the block that arrays taken so far use, each rounded to cache lines.
  std::size_t used() const { return used_; }

 private:
  explicit ArrayPlace(std::byte* block) : shared_(true), block_(block) {}
  bool shared_ = false;
  std::byte* block_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace transept
