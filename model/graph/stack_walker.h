// StackWalker: finds the branches of one stack in a graph and gives their tensors the roles that
// they have in an Architecture.
//
// The grammar of a stack, each rule written around what it reads:
//   stack     := [norm] residual* [norm] embedding
//   residual  := norm(add(x, branch(x)))                         post-norm
//              | add(x, branch(norm(x)))                         pre-norm
//   embedding := table[tokens] * scale [add positions]
//   positions := table[indices] | computed without a table
//   branch    := attention
//              | linear(activation(linear(x)))
//              | linear(multiply(activation(linear(x)), linear(x)))
//   attention := linear(product(softmax(product(q, k) * scale [add table[buckets]] + masks), v))
//   q         := linear(x); k, v := linear(x) | linear(memory)
//   norm      := layer norm, its shift optional | root mean square norm
//   linear    := x W^T [+ bias]
// An encoder layer is attention and a feed-forward branch, a decoder layer has attention over the
// memory between the two. Scales, masks and activations are whatever operators compute them:
// StackProbe runs what stands between the blocks. Which of the alternatives holds, and how often,
// is the Architecture's to say; a graph that does otherwise is an error that names node and file.
//
// Walks backwards from an output: which linear layer is the query of the second decoder layer's
// cross-attention follows from where its result goes, not from what anything is called.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/network/architecture.h"
#include "engine/network/roles.h"
#include "model/formats/onnx/onnx_blocks.h"
#include "model/graph/stack_plan.h"

namespace transept::graph {

struct StackRoles {
  TensorMap tensors;         // roles of Architecture, without head and tied tables resolved
  TensorPtr position_table;  // as stored; null when the graph has none
  std::vector<std::string> notes;
  StackPlan plan;  // where the graph computes what, for StackProbe
};

// `sources` without ids and masks, which are inputs of integers.
std::vector<Source> activations(const std::vector<Source>& sources);

// half-precision graphs round their constants; a wrong head count is off by a factor of at least
// 1.02.
bool close(double a, double b);

class StackWalker {
 public:
  // `name`: "encoder" or "decoder", for messages.
  StackWalker(Blocks& blocks, const Stack& stack, StackGroups groups, std::string_view name)
      : blocks_(blocks), stack_(stack), groups_(std::move(groups)), name_(name) {}

  // `output`: what the stack puts out.
  // Errors: kUnsupported (structure), kCorrupt (contradicts the stack: layers, scales, activation,
  // eps, kinds of norms, biases).
  Status walk(const std::vector<Source>& output, bool has_cross);
  StackRoles& roles() { return roles_; }
  // What cross-attention reads: an input, or the encoder's last block.
  const std::vector<Source>& memory() const { return memory_; }

 private:
  // A sum of `stream` and what a branch puts out.
  struct Residual {
    const Block* norm = nullptr;  // behind the sum, in post-norm stacks
    const Block* sum = nullptr;
    const Block* last = nullptr;
    std::vector<Source> stream;
  };

  bool pre_norm() const { return stack_.placement == NormPlacement::pre; }
  Status check_grammar() const;
  Result<std::optional<Residual>> find_residual(const std::vector<Source>& end);
  Status read_branches(std::vector<Source>& current, std::size_t per_layer);
  Result<Branch> read_branch(const Residual& residual);
  Status read_feed_forward(const Residual& residual, const Source& hidden, Branch& branch);
  Status read_gate(const Source& product, Branch& branch);
  Status check_activation(const Source& hidden) const;
  Status read_attention(const Residual& residual, const Block& context, Branch& branch);
  Result<Source> read_scores(const Block& softmax);
  Status read_relative(const Block& table);
  Status check_scale(const Block& scores, double scale) const;
  Status read_memory(const Block& key, const std::vector<Source>& states);
  // Whether `reader` reads what its branch is added to, or the norm of that.
  Status check_stream(const Block& reader, const Residual& residual, Branch& branch,
                      const std::string& what);
  Status read_norm(std::vector<Source>& current, const std::string& group, const Block*& norm);
  Status read_embedding(const std::vector<Source>& current);
  Status read_table(const Source& source);
  Status check_tables() const;
  Status check_norm(const Block& norm) const;

  Status assign(const StackPlan& plan);
  Status assign(const Branch& branch, const LayerGroups& groups);
  Status put(const std::string& role, const TensorPtr& tensor);
  Status put_linear(const std::string& group, const Block& block, const TensorPtr& bias);
  Status put_norm(const std::string& group, const Block& norm);
  Status put_shift(const std::string& group, bool expected, const TensorPtr& bias,
                   const Block& block);

  Result<std::vector<Source>> inputs_of(const Block& block, std::size_t i);
  // The one block of `kind` that input `i` of `block` is made of.
  Result<Source> only(const Block& block, std::size_t i, Block::Kind kind, const char* what);
  Status unexpected(const Block& where, const std::string& what) const;
  Status contradiction(const Block& where, const std::string& what) const;

  Blocks& blocks_;
  const Stack& stack_;
  StackGroups groups_;
  std::string name_;
  StackRoles roles_;
  std::vector<Source> memory_;
};

}  // namespace transept::graph
