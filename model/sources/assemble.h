// What every source does with what it has read: tensors by role, a configuration and a tokenizer
// become ModelFiles, each compared with the others.
#pragma once

#include <string>

#include "engine/base/listing.h"
#include "model/families/family.h"
#include "model/model_files.h"
#include "transept/status.h"

namespace transept {

// "fp32", "q8" and the like, from what the matrices of the layers hold.
std::string content_of(const Architecture& architecture, const TensorMap& tensors);

// Puts what `config` says and what the family knows into `files`, whose tensors are by role and
// settled. Errors: those of check_weights.
Status take_network(const Family& family, FamilyConfig config, ModelFiles& files);

// Opens the family's tokenizer into `files`, whose architecture is known; without any, the tokenizer
// stays null. `shared`: source and target read one table, which must have a row for each id and no
// more. Errors: those of the tokenizer; kCorrupt (a vocabulary of another size than the model's).
Status take_tokenizer(const Family& family, const Listing& listing, bool shared, ModelFiles& files);

}  // namespace transept
