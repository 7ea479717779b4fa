// What to say of a directory in which no model is found: what is accepted, what is there instead, and
// what to do.
#pragma once

#include "engine/base/listing.h"
#include "transept/status.h"

namespace transept {

// REQUIRES: no source owns it. The status: kNotFound, or kUnsupported for a format this version does
// not read.
Status explain_missing_weights(const Listing& listing);

}  // namespace transept
