// Adding to a file that other processes may add to.
#pragma once

#include <filesystem>
#include <string_view>

#include "transept/status.h"

namespace transept::tools {

// All of `bytes` is added, or nothing: they are not mixed with what others add meanwhile, and what
// was written before an error is taken back. The file is made if need be. Errors: kOutput.
Status append_to_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace transept::tools
