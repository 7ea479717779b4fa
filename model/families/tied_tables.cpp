#include "model/families/tied_tables.h"

#include "engine/base/mapped_file.h"

namespace transept {
namespace {

// True when the two roles now share one tensor.
bool tie(TensorMap& tensors, const char* role, const char* to) {
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
  tie(tensors, "encoder.embed.weight", "decoder.embed.weight");
  if (!tie(tensors, "head.weight", "decoder.embed.weight"))
    tie(tensors, "head.weight", "encoder.embed.weight");
}

}  // namespace transept
