#include "model/families/tied_tables.h"

namespace transept {
namespace {

void tie(TensorMap& tensors, const char* role, const char* to) {
  const auto a = tensors.find(role);
  const auto b = tensors.find(to);
  if (a == tensors.end() || b == tensors.end()) return;
  if (same_values(*a->second, *b->second)) a->second = b->second;
}

}  // namespace

void tie_equal_tables(TensorMap& tensors) {
  tie(tensors, "head.weight", "decoder.embed.weight");
  tie(tensors, "encoder.embed.weight", "decoder.embed.weight");
  if (tensors["head.weight"] != tensors["decoder.embed.weight"]) tie(tensors, "head.weight", "encoder.embed.weight");
}

}  // namespace transept
