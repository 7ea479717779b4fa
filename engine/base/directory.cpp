#include "engine/base/directory.h"

#include <dirent.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace transept {
namespace {

struct Close {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

std::vector<std::string> entry_names(const std::filesystem::path& directory, std::size_t most) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, Close> open(::opendir(directory.c_str()));
  if (open == nullptr) return names;
  while (names.size() < most) {
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace transept
