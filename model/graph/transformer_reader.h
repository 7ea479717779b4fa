// Roles from structure: reads the parameters of an encoder-decoder transformer out of its condensed
// graph.
//
// The grammar of its blocks, each written around what it reads:
//   decoder   := linear(stack)                                   the head
//   stack     := norm(x + branch(x)) over and over, down to x := embedding
//   embedding := table[tokens] * scale [+ table[positions]]
//   branch    := attention | linear(activation(linear(x)))
//   attention := linear(product(softmax(product(q, k) * scale + masks), v))
//   q         := linear(x); k, v := linear(x) | linear(memory)
// An encoder layer is attention and a feed-forward branch, a decoder layer has attention over the
// memory between the two. `x + y`, scales, masks and activations are whatever operators compute
// them: StackProbe runs what stands between the blocks and compares it with these formulas. The
// Architecture is verified, never decided.
//
// Walks backwards from an output: which linear layer is the query of the second decoder layer's
// cross-attention follows from where its result goes, not from what anything is called. Whatever
// does not have the expected structure is an error that names node and file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/network/architecture.h"
#include "model/formats/onnx/onnx_blocks.h"
#include "model/graph/stack_plan.h"

namespace transept::onnx {

struct StackRoles {
  TensorMap tensors;         // roles of Architecture, without head and tied tables resolved
  TensorPtr position_table;  // as stored; null when the graph computes positions
  std::vector<std::string> notes;
  StackPlan plan;  // where the graph computes what, for StackProbe
};

// Reads the post-norm encoder whose output is `value`.
// Errors: kUnsupported (structure), kCorrupt (contradicts `architecture`: layers, scales,
// activation, eps).
Result<StackRoles> read_encoder(Blocks& blocks, const std::vector<Source>& output,
                                const Architecture& architecture);

struct DecoderRoles {
  StackRoles stack;  // decoder roles, head.weight and head.bias
  const Block* head = nullptr;
  // what cross-attention reads: an input, or the encoder's last block
  std::vector<Source> memory;
};

// Reads the post-norm decoder and output projection behind the value `logits`.
Result<DecoderRoles> read_decoder(Blocks& blocks, std::string_view logits,
                                  const Architecture& architecture);

// Errors: kUnsupported when a node of `scope`'s graph uses a floating-point or quantised tensor of
// at least `elements` elements that became part of no block.
Status check_all_used(const Blocks& blocks, std::size_t elements);

}  // namespace transept::onnx
