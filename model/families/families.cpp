#include "model/families/families.h"

#include <algorithm>
#include <array>
#include <string>

#include "engine/network/roles.h"
#include "model/families/tied_tables.h"

namespace transept {
namespace {

constexpr std::array kFamilies = {&kMarian};

}  // namespace

Result<const Family*> find_family(std::string_view model_type) {
  std::string names;
  for (const Family* family : kFamilies) {
    const auto& types = family->model_types;
    if (std::find(types.begin(), types.end(), model_type) != types.end()) return family;
    names += (names.empty() ? "" : ", ") + std::string(family->name);
  }
  return Status(Code::kUnsupported, "model_type \"" + std::string(model_type) +
                                        "\" is not supported; supported are: " + names);
}

void settle(const Family& family, TensorMap& tensors, FamilyConfig& config) {
  if (family.settle != nullptr) family.settle(tensors, config);
  tie_equal_tables(tensors);
  const auto table = [&](std::string_view group) {
    const auto found = tensors.find(weight_of(group));
    return found == tensors.end() ? nullptr : found->second;
  };
  const auto decoder = table(decoder_groups().embed);
  if (table(kHead) != decoder) {
    config.notes.emplace_back("the output projection differs from the decoder's embedding table");
  }
  if (config.shared_embeddings && table(encoder_groups().embed) != decoder) {
    config.notes.emplace_back("the embedding tables of encoder and decoder differ");
  }
  config.architecture.has_head_bias = tensors.count(bias_of(kHead)) != 0;
}

}  // namespace transept
