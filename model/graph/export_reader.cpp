#include "model/graph/export_reader.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/base/try.h"
#include "model/formats/onnx/onnx_evaluator.h"
#include "model/graph/layer_twins.h"
#include "model/graph/stack_probe.h"

namespace transept::graph {

using onnx::Definition;
using onnx::Evaluator;
using onnx::Graph;
using onnx::Model;
using onnx::Node;
using onnx::Scope;
using onnx::ValueInfo;

namespace {

// Positions of one sentence, so that distances of every length occur; what a hostile configuration
// names is not asked for.
constexpr std::size_t kMaxDistance = 1024;

// The output called `name`, or the first one where exporters chose other names.
Result<std::string_view> output_of(const Model& model, std::string_view name) {
  const std::vector<ValueInfo>& outputs = model.graph.outputs;
  if (outputs.empty())
    return Status(Code::kCorrupt, model.file_name() + ": the graph has no output");
  const auto found = std::find_if(outputs.begin(), outputs.end(),
                                  [&](const ValueInfo& output) { return output.name == name; });
  return found != outputs.end() ? found->name : outputs.front().name;
}

bool uses_past(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return std::any_of(node.inputs.begin(), node.inputs.end(), [](std::string_view name) {
      return name.substr(0, 15) == "past_key_values";
    });
  });
}

// A merged decoder is one If over two graphs. Cross-attention's keys and values are computed only
// in the branch without past, whichever of the two that is.
Result<const Graph*> branch_without_past(const Model& model, const Node& choice) {
  for (const onnx::Attribute& attribute : choice.attributes) {
    if (attribute.graph != nullptr && !uses_past(*attribute.graph)) return attribute.graph.get();
  }
  return Status(Code::kUnsupported, model.file_name() + ", node \"" + std::string(choice.name) +
                                        "\" (If): no branch works without past_key_values");
}

// An input of integers that nothing reads would be a mask that the graph leaves out.
Status check_inputs(const Model& model, const Evaluator& evaluator) {
  for (const ValueInfo& input : model.graph.inputs) {
    if (!onnx::is_index(input.type) || evaluator.bound(input.name)) continue;
    return Status(Code::kUnsupported, model.file_name() + ": input \"" + std::string(input.name) +
                                          "\" is neither tokens nor a mask that attention reads");
  }
  return Status();
}

bool is_pre_norm(const Stack& stack) { return stack.placement == NormPlacement::pre; }

// Whether the buckets of relative biases are right for every distance.
Status probe_buckets(Blocks& blocks, const Architecture& architecture, StackProbe::Side side,
                     const StackPlan& plan) {
  const Stack& stack =
      side == StackProbe::Side::encoder ? architecture.encoder : architecture.decoder;
  if (!stack.relative) return Status();
  const std::size_t length = std::min(stack.relative->max_distance, kMaxDistance) + 2;
  Evaluator evaluator(blocks.scope());
  ProbeMasks masks;
  StackProbe probe(blocks, evaluator, masks, architecture, {1, length, length}, side);
  return probe.check_buckets(plan);
}

Result<StackRoles> read_encoder_file(const Model& model, const Architecture& architecture) {
  TRANSEPT_ASSIGN_OR_RETURN(const Scope scope, Scope::build(model, model.graph, nullptr));
  TRANSEPT_ASSIGN_OR_RETURN(const auto output, output_of(model, "last_hidden_state"));
  Blocks blocks(scope);
  TRANSEPT_ASSIGN_OR_RETURN(const auto sources, blocks.sources(output));
  TRANSEPT_ASSIGN_OR_RETURN(StackRoles roles, read_encoder(blocks, sources, architecture));
  TRANSEPT_RETURN_IF_ERROR(check_all_used(blocks, architecture.d_model));
  constexpr auto kSide = StackProbe::Side::encoder;
  const auto entry = repeated_input(scope, roles.plan, is_pre_norm(architecture.encoder), {});
  for (const ProbeShape& shape : kProbeShapes) {
    Evaluator evaluator(scope);
    ProbeMasks masks;
    StackProbe probe(blocks, evaluator, masks, architecture, shape, kSide);
    TRANSEPT_RETURN_IF_ERROR(probe.check(roles.plan, {}, entry));
    TRANSEPT_RETURN_IF_ERROR(probe.check_output(output));
    TRANSEPT_RETURN_IF_ERROR(check_inputs(model, evaluator));
  }
  TRANSEPT_RETURN_IF_ERROR(probe_buckets(blocks, architecture, kSide, roles.plan));
  return roles;
}

void add(ExportRoles& roles, StackRoles stack) {
  roles.tensors.merge(stack.tensors);
  roles.notes.insert(roles.notes.end(), stack.notes.begin(), stack.notes.end());
  if (stack.position_table != nullptr) roles.position_tables.push_back(stack.position_table);
}

// `encoder`: where the graph holds the encoder, too.
Status probe_decoder(Blocks& blocks, const Architecture& architecture,
                     const std::optional<StackPlan>& encoder, const DecoderRoles& decoder,
                     std::string_view logits) {
  using Side = StackProbe::Side;
  const Scope& scope = blocks.scope();
  const Block& input = *decoder.memory[0].block;
  std::optional<std::string_view> encoder_entry;
  if (encoder)
    encoder_entry = repeated_input(scope, *encoder, is_pre_norm(architecture.encoder), {});
  const auto entry = repeated_input(scope, decoder.stack.plan, is_pre_norm(architecture.decoder),
                                    encoder ? input.output : input.name);
  for (const ProbeShape& shape : kProbeShapes) {
    Evaluator evaluator(scope);
    ProbeMasks masks;
    std::vector<double> memory;
    if (encoder) {
      StackProbe probe(blocks, evaluator, masks, architecture, shape, Side::encoder);
      TRANSEPT_RETURN_IF_ERROR(probe.check(*encoder, {}, encoder_entry));
      memory = probe.states();
    } else {
      memory = StackProbe::bind_memory(evaluator, input, architecture, shape);
    }
    StackProbe probe(blocks, evaluator, masks, architecture, shape, Side::decoder);
    TRANSEPT_RETURN_IF_ERROR(probe.check(decoder.stack.plan, memory, entry));
    TRANSEPT_RETURN_IF_ERROR(probe.check_logits(*decoder.head, logits));
    TRANSEPT_RETURN_IF_ERROR(check_inputs(scope.model(), evaluator));
  }
  if (encoder)
    TRANSEPT_RETURN_IF_ERROR(probe_buckets(blocks, architecture, Side::encoder, *encoder));
  return probe_buckets(blocks, architecture, Side::decoder, decoder.stack.plan);
}

// The graph that makes the logits, whose name in it `logits` becomes: of a merged decoder, a branch.
Result<const Graph*> find_branch(const Model& model, const Scope& outer, std::string_view& logits) {
  const Definition made = outer.find(logits);
  if (made.node == nullptr || made.node->op_type != "If") {
    if (!uses_past(model.graph)) return &model.graph;
    return Status(Code::kUnsupported,
                  model.file_name() +
                      " is a decoder with past: it lacks the keys and values of cross-attention; "
                      "decoder_model.onnx or decoder_model_merged.onnx is needed");
  }
  TRANSEPT_ASSIGN_OR_RETURN(const Graph* branch, branch_without_past(model, *made.node));
  if (made.output >= branch->outputs.size())
    return Status(Code::kCorrupt, model.file_name() + ": a branch has too few outputs");
  logits = branch->outputs[made.output].name;
  return branch;
}

// `with_encoder`: the graph holds the encoder, too.
Status read_decoder_file(const Model& model, const Architecture& architecture, bool with_encoder,
                         ExportRoles& roles) {
  TRANSEPT_ASSIGN_OR_RETURN(const Scope outer, Scope::build(model, model.graph, nullptr));
  TRANSEPT_ASSIGN_OR_RETURN(std::string_view logits, output_of(model, "logits"));
  TRANSEPT_ASSIGN_OR_RETURN(const Graph* graph, find_branch(model, outer, logits));
  std::optional<Scope> inner;
  if (graph != &model.graph) {
    TRANSEPT_ASSIGN_OR_RETURN(inner, Scope::build(model, *graph, &outer));
  }
  Blocks blocks(inner ? *inner : outer);
  TRANSEPT_ASSIGN_OR_RETURN(DecoderRoles decoder, read_decoder(blocks, logits, architecture));
  std::optional<StackPlan> encoder_plan;
  if (with_encoder) {
    TRANSEPT_ASSIGN_OR_RETURN(StackRoles encoder,
                              read_encoder(blocks, decoder.memory, architecture));
    encoder_plan = encoder.plan;
    add(roles, std::move(encoder));
  } else if (decoder.memory.size() != 1 || decoder.memory[0].block->kind != Block::Kind::input) {
    return Status(Code::kUnsupported,
                  model.file_name() + ": cross-attention does not read an input");
  }
  TRANSEPT_RETURN_IF_ERROR(check_all_used(blocks, architecture.d_model));
  TRANSEPT_RETURN_IF_ERROR(probe_decoder(blocks, architecture, encoder_plan, decoder, logits));
  add(roles, std::move(decoder.stack));
  return Status();
}

}  // namespace

Result<ExportRoles> read_export(const ExportGraphs& graphs, const Architecture& architecture) {
  ExportRoles roles;
  if (graphs.whole != nullptr) {
    TRANSEPT_RETURN_IF_ERROR(read_decoder_file(*graphs.whole, architecture, true, roles));
    return roles;
  }
  TRANSEPT_ASSIGN_OR_RETURN(StackRoles encoder, read_encoder_file(*graphs.encoder, architecture));
  add(roles, std::move(encoder));
  TRANSEPT_RETURN_IF_ERROR(read_decoder_file(*graphs.decoder, architecture, false, roles));
  return roles;
}

}  // namespace transept::graph
