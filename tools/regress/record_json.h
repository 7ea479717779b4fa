// The JSON form of a run's record, which files of baselines and results share.
#pragma once

#include <nlohmann/json.hpp>

#include "tools/regress/baselines.h"

namespace transept::tools {

nlohmann::ordered_json record_json(const RunRecord& record);

}  // namespace transept::tools
