#include "model/graph/transformer_reader.h"

#include <string>

#include "engine/base/try.h"
#include "engine/network/roles.h"

namespace transept::graph {
namespace {

// Large floating-point or quantised constants that `node` reads.
Status check_node(const Blocks& blocks, const onnx::Node& node, std::size_t elements) {
  for (const std::string_view name : node.inputs) {
    const onnx::Definition found = blocks.scope().find(name);
    const onnx::TensorData* data = found.initializer;
    if (data == nullptr || data->elements < elements || blocks.used().count(data) != 0) continue;
    const bool parameter =
        data->type == onnx::DataType::f32 || data->type == onnx::DataType::f16 ||
        data->type == onnx::DataType::bf16 || data->type == onnx::DataType::f64 ||
        (onnx::data_type_bits(data->type) <= 8 && data->type != onnx::DataType::boolean);
    if (parameter) {
      return blocks.unsupported(node, "tensor \"" + std::string(data->name) +
                                          "\" has no place in the architecture of config.json");
    }
  }
  return Status();
}

}  // namespace

Result<StackRoles> read_encoder(Blocks& blocks, const std::vector<Source>& output,
                                const Architecture& architecture) {
  StackWalker walker(blocks, architecture.encoder, encoder_groups(architecture.encoder.layers),
                     "encoder");
  TRANSEPT_RETURN_IF_ERROR(walker.walk(activations(output), false));
  return std::move(walker.roles());
}

Result<DecoderRoles> read_decoder(Blocks& blocks, std::string_view logits,
                                  const Architecture& architecture) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto found, blocks.sources(logits));
  const auto output = activations(found);
  if (output.size() != 1 || output[0].block->kind != Block::Kind::linear) {
    return Status(Code::kUnsupported, blocks.scope().model().file_name() + ": output \"" +
                                          std::string(logits) +
                                          "\" is not made by one linear layer");
  }
  const Block& head = *output[0].block;
  if (!close(output[0].scale, 1.0) || output[0].ops != 0) {
    return Status(Code::kUnsupported, blocks.where(head) + ": logits are changed after it");
  }
  StackWalker walker(blocks, architecture.decoder, decoder_groups(architecture.decoder.layers),
                     "decoder");
  TRANSEPT_ASSIGN_OR_RETURN(const auto states, blocks.sources(head.inputs[0]));
  TRANSEPT_RETURN_IF_ERROR(walker.walk(activations(states), true));
  DecoderRoles roles{std::move(walker.roles()), &head, walker.memory()};
  roles.stack.tensors[weight_of(kHead)] = head.weight;
  if (head.bias != nullptr) roles.stack.tensors[bias_of(kHead)] = head.bias;
  return roles;
}

Status check_all_used(const Blocks& blocks, std::size_t elements) {
  for (const onnx::Node& node : blocks.scope().graph().nodes) {
    TRANSEPT_RETURN_IF_ERROR(check_node(blocks, node, elements));
  }
  return Status();
}

}  // namespace transept::graph
