// Blocks: a graph condensed to what carries parameters (linear layers, norms, embeddings), the two
// products and the softmax of attention, and sums and products of what two layers made. Everything
// between them (reshapes, casts, masks, scales) is looked through; model/graph/stack_probe.h tells
// what it computes.
//
// The forms that exporters, quantisers and optimisers give one layer (MatMul + Add, Gemm,
// MatMulInteger with its scales, MatMulNBits, QDQ, fused norms, ...) all become the same block, so
// that whoever assigns roles sees one structure. Names of nodes and tensors play no part, except in
// messages.
// Source: reference graphs of torch.onnx, onnxruntime.quantization, onnxruntime's fusions.
// Not thread-safe; used while a model opens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/tensor.h"
#include "model/formats/onnx/onnx_constants.h"
#include "model/formats/onnx/onnx_scope.h"

namespace transept::onnx {

using TensorPtr = std::shared_ptr<const Tensor>;

struct Block {
  enum class Kind : std::uint8_t {
    input,   // a graph input
    linear,  // x W^T + b
    norm,    // layer norm or root mean square norm of the sum of its inputs
    // rows of a table chosen by a computed index; indices in `inputs[0]` ("" for a Slice)
    embedding,
    product,  // of two activations as matrices: scores q k^T, or context p v
    softmax,
    // number by number, of two values that different blocks made: a residual sum, a bias on scores,
    // a gate. An activation function multiplies what one block made, and is none.
    add,
    multiply,
  };
  Kind kind = Kind::input;
  const Node* node = nullptr;  // the one that gives the block its name; null for inputs
  std::string_view name;       // of the node or input
  std::string_view output;     // the value that the block makes
  // values; one, except norm (one or two), and product, add and multiply (two, in order)
  std::vector<std::string_view> inputs;
  // linear [out, in], norm gamma [1, n], embedding [vocab, width]
  TensorPtr weight;
  TensorPtr bias;          // linear, norm beta; may be null
  bool late_bias = false;  // a fused operator behind `output` adds the bias of this linear layer
  // linear, embedding: element type of the weight as the graph sees it, where that must be its
  // neighbours'
  DataType weight_type = DataType::undefined;
  // norm: added to its inputs by a fused operator; may be null
  TensorPtr skip_bias;
  bool centred = true;                        // norm: subtracts the mean
  float epsilon = 0.0f;                       // norm
  double scale = 1.0;                         // product: factor of a fused operator
  DataType input_type = DataType::undefined;  // input
};

// Operators on the way from a block to its consumer that change values element by element.
enum class Op : unsigned {
  relu = 1,
  sigmoid = 2,
  erf = 4,
  tanh = 8,
  gelu = 16,
  gelu_tanh = 32,
  swish = 64,
  quick_gelu = 128,
  other = 256,
};

// A block found upstream of a value, and what happened on the way.
struct Source {
  const Block* block = nullptr;
  unsigned ops = 0;  // of Op
  // product of the constant factors; NaN when a factor is computed in the graph
  double scale = 1.0;
};

class Blocks {
 public:
  explicit Blocks(const Scope& scope) : scope_(&scope) {}
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  // The nearest blocks that `value` is computed from, each once, in order of discovery.
  // Errors: kUnsupported naming node and file, for operators or constants that are not understood.
  Result<std::vector<Source>> sources(std::string_view value);

  const Scope& scope() const { return *scope_; }
  // Every large tensor that became part of a block so far.
  const std::set<const TensorData*>& used() const { return used_; }

  // "decoder_model.onnx, node \"/model/decoder/fc1/MatMul\" (MatMul)"
  std::string where(const Block& block) const;
  Status unsupported(const Node& node, const std::string& what) const;

 private:
  using BlockResult = Result<Block*>;  // null: the node does not end such a block

  Result<const Block*> block_at(std::string_view value);
  BlockResult match(const Node& node);
  BlockResult match_norm(const Node& node);
  BlockResult match_decomposed_norm(const Node& node);
  struct Split;
  Result<Split> split(const Node& node) const;
  std::optional<double> epsilon_of(const Node* node) const;
  BlockResult match_linear(const Node& node);
  BlockResult match_biased(const Node& node);
  BlockResult match_matmul(const Node& node);
  BlockResult match_integer_matmul(const Node& node);
  BlockResult match_nbits(const Node& node);
  Status read_zeros(const Node& node, std::size_t bits, Tensor& tensor);
  BlockResult match_bnb4(const Node& node);
  BlockResult match_pair(const Node& node);
  BlockResult match_embedding(const Node& node);
  BlockResult match_block_gather(const Node& node);

  Result<std::vector<Source>> compute_sources(std::string_view value);
  Result<std::vector<Source>> through(const Node& node);
  Result<std::vector<Source>> through_biased_gelu(const Node& node);

  // The node behind a value seen through Cast and Identity; null for constants and inputs.
  const Node* producer(std::string_view value) const;
  void use(const Constant& constant);
  Result<TensorPtr> matrix(const Constant& constant, RowsAre rows);
  Result<TensorPtr> vector(const Constant& constant);
  Block& add(Block::Kind kind, const Node& node);

  const Scope* scope_;
  std::deque<Block> blocks_;
  std::unordered_map<std::string_view, const Block*> block_of_;
  std::unordered_map<std::string_view, std::vector<Source>> sources_of_;
  std::set<const TensorData*> used_;
  std::size_t depth_ = 0;
};

}  // namespace transept::onnx
