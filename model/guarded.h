// Where exceptions stop: the library's own code throws none, but memory may run out and a
// dependency may throw.
#pragma once

#include <utility>

#include "engine/base/thrown.h"
#include "transept/status.h"

namespace transept {

// The result of body() (a Status or Result<T>), or what it threw as a Status.
template <class Body>
auto guarded(Body&& body) noexcept -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    return thrown();
  }
}

}  // namespace transept
