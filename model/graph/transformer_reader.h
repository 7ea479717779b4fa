// Roles from structure: reads the parameters of an encoder-decoder transformer out of its condensed
// graph.
//
//   decoder := linear(stack)    the head
// and StackWalker's grammar below that. The Architecture is verified, never decided.
#pragma once

#include <string_view>
#include <vector>

#include "engine/network/architecture.h"
#include "model/formats/onnx/onnx_blocks.h"
#include "model/graph/stack_walker.h"

namespace transept::graph {

// Reads the encoder whose output `output` is.
// Errors: as StackWalker::walk.
Result<StackRoles> read_encoder(Blocks& blocks, const std::vector<Source>& output,
                                const Architecture& architecture);

struct DecoderRoles {
  StackRoles stack;  // decoder roles, head.weight and head.bias
  const Block* head = nullptr;
  // what cross-attention reads: an input, or the encoder's last block
  std::vector<Source> memory;
};

// Reads the decoder and output projection behind the value `logits`.
Result<DecoderRoles> read_decoder(Blocks& blocks, std::string_view logits,
                                  const Architecture& architecture);

// Errors: kUnsupported when a node of `scope`'s graph uses a floating-point or quantised tensor of
// at least `elements` elements that became part of no block.
Status check_all_used(const Blocks& blocks, std::size_t elements);

}  // namespace transept::graph
