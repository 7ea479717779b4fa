// AlignedBuffer<T>: uninitialised, cache-line aligned memory for numbers, its own unless made by
// over().
//
// Grows on request and never shrinks, so that a step allocates nothing once it has seen its largest
// size.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace transept {

inline constexpr std::size_t kCacheLine = 64;

template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) { ensure(size); }
  // Memory that others own and keep alive. REQUIRES: aligned as said.
  static AlignedBuffer over(T* data, std::size_t size) {
    AlignedBuffer buffer;
    buffer.data_ = {data, Delete{false}};
    buffer.size_ = size;
    return buffer;
  }

  // At least `size` elements afterwards; the content is lost when it grows.
  T* ensure(std::size_t size) {
    if (size > size_) {
      data_.reset();
      size_ = 0;
      data_ = {static_cast<T*>(::operator new (size * sizeof(T), std::align_val_t{kCacheLine})),
               Delete{}};
      size_ = size;
    }
    return data_.get();
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::size_t size_bytes() const { return size_ * sizeof(T); }

 private:
  struct Delete {
    bool owns = true;
    void operator()(T* p) const {
      if (owns) ::operator delete (p, std::align_val_t{kCacheLine});
    }
  };
  std::unique_ptr<T, Delete> data_;
  std::size_t size_ = 0;
};

}  // namespace transept
