// What the phases of a network take: multiply-adds and bytes.
#pragma once

#include "engine/network/network.h"
#include "transept/profile.h"

namespace transept {

NetworkWork work_of(const Network& network);

}  // namespace transept
