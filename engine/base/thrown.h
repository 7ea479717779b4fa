// What was thrown, as a Status, and the statuses that are made where memory may have run out.
//
// Nothing here throws: where there is no memory for a sentence, the answer is out_of_memory(), whose
// message is short enough to live inside the string.
#pragma once

#include <exception>
#include <new>

#include "transept/status.h"

namespace transept {

inline Status out_of_memory() noexcept { return Status(Code::kOutOfMemory, "out of memory"); }

// The exception that is being handled. REQUIRES: called inside a catch block.
inline Status thrown() noexcept {
  try {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    } catch (const std::exception& e) {
      return Status(Code::kInternal, e.what());
    } catch (...) {
      return Status(Code::kInternal, "an exception of unknown type");
    }
  } catch (...) {
    return out_of_memory();
  }
}

// The same status once more.
inline Status copy_of(const Status& status) noexcept {
  try {
    return status;
  } catch (...) {
    return out_of_memory();
  }
}

}  // namespace transept
