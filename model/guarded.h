// Where exceptions stop: the library's own code throws none, but memory may run out and a
// dependency may throw.
#pragma once

#include <exception>
#include <new>
#include <utility>

#include "transept/status.h"

namespace transept {

// The result of body() (a Status or Result<T>), or what it threw as a Status.
template <class Body>
auto guarded(Body&& body) noexcept -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "out of memory");
  } catch (const std::exception& e) {
    return Status(Code::kInternal, e.what());
  } catch (...) {
    return Status(Code::kInternal, "an exception of unknown type");
  }
}

}  // namespace transept
