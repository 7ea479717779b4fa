// The names that transformers gives the parameters of BART and of what was made after it: Marian,
// M2M100, mBART, PEGASUS.
#pragma once

#include <string>
#include <vector>

#include "engine/network/architecture.h"

namespace transept {

// A group of roles (engine/network/roles.h) and what its tensors are called in front of ".weight"
// and ".bias".
struct NamedGroup {
  std::string group;
  std::string name;
};

// Those of the layers, in order.
std::vector<NamedGroup> bart_layer_names(const Architecture& architecture);

}  // namespace transept
