#include "tools/base/model_path.h"

#include <cstdlib>
#include <sstream>
#include <system_error>
#include <vector>

namespace transept::tools {
namespace {

std::vector<std::filesystem::path> model_folders() {
  std::vector<std::filesystem::path> folders;
  if (const char* path = std::getenv("TRANSEPT_MODEL_PATH")) {
    std::istringstream list(path);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) folders.emplace_back(folder);
    }
  }
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (!ignored) folders.push_back(program.parent_path() / TRANSEPT_MODELS_FROM_BIN);
  return folders;
}

}  // namespace

Result<std::filesystem::path> find_model(const std::string& name) {
  const std::string wanted = name.empty() ? kDefaultModel : name;
  std::error_code ignored;
  if (!name.empty() &&
      (name.find('/') != std::string::npos || std::filesystem::exists(name, ignored))) {
    return std::filesystem::path(name);
  }
  std::string searched;
  for (const std::filesystem::path& folder : model_folders()) {
    if (std::filesystem::exists(folder / wanted, ignored)) {
      return (folder / wanted).lexically_normal();
    }
    searched += (searched.empty() ? "" : ", ") + folder.lexically_normal().string();
  }
  return Status(Code::kNotFound, "there is no model " + wanted + (name.empty() ? "" : " here") +
                                     (searched.empty() ? "" : " nor in " + searched));
}

}  // namespace transept::tools
