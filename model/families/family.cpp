#include "model/families/family.h"

#include <array>

#include "model/families/marian.h"

namespace transept {

Result<const Family*> find_family(std::string_view model_type) {
  const std::array<const Family*, 1> families = {&marian_family()};
  std::string names;
  for (const Family* family : families) {
    if (family->accepts(model_type)) return family;
    names += (names.empty() ? "" : ", ") + std::string(family->name());
  }
  return Status(Code::kUnsupported, "model_type \"" + std::string(model_type) +
                                        "\" is not supported; supported are: " + names);
}

}  // namespace transept
