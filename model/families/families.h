// The families there are, a file each, and what is done with all of them.
#pragma once

#include <string_view>

#include "engine/base/tensor.h"
#include "model/families/family.h"
#include "transept/status.h"

namespace transept {

// opus-mt models as transformers and its exporters write them.
extern const Family kMarian;

// Errors: kUnsupported with the list of families.
Result<const Family*> find_family(std::string_view model_type);

// The last word on what was read, whatever its format: the family's hook, then what holds for all:
// equal tables become one, a bias of the head is there or not. REQUIRES: tensors were checked by
// `check_tensor`.
void settle(const Family& family, TensorMap& tensors, FamilyConfig& config);

}  // namespace transept
