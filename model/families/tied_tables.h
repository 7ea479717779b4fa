// Tied tables: the two embeddings and the output projection, shared where their content is equal.
#pragma once

#include "engine/network/architecture.h"

namespace transept {

// Gives decoder.embed, encoder.embed and head one Tensor where they hold the same numbers. What the
// configuration says about tying is not asked: it has been wrong in released models.
// REQUIRES: tensors were checked by `check_tensor`. Roles that are missing are left missing.
void tie_equal_tables(TensorMap& tensors);

}  // namespace transept
