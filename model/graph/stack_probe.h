// StackProbe: whether a graph computes, between its blocks, what the architecture says.
//
// Blocks are found by following values backwards, which tells what belongs to what but not what
// reshapes, masks, scales, sums and activations do on the way. So each stretch between two layers
// runs on a few random rows, masks included, and its result is compared with the formula that the
// network will use: scale * embedding + positions; softmax(q k^T * scale + bias, masked) v by
// heads; activation(x), or activation(gate) * x; norms and residual sums. What exporters, optimisers
// and quantisers make of these formulas does not matter; an operator, an axis or a constant that
// changes them does. Where all layers of a stack are the same, one is run.
// Not thread-safe; used while a model opens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/network/architecture.h"
#include "model/formats/onnx/onnx_evaluator.h"
#include "model/graph/stack_plan.h"

namespace transept::graph {

struct ProbeShape {
  std::size_t batch, source, target;  // sentences, and positions of each
};

// Numbers that differ, so that none can be taken for another, and more targets than sources or than
// masks have dimensions; then fewer of each. What holds by accident in one does not in the other.
inline constexpr ProbeShape kProbeShapes[] = {{2, 3, 5}, {1, 2, 1}};

// What both stacks of a model share: masks by the input that holds them.
struct ProbeMasks {
  std::unordered_map<std::string_view, std::vector<double>> of_input;  // [batch, length]
};

class StackProbe {
 public:
  enum class Side : std::uint8_t { encoder, decoder };

  // REQUIRES: `evaluator` runs the graph of `blocks`; everything outlives the probe.
  StackProbe(Blocks& blocks, onnx::Evaluator& evaluator, ProbeMasks& masks,
             const Architecture& architecture, const ProbeShape& shape, Side side);

  // Random states in place of the input that holds the encoder's output.
  static std::vector<double> bind_memory(onnx::Evaluator& evaluator, const Block& input,
                                         const Architecture& architecture, const ProbeShape& shape);

  // `memory`: the encoder's output, for a decoder. `entry`: of repeated_input().
  // Errors: kUnsupported naming file and node behind which the graph computes something else.
  Status check(const StackPlan& plan, const std::vector<double>& memory,
               const std::optional<std::string_view>& entry);
  // Whether distances of every length fall into the buckets of the stack's relative bias, for which
  // the shape should be long. Of a stack without one there is nothing to check.
  Status check_buckets(const StackPlan& plan);
  // Whether the graph's output `value` is what the stack puts out. REQUIRES: check() was ok.
  Status check_output(std::string_view value);
  // Whether `logits` is the output of `head`.
  Status check_logits(const Block& head, std::string_view logits);
  // The values of the stack's output [batch * length, d_model].
  const std::vector<double>& states() const { return states_; }

 private:
  Status bind_tokens(const Block& tokens);
  Status find_masks(std::string_view scores, std::vector<const Block*>& masks);
  Status bind_masks(const Branch& branch);
  Status check_tokens(const Block& tokens);
  Status check_positions(const Block& table);
  void add_computed_positions();
  Status check_entry(const StackPlan& plan, std::string_view entry);
  Status check_branch(const StackPlan& plan, const Branch& branch,
                      const std::vector<double>& memory);
  Status check_attention(const StackPlan& plan, const Branch& branch,
                         const std::vector<double>& memory);
  Status check_feed_forward(const Branch& branch);
  Status check_activation(const Branch& branch, std::size_t width);
  // What is added to the scores of a branch: [batch, heads, length, keys].
  Result<std::vector<double>> added_scores(const StackPlan& plan, const Branch& branch);
  // The buckets that the graph chooses: [length, length].
  Result<std::vector<double>> buckets(const Block& table);
  // Whether `norm` makes the norm of states_, which it replaces by random ones.
  Status check_norm(const Block& norm);
  Status check_sum(const Block& sum);
  // Random states in place of what `block` makes, which is `made`.
  void replace(const Block& block, const onnx::Value& made);
  // Whether what `block` reads is `expected`.
  Status enter(const Block& block, const std::vector<double>& expected);
  // Binds random numbers to what `block` makes, `width` a row. REQUIRES: enter() was ok.
  Result<onnx::ValuePtr> leave(const Block& block, std::size_t width, double spread);
  Result<std::vector<double>> leave_hidden(const Block& block, std::size_t width);
  std::vector<double> random(std::size_t count, double spread);
  std::vector<double> random_mask(std::size_t keys);
  Status compare(const onnx::Value& value, const std::vector<double>& expected, const Block& where,
                 const std::string& what) const;
  Status different(const Block& where, const std::string& what) const;

  Blocks& blocks_;
  onnx::Evaluator& evaluator_;
  ProbeMasks& masks_;
  const Architecture& architecture_;
  ProbeShape shape_;
  const Stack& stack_;
  bool pre_norm_;
  bool causal_;
  std::size_t length_;
  // Inputs that the scores of the first layer depend on, and so those of all layers.
  std::optional<std::vector<std::string_view>> self_masks_, cross_masks_;
  std::vector<double> ids_;     // [batch, length]
  std::vector<double> states_;  // [batch * length, d_model], what the layers so far put out
  onnx::ValuePtr branch_;       // what the last linear layer of a branch made
  std::size_t random_;          // the next random number
};

}  // namespace transept::graph
