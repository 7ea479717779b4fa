// Passing a Status up: TRANSEPT_RETURN_IF_ERROR and TRANSEPT_ASSIGN_OR_RETURN, for programs.
#pragma once

#include "engine/base/try.h"
