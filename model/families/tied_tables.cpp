#include "model/families/tied_tables.h"

namespace transept {
namespace {

// True when the two roles now share one tensor.
bool tie(TensorMap& tensors, const char* role, const char* to) {
  const auto a = tensors.find(role);
  const auto b = tensors.find(to);
  if (a == tensors.end() || b == tensors.end() || !same_values(*a->second, *b->second)) return false;
  a->second = b->second;
  return true;
}

}  // namespace

void tie_equal_tables(TensorMap& tensors) {
  tie(tensors, "encoder.embed.weight", "decoder.embed.weight");
  if (!tie(tensors, "head.weight", "decoder.embed.weight")) tie(tensors, "head.weight", "encoder.embed.weight");
}

}  // namespace transept
