#include "model/families/tied_tables.h"

#include <string>

#include "engine/base/mapped_file.h"
#include "engine/network/roles.h"

namespace transept {
namespace {

// True when the two roles now share one tensor.
bool tie(TensorMap& tensors, const std::string& role, const std::string& to) {
  const auto a = tensors.find(role);
  const auto b = tensors.find(to);
  if (a == tensors.end() || b == tensors.end()) return false;
  const bool same = same_values(*a->second, *b->second);
  // Read for the comparison alone: of an embedding table few rows will be asked for.
  release_pages(a->second->bytes);
  release_pages(b->second->bytes);
  if (same) a->second = b->second;
  return same;
}

}  // namespace

void tie_equal_tables(TensorMap& tensors) {
  const std::string encoder = weight_of(encoder_groups().embed);
  const std::string decoder = weight_of(decoder_groups().embed);
  const bool one = tie(tensors, encoder, decoder);
  if (!tie(tensors, weight_of(kHead), decoder) && !one) tie(tensors, weight_of(kHead), encoder);
}

}  // namespace transept
