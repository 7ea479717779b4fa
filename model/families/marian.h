// The Marian family: opus-mt models as transformers and its exporters write them.
#pragma once

#include "model/families/family.h"

namespace transept {

extern const Family kMarian;

}  // namespace transept
