// Which kernels run here, and which ones are in use.
#pragma once

#include <span>

#include "engine/kernels/kernel_table.h"
#include "transept/status.h"

namespace transept {

// Every table this build holds and this processor can run, best first; the scalar one is always
// last.
std::span<const KernelTable* const> runnable_kernels();

// The best table, or the one that the environment variable TRANSEPT_ISA names.
// Errors: kInvalidArgument for a name that is unknown or cannot run here; the message lists those
// that can.
Result<const KernelTable*> choose_kernels();

}  // namespace transept
